"""A small grey sheet that says what kind of file it is, for files without a picture."""

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

GROUND, SHEET, EDGE, INK = (241, 243, 245), (255, 255, 255), (206, 212, 218), (73, 80, 87)
LABELS = {
    "application/pdf": "PDF",
    "application/dicom": "DICOM",
    "application/msword": "DOC",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.ms-excel": "XLS",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/xml": "XML",
    "application/json": "JSON",
    "text/plain": "TEXT",
    "text/csv": "CSV",
}


@lru_cache(maxsize=64)
def placeholder(mime: str, edge: int) -> bytes:
    """Return a PNG of `edge` x `edge` pixels; the label follows from the kind of file alone."""
    kind = "IMAGE" if mime.startswith("image/") else LABELS.get(mime, "FILE")
    image = Image.new("RGB", (edge, edge), GROUND)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = (round(edge * share) for share in (0.24, 0.14, 0.76, 0.86))
    draw.rectangle((left, top, right, bottom), fill=SHEET, outline=EDGE, width=max(1, edge // 100))
    font = ImageFont.load_default(size=edge / 9)
    draw.text((edge / 2, edge / 2), kind, fill=INK, font=font, anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
