"""PNG (ISO/IEC 15948): every chunk sound, and as many pixels inside as the header promises."""

import struct
import zlib
from typing import Any, BinaryIO

from documents.verification.images import check_pixels
from documents.verification.polyglots import refuse_trailer
from documents.verification.refusals import corrupt

SIGNATURE = 8  # bytes
PART = 64 * 1024
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # per pixel, by colour type
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


class _Pixels:
    """Counts what the pixel chunks unpack to, and stops when there is enough."""

    def __init__(self, width: int, height: int, depth: int, interlaced: int) -> None:
        passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
        self.missing = sum(
            _rows(width, height, depth, *one)
            for one in passes
            if width > one[0] and height > one[1]
        )
        self._inflate = zlib.decompressobj()

    def feed(self, packed: bytes) -> None:
        try:
            while self.missing > 0 and packed:
                self.missing -= len(self._inflate.decompress(packed, PART))
                packed = self._inflate.unconsumed_tail
        except zlib.error as error:
            raise corrupt("its pixels cannot be unpacked") from error

    def finish(self) -> None:
        """Take what the last call had no room for; fewer pixels than promised are a refusal."""
        while self.missing > 0 and (found := self._inflate.decompress(b"", PART)):
            self.missing -= len(found)
        if self.missing > 0:
            raise corrupt("the picture is shorter than it says")


def _rows(width: int, height: int, depth: int, left: int, top: int, x: int, y: int) -> int:
    """Bytes of one pass: each row has one byte for its filter in front."""
    columns, rows = -(-(width - left) // x), -(-(height - top) // y)
    return rows * (1 + (columns * depth + 7) // 8)


def check_png(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(SIGNATURE)
    name, header = _header(content)
    if name != b"IHDR" or len(header) != 13:  # noqa: PLR2004
        raise corrupt("its header is missing")
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if not width or not height or colour not in SAMPLES:
        raise corrupt("its header cannot be read")
    check_pixels(width, height)
    pixels = _Pixels(width, height, bits * SAMPLES[colour], interlaced)
    while _walk_chunk(content, pixels) != b"IEND":
        pass
    pixels.finish()
    refuse_trailer(content, content.tell())
    return {"width": width, "height": height}


def _header(content: BinaryIO) -> tuple[bytes, bytes]:
    head = content.read(8)
    body = content.read(13)
    if head[4:] == b"IHDR" and content.read(4) != struct.pack(">I", zlib.crc32(head[4:] + body)):
        raise corrupt("a part of the picture has changed (checksum)")
    return head[4:], body


def _walk_chunk(content: BinaryIO, pixels: _Pixels) -> bytes:
    """Read one chunk, check its checksum and return its name."""
    head = content.read(8)
    if len(head) < 8:  # noqa: PLR2004
        raise corrupt("the end of the picture is missing")
    left, name = struct.unpack(">I4s", head)
    crc = zlib.crc32(name)
    while left:
        part = content.read(min(left, PART))
        if not part:
            raise corrupt("the picture is cut off")
        crc = zlib.crc32(part, crc)
        left -= len(part)
        if name == b"IDAT":
            pixels.feed(part)
    if content.read(4) != struct.pack(">I", crc):
        raise corrupt("a part of the picture has changed (checksum)")
    return bytes(name)
