"""Patients from a small file, at once: bytes to lines, lines to rows, rows to `create_patients`.

What a file may look like is said by `patients.imports`; larger ones are imported by a job
(patients/job_kinds.py). Here a column that is not understood refuses the file, because whoever
sends it gets no report to read.
"""

import io
from dataclasses import dataclass

from accounts.models import Membership
from documents.errors import DocumentTooLargeError
from patients.errors import MAX_CSV_SIZE, MAX_ROWS, CsvError, TooManyRowsError
from patients.imports.columns import COLUMNS
from patients.imports.reading import Recipe, Told, opened, survey
from patients.imports.values import understand
from patients.services.bulk import Row, RowFault, RowResult, create_patients

__all__ = ["COLUMNS", "Line", "LineResult", "import_csv", "parse_csv", "row_of"]


@dataclass(frozen=True)
class Line:
    """A record of the file: where it begins, and its cells by field, without the empty ones."""

    number: int
    cells: dict[str, str]
    fault: str = ""
    date_order: str = "DMY"


@dataclass(frozen=True)
class LineResult(RowResult):
    """What became of a line of the file."""

    line: int = 0


def import_csv(
    *,
    membership: Membership,
    content: bytes,
    partial: bool = False,
    dry_run: bool = False,
    told: Told | None = None,
) -> list[LineResult]:
    """Add the patients of a file, as `create_patients` does; or look what would become of it.

    Raises `CsvError` when the file cannot be read, `DocumentTooLargeError`, `TooManyRowsError`, and
    what `create_patients` raises.
    """
    lines = parse_csv(content, told)
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


def parse_csv(content: bytes, told: Told | None = None) -> list[Line]:
    """Return the lines of a file that hold anything. Raises `CsvError` and those for its size."""
    if len(content) > MAX_CSV_SIZE:
        raise DocumentTooLargeError(limit=MAX_CSV_SIZE)
    file = io.BytesIO(content)
    recipe = survey(file, told)
    refuse_unknown(recipe)
    if recipe.rows > MAX_ROWS:
        raise TooManyRowsError
    with opened(file, vars(recipe)) as source:
        return [
            Line(
                record.line,
                recipe.cells_of(record),
                recipe.fault_of(record),
                recipe.date_order,
            )
            for record in source.rows()
        ]


def refuse_unknown(recipe: Recipe) -> None:
    """Refuse a file with columns that would be left out. Raises `CsvError`."""
    if recipe.header.unknown:
        raise CsvError(
            f"Unknown columns: {', '.join(recipe.header.unknown)[:200]}."
            f" Known are {', '.join(COLUMNS)}."
        )


def row_of(line: Line) -> Row:
    """Return the row that a line asks for; empty cells are left out."""
    if line.fault:
        return Row({}, (RowFault("", "bad_line", line.fault),))
    found = understand(line.cells, line.date_order)
    return Row({} if found.faults else found.fields, found.faults)
