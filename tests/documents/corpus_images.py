"""Images as clinics send them: scans, phone photos, exports of devices."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from tests.documents.corpus_model import PATIENTS, Upload, mp4, noise
from tests.documents.corpus_pdf import XMP

if TYPE_CHECKING:
    from PIL import Image

SIZE = (64, 48)


@cache
def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    from PIL import Image

    radial = Image.radial_gradient("L").resize(size)
    linear = Image.linear_gradient("L").resize(size)
    colour = Image.merge("RGB", (radial, linear, radial.transpose(Image.Transpose.ROTATE_180)))
    if mode == "I;16":
        deep = b"".join(struct.pack("<H", value * 257) for value in linear.tobytes())
        return Image.frombytes("I;16", size, deep)
    if mode == "P":
        return colour.quantize(16)
    if mode == "RGBA":
        colour.putalpha(linear)
    return colour.convert(mode)


def saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture(mode).save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def jpeg(**options: Any) -> bytes:
    return saved("JPEG", **options)


@cache
def png() -> bytes:
    return saved("PNG")


@cache
def gif() -> bytes:
    return saved("GIF", "P")


@cache
def bmp() -> bytes:
    return saved("BMP")


@cache
def webp() -> bytes:
    return saved("WEBP", quality=80)


@cache
def heic() -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture("RGB", (128, 96))).save(buffer, quality=60)
    return buffer.getvalue()


def several(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    turned = [picture(mode).rotate(angle) for angle in (90, 180)]
    return saved(kind, mode, save_all=True, append_images=turned, **options)


@cache
def tiff(order: str = "<", strip: bytes = b"", **facts: int) -> bytes:
    """An RGB TIFF of one strip written by hand, so that each of its facts can be a lie."""
    strip = strip or picture().tobytes()
    width, height = facts.get("width", SIZE[0]), facts.get("height", SIZE[1])
    entries = (
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 3, 122),
        (259, 3, 1, facts.get("compression", 1)),
        (262, 3, 1, 2),
        (273, 4, 1, facts.get("strip_at", 128)),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, 1, len(strip)),
    )
    body = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, facts.get("ifd", 8))
    body += struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        short = kind == 3 and count == 1
        packed = struct.pack(order + "HH", value, 0) if short else struct.pack(order + "I", value)
        body += struct.pack(order + "HHI", tag, kind, count) + packed
    body += struct.pack(order + "I", facts.get("next_ifd", 0))
    return body + struct.pack(order + "3H", 8, 8, 8) + strip


@cache
def lzw_strip() -> bytes:
    from PIL import Image

    packed = saved("TIFF", compression="tiff_lzw")
    with Image.open(io.BytesIO(packed)) as image:
        at, length = image.tag_v2[273][0], image.tag_v2[279][0]
    return packed[at : at + length]


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def inserted(body: bytes, *segments: bytes) -> bytes:
    """Segments placed right behind the start of a JPEG."""
    return body[:2] + b"".join(segments) + body[2:]


def described(text: str) -> bytes:
    """A JPEG with this text as the description in its EXIF."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = text
    return jpeg_with_exif(exif)


def jpeg_with_exif(exif: Image.Exif) -> bytes:
    return saved("JPEG", exif=exif.tobytes())


def gps() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "Apple"
    exif[0x0132] = "2024:05:01 09:41:00"
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (24.0, 42.0, 49.3), 3: "E", 4: (46.0, 40.0, 30.1)})
    return jpeg_with_exif(exif)


def thumbnail() -> bytes:
    """EXIF with an embedded JPEG preview: an EOI long before the real one."""
    small = io.BytesIO()
    picture("RGB", (16, 12)).save(small, "JPEG")
    preview = small.getvalue()
    second = struct.pack("<H", 3) + b"".join(
        struct.pack("<HHII", *entry)
        for entry in ((0x0103, 3, 1, 6), (0x0201, 4, 1, 68), (0x0202, 4, 1, len(preview)))
    )
    head = b"II*\x00" + struct.pack("<IHHHIII", 8, 1, 0x0112, 3, 1, 1, 26)
    return inserted(jpeg(), segment(0xE1, b"Exif\x00\x00" + head + second + bytes(4) + preview))


def samsung() -> bytes:
    """The block Samsung cameras put behind the end of every photo."""
    name = b"Image_UTC_Data"
    block = struct.pack("<HHI", 0, 0x0A01, len(name)) + name + b"1714556460000"
    head = b"SEFH" + struct.pack("<IIHHII", 107, 1, 0, 0x0A01, len(block), len(block))
    return jpeg() + block + head + struct.pack("<I", len(head)) + b"SEFT"


