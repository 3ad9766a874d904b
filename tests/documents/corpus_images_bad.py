"""Images which are cut, lie about themselves, or are something else as well."""

from __future__ import annotations

import io
import struct
import zlib
from functools import partial

from tests.documents.corpus_images import (
    bmp,
    chunk,
    described,
    gif,
    heic,
    inserted,
    jpeg,
    motion,
    png,
    png_of,
    png_text,
    saved,
    segment,
    tiff,
    webp,
)
from tests.documents.corpus_model import (
    ACTIVE,
    BOMB,
    CORRUPT,
    HTML,
    LAB,
    PATIENTS,
    PE,
    PHP,
    POLYGLOT,
    Upload,
    small_zip,
)

HUGE = 60_000


def patched(body: bytes, at: int, content: bytes) -> bytes:
    return body[:at] + content + body[at + len(content) :]


def jpeg_huge() -> bytes:
    body = jpeg()
    return patched(body, body.index(b"\xff\xc0") + 5, struct.pack(">HH", HUGE, HUGE))


def jpeg_html_comment() -> bytes:
    return inserted(jpeg(), segment(0xFE, HTML))


def jpeg_app_php() -> bytes:
    return inserted(jpeg(), segment(0xED, b"Photoshop 3.0\x00" + PHP))


def png_without_iend() -> bytes:
    return png()[:-12]


def png_bad_crc(kind: bytes) -> bytes:
    body = png()
    at = body.index(kind) - 4
    length = int.from_bytes(body[at : at + 4], "big")
    last = at + 8 + length
    return patched(body, last, bytes((body[last] ^ 0xFF,)))


