"""TIFF 6.0 and BigTIFF: each page's strips or tiles must lie inside the file.

The directories are walked here and not by a library, which would follow one that points to itself
and read each tag's values into memory.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from documents.verification.images import check_pixels
from documents.verification.refusals import bomb, corrupt

MAX_PAGES = 5_000
MAX_STRIPS = 1_000_000  # in all pages
WIDTH, HEIGHT, OFFSETS, COUNTS, TILE_OFFSETS, TILE_COUNTS = 256, 257, 273, 279, 324, 325
WANTED = {WIDTH, HEIGHT, OFFSETS, COUNTS, TILE_OFFSETS, TILE_COUNTS}
INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # codes of struct, by field type


@dataclass(frozen=True)
class _Layout:
    """How wide things are: classic TIFF counts in 4 bytes, BigTIFF in 8."""

    order: str
    number: str  # entries of a directory
    offset: str

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(f"{self.order}HH{self.offset}{struct.calcsize(self.offset)}s")

    def read(self, content: BinaryIO, code: str) -> int:
        length = struct.calcsize("<" + code)
        return int(struct.unpack(self.order + code, _exactly(content, length))[0])


@dataclass(frozen=True)
class _Field:
    code: str
    count: int
    value: bytes  # the value itself where it fits, else where it stands


def check_tiff(content: BinaryIO, size: int) -> dict[str, Any]:
    layout, at = _begin(content)
    seen: set[int] = set()
    found: dict[str, Any] = {}
    strips = 0
    while at:
        if at in seen:
            raise corrupt("its pages go round in a circle")
        if len(seen) >= MAX_PAGES:
            raise bomb(f"more than {MAX_PAGES} pages")
        seen.add(at)
        fields, following = _directory(content, layout, at)
        width, height = (_one(content, layout, fields.get(tag)) for tag in (WIDTH, HEIGHT))
        check_pixels(width, height)
        strips += _check_spans(content, layout, fields, size)
        if strips > MAX_STRIPS:
            raise bomb(f"more than {MAX_STRIPS} strips")
        found, at = found or {"width": width, "height": height}, following
    if not found:
        raise corrupt("there is no picture in it")
    return {**found, "pages": len(seen)}


def _exactly(content: BinaryIO, count: int) -> bytes:
    read = content.read(count)
    if len(read) < count:
        raise corrupt("a page of the picture cannot be read")
    return read


def _begin(content: BinaryIO) -> tuple[_Layout, int]:
    content.seek(0)
    order = "<" if _exactly(content, 2) == b"II" else ">"
    version = struct.unpack(order + "H", _exactly(content, 2))[0]
    if version == 43:  # noqa: PLR2004  BigTIFF
        content.seek(8)
        layout = _Layout(order, "Q", "Q")
    else:
        layout = _Layout(order, "H", "I")
    return layout, layout.read(content, layout.offset)


def _directory(content: BinaryIO, layout: _Layout, at: int) -> tuple[dict[int, _Field], int]:
    """Return the fields that matter of a directory, and where the next one stands."""
    content.seek(at)
    number = layout.read(content, layout.number)
    if number > 65_535:  # noqa: PLR2004
        raise corrupt("a page of the picture cannot be read")
    body = _exactly(content, number * layout.entry.size)
    fields = {
        tag: _Field(INTEGERS[kind], count, value)
        for tag, kind, count, value in layout.entry.iter_unpack(body)
        if tag in WANTED and kind in INTEGERS
    }
    return fields, layout.read(content, layout.offset)


def _one(content: BinaryIO, layout: _Layout, field: _Field | None) -> int:
    if field is None or field.count != 1:
        raise corrupt("a page of the picture has no size")
    return next(_values(content, layout, field))


def _values(content: BinaryIO, layout: _Layout, field: _Field) -> Iterator[int]:
    if field.count > MAX_STRIPS:
        raise bomb(f"more than {MAX_STRIPS} strips")
    form = struct.Struct(layout.order + field.code)
    length = form.size * field.count
    body = field.value[:length]
    if length > len(field.value):
        content.seek(int(struct.unpack(layout.order + layout.offset, field.value)[0]))
        body = _exactly(content, length)
    return (value for (value,) in form.iter_unpack(body))


def _check_spans(content: BinaryIO, layout: _Layout, fields: dict[int, _Field], size: int) -> int:
    """Check that the page's data lies inside the file; return the number of its strips."""
    offsets = fields.get(OFFSETS) or fields.get(TILE_OFFSETS)
    counts = fields.get(COUNTS) or fields.get(TILE_COUNTS)
    if not offsets or not counts or not offsets.count or offsets.count != counts.count:
        raise corrupt("a page of the picture has no data")
    for offset, count in zip(
        _values(content, layout, offsets), _values(content, layout, counts), strict=True
    ):
        if offset + count > size:
            raise corrupt("the picture is shorter than it says")
    return offsets.count
