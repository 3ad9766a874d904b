"""DICOM's data elements one after the other (PS3.5, 7.1), without keeping them.

A library would hold each of them in memory, and a small file can have millions.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from documents.verification.refusals import bomb, corrupt

UNDEFINED = 0xFFFFFFFF
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
LONG = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
LONGEST_VALUE = 4096  # bytes; larger ones are passed over, not read
MAX_ELEMENTS = 500_000
MAX_DEPTH = 100
MAX_UNPACKED = 200 * 1024 * 1024  # bytes
PART = 64 * 1024


@dataclass(frozen=True)
class Element:
    """`value` only where it was wanted and short; `order` as struct writes it."""

    tag: int
    length: int
    value: bytes
    order: str


class Forward:
    """Reads onward only, inflating (PS3.5, A.5) where the file is deflated as a whole."""

    def __init__(self, content: BinaryIO, left: int, *, deflated: bool = False) -> None:
        self._content = content
        self._left = left
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if deflated else None
        self._ready = b""
        self.taken = 0

    def read(self, count: int) -> bytes:
        """Return exactly that many bytes, or none at the end; fewer are a damaged file."""
        if self._inflate is None:
            found = self._content.read(count)
        else:
            while len(self._ready) < count and self._inflate_more():
                pass
            found, self._ready = self._ready[:count], self._ready[count:]
        if found and len(found) < count:
            raise corrupt("its elements cannot be read")
        self.taken += len(found)
        return found

    def skip(self, count: int) -> None:
        if self._inflate is None:
            if self.taken + count > self._left:
                raise corrupt("it ends in the middle of an element")
            self._content.seek(count, 1)
            self.taken += count
            return
        while count:
            part = self.read(min(count, PART))
            if not part:
                raise corrupt("it ends in the middle of an element")
            count -= len(part)

    def finish(self) -> None:
        """Make sure that what is deflated ends as it should, and is not too much."""
        while self._inflate is not None and self.read(1):
            self.taken += len(self._ready)
            self._ready = b""

    def _inflate_more(self) -> bool:
        inflate = self._inflate
        if inflate is None or inflate.eof:
            return False
        packed = inflate.unconsumed_tail or self._content.read(PART)
        try:
            found = inflate.decompress(packed, PART)  # may be more than `packed` gives alone
        except zlib.error as error:
            raise corrupt("it cannot be unpacked") from error
        if not packed and not found:
            raise corrupt("it ends in the middle of an element")
        self._ready += found
        if self.taken > MAX_UNPACKED:
            raise bomb(f"more than {MAX_UNPACKED // 1024 // 1024} MB")
        return True


def walk(
    source: Forward, *, implicit: bool = False, order: str = "<", wanted: frozenset[int]
) -> Iterator[Element]:
    """Yield the elements of the top level; sequences are walked through, not kept.

    Stops at the pixels, with the source where their bytes begin.
    """
    reader = _Reader(source, implicit, order)
    for _ in range(MAX_ELEMENTS):
        head = reader.head()
        if head is None:
            if reader.open:
                raise corrupt("it ends in the middle of a sequence")
            return
        tag, length, enters = head
        top = not reader.open
        reader.enter(tag, entered=enters and length == UNDEFINED)
        if tag in PIXELS and top:
            yield Element(tag, length, b"", order)
            return
        value = b""
        if not enters or length != UNDEFINED:
            value = reader.value(length, wanted=top and tag in wanted)
        if top:
            yield Element(tag, length, value, order)
    raise bomb(f"more than {MAX_ELEMENTS} elements")


def skip_fragments(source: Forward) -> None:
    """Pass over compressed pixels (PS3.5, A.4): items up to the delimiter, always little endian."""
    while head := source.read(8):
        group, element, length = struct.unpack("<HHI", head)
        if (tag := group << 16 | element) == SEQUENCE_END:
            return
        if tag != ITEM:
            break
        source.skip(length)
    raise corrupt("it ends in the middle of the picture")


class _Reader:
    def __init__(self, source: Forward, implicit: bool, order: str) -> None:  # noqa: FBT001
        self._source = source
        self._order = order
        self._implicit = implicit
        self.open: list[int] = []  # the sequences and items of undefined length around here

    def head(self) -> tuple[int, int, bool] | None:
        """Return tag, length, and whether it may be entered; None at the end."""
        head = self._source.read(8)
        if not head:
            return None
        group, element = struct.unpack(self._order + "HH", head[:4])
        tag = group << 16 | element
        kind = head[4:6]
        if self._implicit or group == 0xFFFE or not kind.isalpha():  # noqa: PLR2004
            return tag, int(struct.unpack(self._order + "I", head[4:])[0]), True
        if kind in LONG:
            length = int(struct.unpack(self._order + "I", self._exactly(4))[0])
            return tag, length, length == UNDEFINED
        return tag, int(struct.unpack(self._order + "H", head[6:])[0]), False

    def enter(self, tag: int, *, entered: bool) -> None:
        if tag in {ITEM_END, SEQUENCE_END}:
            if not self.open:
                raise corrupt("its sequences do not match")
            self.open.pop()
        elif entered and not (tag in PIXELS and not self.open):
            self.open.append(tag)
            if len(self.open) > MAX_DEPTH:
                raise bomb(f"more than {MAX_DEPTH} sequences in each other")

    def value(self, length: int, *, wanted: bool) -> bytes:
        if wanted and length <= LONGEST_VALUE:
            return self._exactly(length)
        self._source.skip(length)
        return b""

    def _exactly(self, count: int) -> bytes:
        found = self._source.read(count) if count else b""
        if len(found) < count:
            raise corrupt("its elements cannot be read")
        return found
