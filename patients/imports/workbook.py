"""Excel (.xlsx) as a stream of the same records: one sheet, values as they are stored.

The archive is measured before anything of it is unpacked (documents.verification.ooxml). A sheet
cannot be entered in the middle, so going on reads and skips the rows before.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from documents.errors import DocumentRefusedError
from documents.verification.ooxml import MAX_DIRECTORY, check_xlsx
from patients.errors import CsvError
from patients.imports.delimited import Record

MAX_ROWS = 1_048_576  # of a sheet, by Excel's own limits
MAX_TEXTS = 64 * 1024 * 1024  # bytes of the table of texts, which is held in memory
TEXTS = "xl/sharedStrings.xml"
MAIN = b"xl/workbook.xml"
CHUNK = 256 * 1024
_ZEROS = re.compile(r"0{2,}")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# What openpyxl raises on sheets that other programs have written wrongly.
_DAMAGED = (
    *(BadZipFile, ParseError),
    *(KeyError, ValueError, TypeError, OSError, IndexError),
)


def is_zip(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(4) == b"PK\x03\x04"


def check(file: BinaryIO) -> None:
    """Refuse what is no workbook, is damaged, protected, or would unpack to too much.

    Raises `CsvError`.
    """
    size = file.seek(0, 2)
    try:
        check_xlsx(file, size)
    except DocumentRefusedError as error:
        file.seek(max(0, size - MAX_DIRECTORY))
        if error.code == "corrupt" and MAIN not in file.read():  # not even in its list of entries
            what = "a ZIP archive; unpack it and choose the table in it"
            raise CsvError(f"This is no table but {what}.") from error
        raise CsvError(error.detail) from error
    with zipfile.ZipFile(file) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if sizes.get(TEXTS, 0) > MAX_TEXTS:
        raise CsvError("The workbook holds more than 64 MB of text; save the sheet as CSV UTF-8.")


def sheet_of(file: BinaryIO, told: str = "") -> str:
    """Return the name of the sheet to read: the one that was told, else the first that is shown."""
    book = _open(file)
    try:
        names = [sheet.title for sheet in book.worksheets]
        if told and told not in names:
            error = CsvError(
                f"There is no sheet {told[:100]!r}; there are {', '.join(names)[:300]}."
            )
            error.field = "sheet"
            raise error
        shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not names:
            raise CsvError("The workbook has no sheet of cells.")
        return told or (shown or names)[0]
    finally:
        book.close()


def records(file: BinaryIO, sheet: str, *, after: int = 0) -> Iterator[Record]:
    """Yield the rows that hold anything, behind a row. Raises `CsvError`."""
    book = _open(file)
    try:
        for number, row in enumerate(_rows(book[sheet]), 1):
            if number <= after:
                continue
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1].strip():
                cells.pop()  # a sheet is as wide as anything that was ever formatted in it
            if cells:
                yield Record(number, cells, number, number + 1, _fault(row))
    except _DAMAGED as error:
        raise _damaged() from error
    finally:
        book.close()


def refuse_uncalculated(file: BinaryIO, sheet: str) -> None:
    """Refuse formulas whose results are not in the file: their cells would be read as empty."""
    if not _has_formulas(file):
        return
    values, formulas = _open(file), _open(file, formulas=True)
    try:
        pairs = zip(_rows(values[sheet]), _rows(formulas[sheet]), strict=True)
        for number, (found, meant) in enumerate(pairs, 1):
            for value, formula in zip(found, meant, strict=True):
                if formula.data_type == "f" and value.value is None:
                    raise CsvError(
                        f"Row {number} has a formula whose result is not stored."
                        " Open the file in Excel and save it again."
                    )
    except _DAMAGED as error:
        raise _damaged() from error
    finally:
        values.close()
        formulas.close()


def _rows(worksheet: Any) -> Iterator[Any]:
    worksheet.reset_dimensions()  # what other programs write there is often wrong
    for number, row in enumerate(worksheet.iter_rows(), 1):
        if number > MAX_ROWS:  # a sheet may claim any number of empty ones
            raise CsvError(f"The sheet has more than {MAX_ROWS} rows.")
        yield row


def _has_formulas(file: BinaryIO) -> bool:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            before = b""
            with archive.open(name) as handle:
                while chunk := handle.read(CHUNK):
                    if _FORMULA.search(before + chunk):
                        return True
                    before = chunk[-64:]
    return False


def _open(file: BinaryIO, *, formulas: bool = False) -> Any:
    # Loaded with the first workbook: most processes never see one, and it takes 7 MB.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    file.seek(0)
    try:
        return load_workbook(file, read_only=True, data_only=not formulas, keep_links=False)
    except (InvalidFileException, *_DAMAGED) as error:
        raise _damaged() from error


def _damaged() -> CsvError:
    return CsvError("The workbook is damaged; open it in Excel and save it again.")


def _text(cell: Any) -> str:
    """Return a cell as one would write it in CSV: days in ISO, whole numbers without a point."""
    value = cell.value
    if isinstance(value, datetime) and value.time() == time.min:
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int):
        shown = str(cell.number_format)
        return str(value).zfill(len(shown) if _ZEROS.fullmatch(shown) else 0)
    return format(value, ".15g") if isinstance(value, float) else str(value)


def _fault(row: Any) -> str:
    wrong = [cell.value for cell in row if cell.data_type == "e"]
    return f"A cell holds {wrong[0]}; mend the formula." if wrong else ""
