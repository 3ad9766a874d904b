"""Patients from a CSV file: bytes to lines, lines to rows, rows to `create_patients`.

UTF-8, with or without a byte order mark. Comma, semicolon or tab, whichever the header has; quoted
fields may hold line breaks. The first line names the columns, in any order and in the words of
`COLUMNS`. Dates are 2015-03-01 or 1/3/2015 (day first), phones as one dials them here.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from accounts.models import Membership
from documents.errors import DocumentTooLargeError
from patients.errors import MAX_CSV_SIZE, MAX_ROWS, CsvError, TooManyRowsError
from patients.models import Sex
from patients.services.bulk import Row, RowFault, RowResult, create_patients

COLUMNS = {
    "first_name": ("first name", "firstname", "given name", "given names", "forename"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "email": ("e mail", "email address", "e mail address", "mail"),
    "phone": ("phone number", "mobile", "mobile number", "mobile phone", "telephone", "tel"),
    "date_of_birth": ("date of birth", "dob", "birth date", "birthdate", "birthday", "born"),
    "sex": ("gender",),
    "address": ("street address", "postal address"),
    "external_id": ("external id", "patient id", "patient number", "record number", "mrn", "ur"),
    "status": (),
    "notes": ("note", "comment", "comments"),
}
DELIMITERS = ",;\t"
_NAMES = {alias: column for column, aliases in COLUMNS.items() for alias in (column, *aliases)}
_NAMES |= {name.replace("_", " "): column for name, column in _NAMES.items()}
_SEXES = {"f": Sex.FEMALE, "m": Sex.MALE, "o": Sex.OTHER, "u": Sex.UNKNOWN}
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
csv.field_size_limit(MAX_CSV_SIZE)


@dataclass(frozen=True)
class Line:
    """A record of the file: where it begins, and its cells by column."""

    number: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class LineResult(RowResult):
    """What became of a line of the file."""

    line: int = 0


def import_csv(
    *, membership: Membership, content: bytes, partial: bool = False, dry_run: bool = False
) -> list[LineResult]:
    """Add the patients of a CSV file, as `create_patients` does; or look what would become of it.

    Raises `CsvError` when the file cannot be read, `DocumentTooLargeError`, `TooManyRowsError`, and
    what `create_patients` raises.
    """
    lines = parse_csv(content)
    rows = [row_of(line) for line in lines]
    results = create_patients(
        membership=membership,
        rows=rows,
        partial=partial,
        dry_run=dry_run,
        place=lambda index: f"lines.{lines[index].number}",
    )
    return [
        LineResult(**vars(result), line=line.number)
        for line, result in zip(lines, results, strict=True)
    ]


def parse_csv(content: bytes) -> list[Line]:
    """Return the lines of a file that hold anything. Raises `CsvError` and those for its size."""
    if len(content) > MAX_CSV_SIZE:
        raise DocumentTooLargeError(limit=MAX_CSV_SIZE)
    records = _records(_decoded(content))
    header = next(records, None)
    if header is None:
        raise CsvError("The file is empty; its first line must name the columns.")
    columns = _columns(header[1])
    lines: list[Line] = []
    for number, cells in records:
        if len(lines) >= MAX_ROWS:
            raise TooManyRowsError
        lines.append(_line(number, cells, columns))
    if not lines:
        raise CsvError("The file has a header and no patients.")
    return lines


def row_of(line: Line) -> Row:
    """Return the row that a line asks for; empty cells are left out."""
    if line.fault:
        return Row({}, (RowFault("", "bad_line", line.fault),))
    fields: dict[str, object] = {name: text for name, text in line.cells.items() if text}
    fields.setdefault("first_name", "")
    fields.setdefault("last_name", "")
    if "sex" in fields:
        fields["sex"] = _SEXES.get(str(fields["sex"]).lower(), str(fields["sex"]).lower())
    if "status" in fields:
        fields["status"] = str(fields["status"]).lower()
    if "date_of_birth" in fields:
        day = _day(str(fields["date_of_birth"]))
        if day is None:
            text = "Write dates as 2015-03-01 or 1/3/2015, day first."
            return Row({}, (RowFault("date_of_birth", "invalid", text),))
        fields["date_of_birth"] = day
    return Row(fields)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CsvError(f"Line {line} is not UTF-8; save the file as CSV UTF-8.") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise CsvError(f"Line {line} holds a NUL character; this is no CSV file.")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that hold anything, each with the line where it begins."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise CsvError(f"Line {begins} cannot be read: {error}.") from error


def _columns(header: list[str]) -> list[str]:
    names = [_NAMES.get(_plain(title), "") for title in header]
    unknown = [title or "(empty)" for title, name in zip(header, names, strict=True) if not name]
    if unknown:
        raise CsvError(
            f"Unknown columns: {', '.join(unknown)[:200]}. Known are {', '.join(COLUMNS)}."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CsvError(f"Two columns hold the same: {', '.join(twice)}.")
    missing = [name for name in ("first_name", "last_name") if name not in names]
    if missing:
        raise CsvError(f"A column is missing: {', '.join(missing)}.")
    return names


def _plain(title: str) -> str:
    return " ".join(re.sub(r"[^\w]|_", " ", title).casefold().split())


def _line(number: int, cells: list[str], columns: list[str]) -> Line:
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        text = f"{len(cells)} cells under {len(columns)} columns; is a delimiter not quoted?"
        return Line(number, {}, text)
    return Line(number, dict(zip(columns, cells, strict=False)))


def _day(text: str) -> date | None:
    found = _DAY_FIRST.fullmatch(text)
    try:
        if found:
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return (
            date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
        )
    except ValueError:
        return None