def motion() -> bytes:
    """A phone's motion photo: XMP says so, and the film follows the picture."""
    return inserted(jpeg(), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP)) + mp4()


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png_of(width: int, height: int, packed: bytes, *chunks: bytes, bits: int = 8) -> bytes:
    """A grey PNG around a deflated stream of pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *chunks,
            chunk(b"IDAT", packed),
            chunk(b"IEND", b""),
        )
    )


def unlucky_pixels() -> bytes:
    """Stored pixels in which the short signatures of PHP, ZIP, PE and JPEG turn up by chance."""
    tokens = b"<?=.MZ.PK.<%.\xff\xd8\xff\xd9.BM.#!"
    rows = b"".join(b"\x00" + (tokens + noise(64))[:64] for _ in range(48))
    return png_of(64, 48, zlib.compress(rows, 0))


def png_text(text: str) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", text)
    return saved("PNG", pnginfo=info)


def png_xmp() -> bytes:
    return png_of(
        8, 8, zlib.compress(bytes(72)), chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + XMP)
    )


def _good(ident: str, name: str, build: Any, declared: str = "", slug: str = "") -> Upload:
    return Upload(ident, name, build, declared, *([slug] if slug else []))


GOOD: tuple[Upload, ...] = (
    _good("jpeg-plain", "wound.jpg", jpeg, "image/jpeg"),
    _good("jpeg-long-extension", "wound.jpeg", jpeg, "image/jpeg"),
    _good("jpeg-declared-pjpeg", "wound.jpg", jpeg, "image/pjpeg"),
    _good("jpeg-declared-image-jpg", "wound.jpg", jpeg, "image/jpg"),
    _good("jpeg-declared-upper-case", "wound.jpg", jpeg, "IMAGE/JPEG"),
    _good("jpeg-octet-stream", "wound.jpg", jpeg, "application/octet-stream", PATIENTS),
    _good("jpeg-progressive", "wound.jpg", partial(jpeg, progressive=True), "image/jpeg"),
    _good("jpeg-cmyk", "print.jpg", partial(saved, "JPEG", "CMYK"), "image/jpeg"),
    _good("jpeg-grey", "xray.jpg", partial(saved, "JPEG", "L"), "image/jpeg"),
    _good("jpeg-restart-markers", "a.jpg", partial(jpeg, restart_marker_blocks=2), "image/jpeg"),
    _good("jpeg-exif-gps", "IMG_0041.JPG", gps, "image/jpeg"),
    _good("jpeg-exif-thumbnail", "DSC00041.JPG", thumbnail, "image/jpeg"),
    _good("jpeg-exif-description", "a.jpg", partial(described, "lesion < 3 mm"), "image/jpeg"),
    _good("jpeg-comment", "a.jpg", partial(jpeg, comment=b"lesion < 3 mm"), "image/jpeg"),
    _good("jpeg-second-jpeg", "burst.jpg", lambda: jpeg() + jpeg(quality=30), "image/jpeg"),
    _good("jpeg-mpo", "burst2.jpg", partial(several, "MPO"), "image/jpeg"),
    _good("jpeg-motion-photo", "PXL_20240501.MP.jpg", motion, "image/jpeg", PATIENTS),
    _good("jpeg-samsung-trailer", "20240501_094100.jpg", samsung, "image/jpeg"),
    _good("jpeg-zero-padding", "camera.jpg", lambda: jpeg() + bytes(512), "image/jpeg"),
    _good("png-plain", "chart.png", png, "image/png"),
    _good("png-16-bit", "ct.png", partial(saved, "PNG", "I;16"), "image/png"),
    _good("png-palette", "chart.png", partial(saved, "PNG", "P"), "image/png"),
    _good("png-1-bit", "fax.png", partial(saved, "PNG", "1"), "image/png"),
    _good("png-alpha", "stamp.png", partial(saved, "PNG", "RGBA"), "image/png"),
    _good("png-comment", "chart.png", partial(png_text, "pH < 7.4 <b>"), "image/png"),
    _good("png-xmp", "chart.png", png_xmp, "image/png"),
    _good("png-unlucky-pixels", "noise.png", unlucky_pixels, "image/png"),
    _good("gif-plain", "ecg.gif", gif, "image/gif"),
    _good(
        "gif-animated", "echo.gif", partial(several, "GIF", "P", duration=80, loop=0), "image/gif"
    ),
    _good("gif-comment", "ecg.gif", partial(saved, "GIF", "P", comment=b"HR < 60"), "image/gif"),
    _good("bmp-24-bit", "scan.bmp", bmp, "image/bmp"),
    _good("bmp-declared-x-ms-bmp", "scan.bmp", bmp, "image/x-ms-bmp"),
    _good("bmp-1-bit", "fax.bmp", partial(saved, "BMP", "1"), "image/bmp"),
    _good("tiff-little-endian", "scan.tiff", tiff, "image/tiff"),
    _good("tiff-big-endian", "scan.tiff", partial(tiff, ">"), "image/tiff"),
    _good(
        "tiff-lzw-little-endian",
        "scan.tiff",
        partial(saved, "TIFF", compression="tiff_lzw"),
        "image/tiff",
    ),
    _good(
        "tiff-lzw-big-endian",
        "scan.tiff",
        lambda: tiff(">", lzw_strip(), compression=5),
        "image/tiff",
    ),
    _good("tiff-multi-page", "fax.tiff", partial(several, "TIFF"), "image/tiff", PATIENTS),
    _good("tiff-fax-group4", "fax.tiff", partial(saved, "TIFF", "1", compression="group4")),
    _good("webp-lossy", "photo.webp", webp, "image/webp", PATIENTS),
    _good(
        "webp-lossless",
        "photo.webp",
        partial(saved, "WEBP", lossless=True),
        "image/webp",
        PATIENTS,
    ),
    _good("webp-alpha", "a.webp", partial(saved, "WEBP", "RGBA"), "image/webp", PATIENTS),
    _good("heic-photo", "IMG_0042.HEIC", heic, "image/heic", PATIENTS),
    _good("heic-octet-stream", "IMG_0043.heic", heic, "application/octet-stream", PATIENTS),
)
