"""CSV as a stream of records, each with its line and the place in the file behind it.

Lines are found as bytes, so the place is known exactly and reading can go on there: a record
begins where the one before it ended. Encodings in which that is not so (UTF-16 and the like) are
first written again as UTF-8 into a temporary file. Lines end with LF, CR LF or CR; quoted cells
may hold any of them.
"""

import codecs
import csv
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.conf import settings

from patients.errors import CsvError
from patients.imports.charsets import CHUNK, PLAIN, Charset
from patients.imports.columns import NAMES, plain

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD = 4 * 1024 * 1024  # bytes; the longest notes of a patient take 80 KB
MAX_CELL = 1024 * 1024  # characters
csv.field_size_limit(MAX_CELL)


@dataclass(frozen=True, slots=True)
class Record:
    """Cells as they stand in the file, the line or row where they begin, and what follows them.

    `offset` is bytes behind the record and `next_line` the line there; of a sheet the row.
    """

    line: int
    cells: list[str]
    offset: int
    next_line: int
    fault: str = ""


@dataclass(frozen=True)
class Dialect:
    """How a file of text is to be read."""

    charset: str
    delimiter: str


@contextmanager
def plain_lines(file: BinaryIO, charset: Charset) -> Iterator[tuple[BinaryIO, str]]:
    """Yield a file in which lines can be found as bytes, and its encoding; a copy is closed."""
    if charset.name in PLAIN:
        yield file, charset.name
        return
    if charset.name == "utf-8-sig":
        yield file, "utf-8"
        return
    file.seek(0)
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as copy:
        reader = codecs.getreader(charset.name)(file)
        shutil.copyfileobj(reader, codecs.getwriter("utf-8")(copy), CHUNK)
        yield cast(BinaryIO, copy), "utf-8"


def sniff(file: BinaryIO, charset: str) -> str:
    """Return the delimiter: the one under which the first line names most of our columns."""
    file.seek(0)
    head = next(_filled(_decoded(_lines(file), charset)), "")
    if head.casefold().startswith("sep=") and len(head.strip("\r\n")) == len("sep=") + 1:
        return head[len("sep=")]
    return max(DELIMITERS, key=lambda delimiter: _promise(head, delimiter))


def _promise(head: str, delimiter: str) -> tuple[int, int]:
    cells = next(csv.reader([head], delimiter=delimiter), [])
    return sum(plain(cell) in NAMES for cell in cells), len(cells)


def records(
    file: BinaryIO, dialect: Dialect, *, offset: int = 0, line: int = 1
) -> Iterator[Record]:
    """Yield the records that hold anything, from a place that an earlier one gave.

    Raises `CsvError` with the line where quoting is broken or a record is longer than 4 MB.
    """
    file.seek(offset)
    lines = _Counted(file, dialect.charset, offset, line)
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    while True:
        begins, lines.begun = lines.line, lines.offset
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CsvError(f"Line {begins} cannot be read: {error}.") from error
        if cells is None:
            return
        if any(cell and not cell.isspace() for cell in cells):
            yield Record(begins, cells, lines.offset, lines.line)


class _Counted:
    """Lines for the csv module, which takes just as many as a record needs."""

    def __init__(self, file: BinaryIO, charset: str, offset: int, line: int) -> None:
        self.offset, self.line, self.begun = offset, line, offset
        self.charset = charset
        self.lines = _lines(file)

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> str:
        raw = next(self.lines)
        at_start = self.offset == 0
        self.offset += len(raw)
        if self.offset - self.begun > MAX_RECORD:
            raise CsvError(f"Line {self.line} cannot be read: a record is longer than 4 MB.")
        self.line += 1
        if at_start:
            raw = raw.removeprefix(codecs.BOM_UTF8) if self.charset == "utf-8" else raw
            if raw[:4].lower() == b"sep=" and len(raw.strip(b"\r\n")) == len(b"sep=") + 1:
                return "\n"  # Excel's note on the delimiter, read by `sniff`
        return raw.decode(self.charset)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while chunk := file.read(CHUNK):
        pieces = (rest + chunk).splitlines(keepends=True)
        # A CR at the end may be the half of a CR LF.
        rest = b"" if pieces[-1].endswith(b"\n") else pieces.pop()
        if len(rest) > MAX_RECORD:
            raise CsvError("A line is longer than 4 MB; this is no table.")
        yield from pieces
    if rest:
        yield rest


def _decoded(lines: Iterator[bytes], charset: str) -> Iterator[str]:
    for number, raw in enumerate(lines):
        bare = raw.removeprefix(codecs.BOM_UTF8) if not number and charset == "utf-8" else raw
        yield bare.decode(charset)


def _filled(lines: Iterator[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())
