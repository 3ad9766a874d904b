"""The picture that an authenticator app photographs."""

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

MARGIN = 4  # modules of white around it, as the standard wants


def qr_svg(text: str) -> str:
    """Return a QR code as SVG, black on white whatever stands around it."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    size = code.getModuleCount()
    dark = "".join(
        f"M{column + MARGIN} {row + MARGIN}h1v1h-1z"
        for row in range(size)
        for column in range(size)
        if code.isDark(row, column)
    )
    side = size + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{dark}"/></svg>'
    )
