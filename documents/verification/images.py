"""Pictures: complete to the last byte their format promises, and not too many pixels.

Structure is walked in the file itself, so that a large photograph is never decoded in memory.
"""

import struct
import warnings
import zlib
from typing import Any, BinaryIO

import pillow_heif
from django.conf import settings
from PIL import Image, UnidentifiedImageError

from documents.verification.refusals import bomb, corrupt

PNG_CHUNK = 64 * 1024
JPEG_TAIL = 64 * 1024
pillow_heif.register_heif_opener()


def check_pixels(width: int, height: int, frames: int = 1) -> None:
    """Refuse a picture that would take too much memory to show (ASVS 5.2.6)."""
    if width * height * frames > settings.DOCUMENT_MAX_PIXELS:
        raise bomb(f"{width} x {height} pixels" + (f" x {frames}" if frames > 1 else ""))


def _header(content: BinaryIO, size: int) -> dict[str, Any]:
    """Let Pillow read the header, and nothing more."""
    content.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(content)
    except Image.DecompressionBombError as error:
        raise bomb("the picture has too many pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error) as error:
        raise corrupt("the picture cannot be opened") from error
    width, height = image.size
    check_pixels(width, height)
    return {"width": width, "height": height}


def check_jpeg(content: BinaryIO, size: int) -> dict[str, Any]:
    found = _header(content, size)
    _walk_jpeg(content, size)
    return found


def _walk_jpeg(content: BinaryIO, size: int) -> None:
    """Go from marker to marker to the start of the scan, then look for the end of the image.

    What stands behind the end (burst pictures, motion photographs) is left to the polyglot check.
    """
    content.seek(2)
    while True:
        marker = content.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:  # noqa: PLR2004
            raise corrupt("the picture ends before its data")
        if marker[1] == 0xFF:  # fill byte
            content.seek(-1, 1)
            continue
        length = content.read(2)
        if len(length) < 2:  # noqa: PLR2004
            raise corrupt("the picture ends before its data")
        content.seek(int.from_bytes(length, "big") - 2, 1)
        if marker[1] == 0xDA:  # noqa: PLR2004  start of scan
            break
    before = b""
    while chunk := content.read(PNG_CHUNK):
        if b"\xff\xd9" in before + chunk:
            return
        before = chunk[-1:]
    raise corrupt("the end of the picture is missing")


def check_png(content: BinaryIO, size: int) -> dict[str, Any]:
    found = _header(content, size)
    content.seek(8)
    while True:
        head = content.read(8)
        if len(head) < 8:  # noqa: PLR2004
            raise corrupt("the end of the picture is missing")
        length, name = struct.unpack(">I4s", head)
        crc = zlib.crc32(name)
        left = length
        while left:
            part = content.read(min(left, PNG_CHUNK))
            if not part:
                raise corrupt("the picture is cut off")
            crc = zlib.crc32(part, crc)
            left -= len(part)
        if content.read(4) != struct.pack(">I", crc):
            raise corrupt("a part of the picture has changed (checksum)")
        if name == b"IEND":
            return found


def check_gif(content: BinaryIO, size: int) -> dict[str, Any]:
    found = _header(content, size)
    content.seek(0)
    head = content.read(13)
    _skip_colour_table(content, head[10])
    frames = 0
    while True:
        block = content.read(1)
        if block == b";":
            break
        if block == b"!":
            content.seek(1, 1)
        elif block == b",":
            frames += 1
            _skip_colour_table(content, content.read(9)[8:9])
            content.seek(1, 1)
        else:
            raise corrupt("the end of the picture is missing")
        _skip_sub_blocks(content)
    if not frames:
        raise corrupt("there is no picture in it")
    check_pixels(found["width"], found["height"], frames)
    return {**found, "frames": frames}


def _skip_colour_table(content: BinaryIO, flags: int | bytes) -> None:
    if isinstance(flags, bytes):
        if not flags:
            raise corrupt("the picture is cut off")
        flags = flags[0]
    if flags & 0x80:
        content.seek(3 * (2 << (flags & 7)), 1)


def _skip_sub_blocks(content: BinaryIO) -> None:
    while True:
        length = content.read(1)
        if not length:
            raise corrupt("the picture is cut off")
        if length == b"\0":
            return
        content.seek(length[0], 1)


def check_bmp(content: BinaryIO, size: int) -> dict[str, Any]:
    found = _header(content, size)
    content.seek(2)
    promised = int.from_bytes(content.read(4), "little")
    if promised > size:
        raise corrupt("the picture is shorter than it says")
    content.seek(10)
    offset = int.from_bytes(content.read(4), "little")
    content.seek(28)
    bits, packing = struct.unpack("<HI", content.read(6))
    row = (found["width"] * bits + 31) // 32 * 4
    if packing == 0 and offset + row * abs(found["height"]) > size:
        raise corrupt("the picture is shorter than it says")
    return found


def check_tiff(content: BinaryIO, size: int) -> dict[str, Any]:
    """Each page's strips or tiles must lie inside the file."""
    found = _header(content, size)
    content.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(content)
            frames = getattr(image, "n_frames", 1)
            for number in range(frames):
                image.seek(number)
                check_pixels(*image.size)
                tags: Any = image.tag_v2  # type: ignore[attr-defined]
                _check_spans(tags, size)
        except (OSError, EOFError, SyntaxError, ValueError, KeyError, struct.error) as error:
            raise corrupt("a page of the picture cannot be read") from error
    return {**found, "pages": frames}


def _check_spans(tags: Any, size: int) -> None:
    offsets = tags.get(273) or tags.get(324)  # StripOffsets, TileOffsets
    counts = tags.get(279) or tags.get(325)  # StripByteCounts, TileByteCounts
    if not offsets or not counts or len(offsets) != len(counts):
        raise corrupt("a page of the picture has no data")
    for offset, count in zip(offsets, counts, strict=True):
        if offset + count > size:
            raise corrupt("the picture is shorter than it says")


def check_webp(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(4)
    promised = int.from_bytes(content.read(4), "little") + 8
    if promised > size:
        raise corrupt("the picture is shorter than it says")
    if size - promised > 1:
        raise corrupt("there is more behind the picture than belongs to it")
    return _header(content, size)


def check_heic(content: BinaryIO, size: int) -> dict[str, Any]:
    """Boxes must follow each other to the last byte (ISO 14496-12)."""
    at = 0
    while at < size:
        content.seek(at)
        head = content.read(16)
        if len(head) < 8:  # noqa: PLR2004
            raise corrupt("the picture is cut off")
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = size - at
        if length < 8 or at + length > size:  # noqa: PLR2004
            raise corrupt("the picture is shorter than it says")
        at += length
    return _header(content, size)
