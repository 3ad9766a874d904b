"""WebP (RFC 9649) and HEIC (ISO/IEC 14496-12 and 23008-12): lengths in front of everything."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from documents.verification.images import measured
from documents.verification.refusals import corrupt

RIFF_HEADER = 12  # bytes
VP8_START = b"\x9d\x01\x2a"
MAX_PROPERTIES = 10_000
BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def check_webp(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(4)
    promised = int.from_bytes(content.read(4), "little") + 8
    if promised > size:
        raise corrupt("the picture is shorter than it says")
    if size - promised > 1:
        raise corrupt("there is more behind the picture than belongs to it")
    content.seek(RIFF_HEADER)
    found = _webp_size(content.read(18))
    at = RIFF_HEADER
    while at + 8 <= promised:
        content.seek(at + 4)
        length = int.from_bytes(content.read(4), "little")
        at += 8 + length + length % 2
    if at - promised > 1:
        raise corrupt("the picture is shorter than it says")
    return found


def _webp_size(head: bytes) -> dict[str, Any]:
    """Read the size from the first chunk: extended (VP8X), lossless (VP8L) or lossy (VP8)."""
    name, body = head[:4], head[8:]
    if name == b"VP8X":
        width, height = (int.from_bytes(body[n : n + 3], "little") + 1 for n in (4, 7))
    elif name == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif name == b"VP8 " and body[3:6] == VP8_START:
        width, height = (int.from_bytes(body[n : n + 2], "little") & 0x3FFF for n in (6, 8))
    else:
        raise corrupt("its header cannot be read")
    return measured(width, height)


def check_heic(content: BinaryIO, size: int) -> dict[str, Any]:
    """Boxes must follow each other to the last byte, and one of them says how large it is."""
    found = list(_boxes(content, 0, size))
    if not {b"ftyp", b"meta", b"mdat"} <= {name for name, _, _ in found}:
        raise corrupt("the picture itself is missing")
    content.seek(next(at for name, at, _ in found if name == b"ftyp"))
    if content.read(4) not in BRANDS:
        raise corrupt("it is another kind of picture")
    # Readers differ in which of several boxes of a name they take, so each of them counts.
    spans = [(at + 4, end) for name, at, end in found if name == b"meta"]  # behind the flags
    sizes = list(_sizes(content, spans))
    if not sizes:
        raise corrupt("the picture has no size")
    width, height = max(sizes, key=lambda one: one[0] * one[1])
    return measured(width, height)


def _sizes(content: BinaryIO, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the size of each item: meta / iprp / ipco / ispe."""
    for path in (b"iprp", b"ipco"):
        spans = [
            (start, stop)
            for at, end in spans
            for name, start, stop in _boxes(content, at, end)
            if name == path
        ]
    for at, end in spans:
        for name, start, _ in _boxes(content, at, end):
            if name == b"ispe":
                content.seek(start + 4)
                body = content.read(8)
                yield int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big")


def _boxes(content: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield each box's name, and where its content begins and ends."""
    for _ in range(MAX_PROPERTIES):
        if at >= end:
            return
        content.seek(at)
        head = content.read(16)
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = end - at
        if len(head) < 8 or length < header or at + length > end:  # noqa: PLR2004
            raise corrupt("the picture is shorter than it says")
        yield head[4:8], at + header, at + length
        at += length
    raise corrupt("it has too many parts")