def png_short_pixels() -> bytes:
    """Every chunk sound and every checksum right, but the deflated pixels stop halfway."""
    packed = zlib.compress(bytes(65 * 48), 0)
    return png_of(64, 48, packed[: len(packed) // 2])


def png_huge() -> bytes:
    """A wholly valid 120 megapixel picture of one bit a pixel, a few kilobytes on disk."""
    row = bytes(1 + 12_000 // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row * 100) for _ in range(100)) + packer.flush()
    return png_of(12_000, 10_000, packed, bits=1)


def png_huge_header() -> bytes:
    return png_of(HUGE, HUGE, zlib.compress(bytes(1000)))


def png_private_chunk_php() -> bytes:
    body = png()
    return body[:33] + chunk(b"tEXt", b"Software\x00" + PHP) + body[33:]


def gif_cut() -> bytes:
    return gif()[: len(gif()) * 2 // 3]


def gif_js() -> bytes:
    """The width reads as the start of a script comment which ends behind the picture."""
    return patched(gif(), 6, b"/*") + b"*/=1;alert(document.cookie)//"


def bmp_huge() -> bytes:
    """Run-length coded, so no count in the file contradicts its size: the bitmap ends early."""
    palette = bytes(1024)
    pixels = b"\x00\x01"
    offset = 54 + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, HUGE, HUGE, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    head = b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset)
    return head + info + palette + pixels


def tiff_huge() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("1", (12_000, 10_000)).save(buffer, "TIFF", compression="group4")
    return buffer.getvalue()


def tiff_endless() -> bytes:
    return tiff(next_ifd=8)


def webp_huge() -> bytes:
    """A one-coloured lossless picture takes no bits a pixel, so its size is free to grow."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "WEBP", lossless=True)
    body = buffer.getvalue()
    at = body.index(b"VP8L") + 9
    bits = int.from_bytes(body[at : at + 4], "little") >> 28 << 28
    return patched(body, at, (bits | 16_382 << 14 | 16_382).to_bytes(4, "little"))


def webp_size(change: int) -> bytes:
    length = int.from_bytes(webp()[4:8], "little") + change
    return patched(webp(), 4, length.to_bytes(4, "little"))


def heic_huge() -> bytes:
    body = heic()
    place = body.index(b"ispe") + 8
    return patched(body, place, struct.pack(">II", HUGE, HUGE))


def heic_ftyp_only() -> bytes:
    return heic()[: int.from_bytes(heic()[:4], "big")]


SCRIPTED = POLYGLOT | ACTIVE

BAD: tuple[Upload, ...] = (
    Upload("jpeg-truncated", "a.jpg", lambda: jpeg()[:-400], "image/jpeg", codes=CORRUPT),
    Upload("jpeg-without-eoi", "a.jpg", lambda: jpeg()[:-2], "image/jpeg", codes=CORRUPT),
    Upload("jpeg-header-only", "a.jpg", lambda: jpeg()[:20], "image/jpeg", codes=CORRUPT),
    Upload("jpeg-bomb", "a.jpg", jpeg_huge, "image/jpeg", codes=BOMB),
    Upload("jpeg-bomb-patients", "a.jpeg", jpeg_huge, "image/jpeg", PATIENTS, BOMB),
    Upload("jpeg-zip-appended", "a.jpg", lambda: jpeg() + small_zip(), codes=POLYGLOT),
    Upload(
        "jpeg-second-jpeg-then-zip",
        "burst.jpg",
        lambda: jpeg() + jpeg(quality=30) + small_zip(),
        codes=POLYGLOT,
    ),
    Upload("jpeg-motion-photo-then-zip", "m.jpg", lambda: motion() + small_zip(), codes=POLYGLOT),
    Upload("jpeg-html-appended", "a.jpg", lambda: jpeg() + HTML, "image/jpeg", codes=SCRIPTED),
    Upload("jpeg-php-appended", "a.jpg", lambda: jpeg() + PHP, "image/jpeg", codes=SCRIPTED),
    Upload("jpeg-executable-appended", "a.jpg", lambda: jpeg() + PE, codes=POLYGLOT),
    Upload("jpeg-html-comment", "a.jpg", jpeg_html_comment, "image/jpeg", codes=SCRIPTED),
    Upload("jpeg-php-comment", "a.jpg", partial(jpeg, comment=PHP), "image/jpeg", codes=SCRIPTED),
    Upload("jpeg-php-exif", "a.jpg", lambda: described(PHP.decode()), codes=SCRIPTED),
    Upload("jpeg-php-photoshop-block", "a.jpg", jpeg_app_php, "image/jpeg", codes=SCRIPTED),
    Upload("png-without-iend", "a.png", png_without_iend, "image/png", codes=CORRUPT),
    Upload("png-cut-in-pixels", "a.png", lambda: png()[: len(png()) // 2], codes=CORRUPT),
    Upload("png-bad-header-crc", "a.png", partial(png_bad_crc, b"IHDR"), codes=CORRUPT),
    Upload("png-bad-pixel-crc", "a.png", partial(png_bad_crc, b"IDAT"), codes=CORRUPT),
    Upload("png-short-pixels", "a.png", png_short_pixels, "image/png", codes=CORRUPT),
    Upload("png-bomb", "a.png", png_huge, "image/png", codes=BOMB),
    Upload("png-bomb-header", "a.png", png_huge_header, "image/png", PATIENTS, BOMB),
    Upload("png-zip-appended", "a.png", lambda: png() + small_zip(), codes=POLYGLOT),
    Upload("png-html-appended", "a.png", lambda: png() + HTML, codes=SCRIPTED),
    Upload("png-php-text", "a.png", png_private_chunk_php, "image/png", codes=SCRIPTED),
    Upload("png-html-text", "a.png", partial(png_text, HTML.decode()), codes=SCRIPTED),
    Upload("gif-without-trailer", "a.gif", lambda: gif()[:-1], "image/gif", codes=CORRUPT),
    Upload("gif-cut-in-frame", "a.gif", gif_cut, "image/gif", codes=CORRUPT),
    Upload("gif-header-only", "a.gif", lambda: b"GIF89a", "image/gif", codes=CORRUPT),
    Upload(
        "gif-bomb",
        "a.gif",
        lambda: patched(gif(), 6, b"\xff\xff\xff\xff"),
        "image/gif",
        codes=BOMB,
    ),
    Upload("gif-zip-appended", "a.gif", lambda: gif() + small_zip(), codes=POLYGLOT),
    Upload("gif-php-appended", "a.gif", lambda: gif() + PHP, "image/gif", codes=SCRIPTED),
    Upload(
        "gif-html-comment",
        "a.gif",
        partial(saved, "GIF", "P", comment=HTML),
        "image/gif",
        codes=SCRIPTED,
    ),
    Upload("gif-javascript-polyglot", "a.gif", gif_js, "image/gif", codes=SCRIPTED),
    Upload("bmp-shorter-than-declared", "a.bmp", lambda: bmp()[:-1000], codes=CORRUPT),
    Upload("bmp-header-only", "a.bmp", lambda: bmp()[:30], "image/bmp", codes=CORRUPT),
    Upload("bmp-bomb", "a.bmp", bmp_huge, "image/bmp", codes=BOMB),
    Upload("tiff-strip-past-end", "a.tiff", partial(tiff, strip_at=90_000), codes=CORRUPT),
    Upload("tiff-strip-cut", "a.tiff", lambda: tiff()[:-1000], "image/tiff", codes=CORRUPT),
    Upload("tiff-directory-past-end", "a.tiff", partial(tiff, ">", ifd=90_000), codes=CORRUPT),
    Upload("tiff-directory-loop", "a.tiff", tiff_endless, "image/tiff", codes=CORRUPT | BOMB),
    Upload("tiff-bomb", "a.tiff", tiff_huge, "image/tiff", LAB, BOMB),
    Upload(
        "tiff-bomb-header",
        "a.tiff",
        partial(tiff, width=HUGE, height=HUGE),
        "image/tiff",
        PATIENTS,
        BOMB,
    ),
    Upload("webp-riff-size-too-big", "a.webp", partial(webp_size, 512), "", PATIENTS, CORRUPT),
    Upload("webp-riff-size-too-small", "a.webp", partial(webp_size, -64), "", PATIENTS, CORRUPT),
    Upload("webp-truncated", "a.webp", lambda: webp()[:-100], "image/webp", PATIENTS, CORRUPT),
    Upload("webp-bomb", "a.webp", webp_huge, "image/webp", PATIENTS, BOMB),
    Upload(
        "heic-truncated",
        "a.heic",
        lambda: heic()[: len(heic()) * 2 // 3],
        "image/heic",
        PATIENTS,
        CORRUPT,
    ),
    Upload("heic-ftyp-only", "a.heic", heic_ftyp_only, "image/heic", PATIENTS, CORRUPT),
    Upload("heic-bomb", "a.heic", heic_huge, "image/heic", PATIENTS, BOMB | CORRUPT),
)
