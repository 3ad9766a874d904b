"""DOC and XLS: a compound file with its document inside, all of it in the file ([MS-CFB])."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from documents.verification.refusals import corrupt, encrypted, macro, mismatch

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = 512  # bytes
UNUSED = 0xFFFFFFFA  # from here on, numbers of sectors mean something else ([MS-CFB] 2.1)
FREE = 0xFFFFFFFF
ENTRY = 128  # bytes of a directory's entry
MAX_DIRECTORY = 1_000  # sectors
DOCUMENTS = {".doc": {"worddocument"}, ".xls": {"workbook", "book"}}
MACROS = {"macros", "_vba_project_cur", "_vba_project", "vba"}


@dataclass(frozen=True)
class _Sectors:
    """The file in sectors; the first stands behind the header, the last may be shorter."""

    content: BinaryIO
    length: int
    count: int

    def read(self, number: int) -> bytes:
        if number >= self.count:
            raise corrupt("it is shorter than it says")
        self.content.seek((number + 1) * self.length)
        return self.content.read(self.length)

    def numbers(self, number: int) -> tuple[int, ...]:
        return struct.unpack(f"<{self.length // 4}I", self.read(number).ljust(self.length, b"\xff"))


def check_doc(content: BinaryIO, size: int) -> dict[str, Any]:
    return _check(content, size, ".doc")


def check_xls(content: BinaryIO, size: int) -> dict[str, Any]:
    return _check(content, size, ".xls")


def _check(content: BinaryIO, size: int, extension: str) -> dict[str, Any]:
    content.seek(0)
    header = content.read(HEADER)
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise corrupt("its header is missing")
    length = 1 << min(header[30], 16)
    if length not in {512, 4096}:
        raise corrupt("its header cannot be read")
    sectors = _Sectors(content, length, -(-max(0, size - length) // length))
    tables = list(_tables(sectors, header))
    _check_complete(sectors, tables)
    names = set(_names(sectors, tables, int.from_bytes(header[48:52], "little")))
    if "encryptedpackage" in names:
        raise encrypted()
    if not names & DOCUMENTS[extension]:
        raise mismatch("it is another kind of office file")
    if names & MACROS:
        raise macro()
    return {}


def _tables(sectors: _Sectors, header: bytes) -> Iterator[int]:
    """Yield the sectors of the allocation table: 109 in the header, the rest in a chain."""
    yield from (number for number in struct.unpack("<109I", header[76:]) if number < UNUSED)
    following, count = struct.unpack("<II", header[68:76])
    for _ in range(min(count, sectors.count)):
        if following >= UNUSED:
            return
        *numbers, following = sectors.numbers(following)
        yield from (number for number in numbers if number < UNUSED)


def _check_complete(sectors: _Sectors, tables: list[int]) -> None:
    """The last sector that is in use must lie inside the file."""
    if not tables or len(tables) > sectors.count:
        raise corrupt("it is shorter than it says")
    for place in range(len(tables) - 1, -1, -1):
        numbers = sectors.numbers(tables[place])
        used = [index for index, number in enumerate(numbers) if number != FREE]
        if used:
            if place * len(numbers) + used[-1] >= sectors.count:
                raise corrupt("it is shorter than it says")
            return


def _names(sectors: _Sectors, tables: list[int], at: int) -> Iterator[str]:
    """Yield the names of the streams and storages, in lower case."""
    each = sectors.length // 4
    for _ in range(MAX_DIRECTORY):
        body = sectors.read(at)
        for start in range(0, len(body), ENTRY):
            count = int.from_bytes(body[start + 64 : start + 66], "little")
            if 2 <= count <= 64:  # noqa: PLR2004  bytes, with the end mark
                yield body[start : start + count - 2].decode("utf-16-le", "replace").lower()
        if at // each >= len(tables):
            raise corrupt("its directory cannot be read")
        at = sectors.numbers(tables[at // each])[at % each]
        if at >= UNUSED:
            return
    raise corrupt("its directory cannot be read")
