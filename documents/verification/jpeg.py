"""JPEG (ITU-T T.81, annex B): from marker to marker to the scan, and on to the end of the image."""

from typing import Any, BinaryIO

from documents.verification.images import check_pixels
from documents.verification.polyglots import refuse_trailer
from documents.verification.refusals import corrupt

PART = 64 * 1024
# Start of a frame; DHT, JPG and DAC (C4, C8, CC) lie between them.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA
END = b"\xff\xd9"


def check_jpeg(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(2)
    found: dict[str, Any] = {}
    while (marker := _marker(content)) != SCAN:
        length = _length(content)
        if marker in FRAMES:
            frame = content.read(5)
            length -= len(frame)
            found = {
                "height": int.from_bytes(frame[1:3], "big"),
                "width": int.from_bytes(frame[3:5], "big"),
            }
            check_pixels(found["width"], found["height"])
        content.seek(length, 1)
    if not found.get("width"):
        raise corrupt("its header is missing")
    refuse_trailer(content, _end_of_image(content))
    return found


def _marker(content: BinaryIO) -> int:
    first = content.read(1)
    code = content.read(1)
    while code == b"\xff":  # fill bytes
        code = content.read(1)
    if first != b"\xff" or not code:
        raise corrupt("the picture ends before its data")
    return code[0]


def _length(content: BinaryIO) -> int:
    """Bytes of a segment behind its length."""
    length = content.read(2)
    if len(length) < 2 or length < b"\0\2":  # noqa: PLR2004
        raise corrupt("the picture ends before its data")
    return int.from_bytes(length, "big") - 2


def _end_of_image(content: BinaryIO) -> int:
    """Return the place behind the end marker. What follows it may be another picture or a film."""
    before = b""
    while chunk := content.read(PART):
        at = (before + chunk).find(END)
        if at >= 0:
            return content.tell() - len(before) - len(chunk) + at + len(END)
        before = chunk[-1:]
    raise corrupt("the end of the picture is missing")
