"""A file of patients, whatever it is: opened, understood, and read from any place on.

`survey` reads the file once to its end before anything is written: what cannot be read is refused
whole, with the line, and leaves nothing behind. What it finds out is a `Recipe`, by which the file
is read again in the same way, in another process if need be.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from django.conf import settings

from patients.errors import CsvError
from patients.imports import charsets, delimited, workbook
from patients.imports.columns import Header, understand
from patients.imports.delimited import Dialect, Record
from patients.imports.rejects import as_written, names_of

DATE_ORDERS = ("DMY", "MDY", "YMD")
_PAIR = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}\s*", re.ASCII)
_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody says of the file; what is empty is found out."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    date_order: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a file is read, and what was found in it. JSON by `as_json` and back by `of_json`.

    `how` tells how the encoding was found: `guess` is worth a look at the names.
    """

    sha256: str
    size: int  # bytes
    format: str  # csv or xlsx
    encoding: str = ""
    how: str = ""
    delimiter: str = ""
    sheet: str = ""
    date_order: str
    header: Header
    rows: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "header": {k: list(v) for k, v in asdict(self.header).items()}}

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> "Recipe":
        header = Header(**{name: tuple(value) for name, value in found["header"].items()})
        return cls(**{**found, "header": header})

    def cells_of(self, record: Record) -> dict[str, str]:
        """Return the cells of the columns that we know, trimmed; empty ones are left out."""
        mended = self.header.mended
        found = {}
        for name, cell in zip(self.header.fields, record.cells, strict=False):
            text = (as_written(cell) if mended else cell).strip() if name and cell else ""
            if text:
                found[name] = text
        return found

    def fault_of(self, record: Record) -> str:
        """Return what is wrong with the record as a whole, or an empty string."""
        number, columns = len(record.cells), len(self.header.titles)
        if number > columns and any(map(str.strip, record.cells[columns:])):
            return f"{number} cells under {columns} columns; is a delimiter not quoted?"
        for at in self.header.untitled:
            if at < number and record.cells[at].strip():
                return f"Cell {at + 1} stands under no title; is a delimiter not quoted?"
        return record.fault

    def row_of(self, record: Record) -> dict[str, str]:
        """Return the cells by their titles, as they stand in the file."""
        names = names_of(self.header.titles, len(record.cells))
        return dict(zip(names, record.cells, strict=False))


def survey(file: BinaryIO, told: Told | None = None) -> Recipe:
    """Read a file to its end and say how to read it. Raises `CsvError` for what is no such file."""
    told = told or Told()
    if told.date_order and told.date_order not in DATE_ORDERS:
        raise _refused("date_order", f"The order of dates is one of {', '.join(DATE_ORDERS)}.")
    if told.delimiter and (len(told.delimiter) != 1 or told.delimiter in '"\r\n\0'):
        raise _refused("delimiter", "A delimiter is one character.")
    size = file.seek(0, 2)
    digest = charsets.digest_of(file)
    if not size:
        raise CsvError("The file is empty; its first line must name the columns.")
    facts: dict[str, Any] = {"sha256": digest, "size": size}
    if workbook.is_zip(file):
        workbook.check(file)
        facts |= {"format": "xlsx", "sheet": workbook.sheet_of(file, told.sheet)}
        workbook.refuse_uncalculated(file, facts["sheet"])
    else:
        facts |= _facts_of_text(file, told)
    return _counted(file, facts, told)


def _facts_of_text(file: BinaryIO, told: Told) -> dict[str, Any]:
    if told.sheet:
        raise _refused("sheet", "Only workbooks (.xlsx) have sheets.")
    charset = charsets.charset_of(file, told.encoding)
    with delimited.plain_lines(file, charset) as (lines, name):
        delimiter = told.delimiter or delimited.sniff(lines, name)
    return {"format": "csv", "encoding": charset.name, "how": charset.how, "delimiter": delimiter}


def _counted(file: BinaryIO, facts: dict[str, Any], told: Told) -> Recipe:
    with opened(file, facts) as source:
        found = source.records()
        first = next(found, None)
        if first is None:
            raise CsvError("The file is empty; its first line must name the columns.")
        header = understand(first.cells, told.mapping)
        dates = _Dates(header, told.date_order)
        rows = 0
        for record in found:
            rows += 1
            dates.look(record)
    if not rows:
        raise CsvError("The file has a header and no patients.")
    return Recipe(**facts, header=header, rows=rows, date_order=dates.order())


class _Dates:
    """Sees to it that months are not taken for days in a whole file."""

    def __init__(self, header: Header, told: str) -> None:
        self.told = told
        self.column = (
            header.fields.index("date_of_birth") if "date_of_birth" in header.fields else None
        )
        self.day_first = self.month_first = 0  # dates that can be read in this order only
        self.either = 0  # that mean another day in the other order

    def look(self, record: Record) -> None:
        if self.column is None or self.column >= len(record.cells):
            return
        found = _PAIR.fullmatch(record.cells[self.column])
        if found:
            first, second = int(found[1]), int(found[2])
            self.day_first += first > _MONTHS
            self.month_first += second > _MONTHS
            self.either += first <= _MONTHS and second <= _MONTHS and first != second

    def order(self) -> str:
        order = self.told or str(getattr(settings, "IMPORT_DATE_ORDER", "DMY"))
        against, for_it = self.month_first, self.day_first
        if order == "MDY":
            against, for_it = for_it, against
        wrong = self.either and against and not for_it
        if wrong and not self.told and order != "YMD":
            other = "MDY" if order == "DMY" else "DMY"
            raise _refused(
                "date_order",
                f"{against} dates of birth make sense only as {other}, and none only as {order}."
                f" {self.either} more would be read as wrong days."
                f" Say the order: {other}, or {order} if those rows are wrong.",
            )
        return order


class Source:
    """An open file with its recipe; yields records from a position on."""

    def __init__(self, file: BinaryIO, facts: Mapping[str, Any], charset: str) -> None:
        self.file, self.facts, self.charset = file, facts, charset

    def records(self, position: Mapping[str, Any] | None = None) -> Iterator[Record]:
        """Yield records behind a position (`position_behind`); without one, the header first."""
        at = position or {}
        if self.facts["format"] == "xlsx":
            return workbook.records(self.file, self.facts["sheet"], after=at.get("offset", 0))
        dialect = Dialect(self.charset, self.facts["delimiter"])
        return delimited.records(
            self.file, dialect, offset=at.get("offset", 0), line=at.get("line", 1)
        )

    def rows(self, position: Mapping[str, Any] | None = None) -> Iterator[Record]:
        """Yield the records behind a position, or behind the header."""
        found = self.records(position)
        if not position:
            next(found, None)
        return found


def position_behind(record: Record) -> dict[str, Any]:
    """Return the JSON by which reading goes on behind a record."""
    return {"offset": record.offset, "line": record.next_line}


@contextmanager
def opened(file: BinaryIO, facts: Mapping[str, Any]) -> Iterator[Source]:
    """Open a file by what is known of it: `vars` of a recipe, or the part that tells the format."""
    if facts["format"] == "xlsx":
        yield Source(file, facts, "")
        return
    charset = charsets.Charset(facts["encoding"], facts["how"])
    with delimited.plain_lines(file, charset) as (lines, name):
        yield Source(lines, facts, name)


def _refused(name: str, detail: str) -> CsvError:
    error = CsvError(detail)
    error.field = name
    return error
