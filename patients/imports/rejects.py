"""The file of rejected rows: as they came, with what is wrong, to be mended and imported again.

Spreadsheets take cells that begin with `= + - @`, a tab or CR for formulas (OWASP, "CSV
Injection"), so those get an apostrophe in front. When the file comes back it is taken off again:
`as_written(as_shown(cell)) == cell` for any cell.
"""

import csv
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from patients.imports.columns import ERROR

_ACTIVE = re.compile(r"'*[=+\-@\t\r]")
_SHOWN = re.compile(r"'+[=+\-@\t\r]")


def as_shown(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{cell}" if _ACTIVE.match(cell) else cell


def as_written(cell: str) -> str:
    """Return the cell that `as_shown` was given."""
    return cell[1:] if _SHOWN.match(cell) else cell


def names_of(titles: Sequence[str], number: int) -> list[str]:
    """Return a name for each of so many cells; where there is no title, one that no title is."""
    titled = [*titles, *[""] * (number - len(titles))]
    return [title or f" column {at}" for at, title in enumerate(titled, 1)]


def cells_in_order(row: Mapping[str, str], titles: Sequence[str]) -> list[str]:
    """Return cells by the titles of their file; the ledger keeps them in no order."""
    number = len(titles)
    while names_of(titles, number + 1)[-1] in row:
        number += 1
    return [row.get(name, "") for name in names_of(titles, number)]


def write_rejects(
    path: Path,
    *,
    titles: Sequence[str],
    mended: bool,
    delimiter: str,
    rows: Iterable[tuple[Mapping[str, str], str]],
) -> int:
    """Write rows and their errors as CSV; return how many there were. None makes no file.

    `titles` are the columns of the source; with `mended` its last one is an `error` of before,
    whose cells are written anew. The file is readable for its owner only, appears whole or not at
    all, and replaces none: raises `FileExistsError`.
    """
    kept = list(map(as_written, titles[:-1])) if mended else list(titles)
    number = 0
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".rejects-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL)
            writer.writerow([*map(as_shown, kept), ERROR])
            for row, error in rows:
                cells = cells_in_order(row, titles)
                if mended:
                    cells = list(map(as_written, cells))
                # Cells too many stand behind the error, where they are again too many.
                shown = [*cells[: len(kept)], error, *cells[len(titles) :]]
                writer.writerow(map(as_shown, shown))
                number += 1
            out.flush()
            os.fsync(out.fileno())
        if number:
            os.link(temporary, path)  # unlike a rename, it replaces nothing
    finally:
        Path(temporary).unlink()
    return number
