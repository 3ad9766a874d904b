"""GIF (GIF89a specification) and BMP ([MS-WMF] 2.2.2.9): small headers, then the pixels."""

import struct
from typing import Any, BinaryIO

from documents.verification.images import check_pixels, measured
from documents.verification.polyglots import refuse_anything_behind
from documents.verification.refusals import corrupt

COLOUR_TABLE = 0x80
CORE_HEADER = 12  # bytes of OS/2's short header


def check_gif(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    head = content.read(13)
    if len(head) < 13:  # noqa: PLR2004
        raise corrupt("the picture is cut off")
    found = measured(*struct.unpack("<HH", head[6:10]))
    _skip_colour_table(content, head[10])
    frames = 0
    while (block := content.read(1)) != b";":
        frames += _skip_block(content, block)
    if not frames:
        raise corrupt("there is no picture in it")
    check_pixels(found["width"], found["height"], frames)
    # Behind the end there is room for a script, of which the header is the first line.
    refuse_anything_behind(content, content.tell())
    return {**found, "frames": frames}


def _skip_block(content: BinaryIO, block: bytes) -> int:
    """Pass over an extension or a picture; return how many pictures it was."""
    if block == b"!":
        content.seek(1, 1)
    elif block == b",":
        place = content.read(9)
        if len(place) < 9:  # noqa: PLR2004
            raise corrupt("the picture is cut off")
        measured(*struct.unpack("<HH", place[4:8]))
        _skip_colour_table(content, place[8])
        content.seek(1, 1)
    else:
        raise corrupt("the end of the picture is missing")
    _skip_sub_blocks(content)
    return int(block == b",")


def _skip_colour_table(content: BinaryIO, flags: int) -> None:
    if flags & COLOUR_TABLE:
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
    content.seek(0)
    head = content.read(34)
    if len(head) < 34:  # noqa: PLR2004
        raise corrupt("its header is missing")
    promised, offset, header = struct.unpack("<2xI4xII", head[:18])
    if header == CORE_HEADER:
        (width, height, _, bits), packing = struct.unpack("<HHHH", head[18:26]), 0
    else:
        width, height, _, bits, packing = struct.unpack("<iiHHI", head[18:34])
    found = measured(abs(width), abs(height))
    row = (found["width"] * bits + 31) // 32 * 4
    if max(promised, offset if packing else offset + row * found["height"]) > size:
        raise corrupt("the picture is shorter than it says")
    return found
