"""Excel: cells as they are stored, sheets, formulas, and archives that are none or too much."""

import io
import re
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from documents.verification import ooxml
from patients.errors import CsvError
from patients.imports import workbook
from patients.imports.reading import Told, opened, position_behind, survey

HEAD = ["first_name", "last_name", "external_id", "date_of_birth", "notes"]


def book_of(*rows, head=HEAD, change=None):
    book = openpyxl.Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file


def records_of(file, told=None):
    recipe = survey(file, told)
    with opened(file, vars(recipe)) as source:
        return recipe, list(source.rows())


def cells(file, told=None):
    recipe, found = records_of(file, told)
    return [recipe.cells_of(record) for record in found]


CELLS = {
    "text": ("  B ", "B"),
    "number": (7, "7"),
    "number-as-float": (7.0, "7"),
    "large": (61412345678, "61412345678"),
    "fraction": (1.5, "1.5"),
    "third": (1 / 3, "0.333333333333333"),
    "yes": (True, "true"),
    "day": (date(2015, 3, 1), "2015-03-01"),
    "midnight": (datetime.fromisoformat("2015-03-01"), "2015-03-01"),
    "moment": (datetime.fromisoformat("2015-03-01T10:30"), "2015-03-01T10:30:00"),
    "hour": (time(10, 30), "10:30:00"),
    "text-like-a-date": ("1/3/2015", "1/3/2015"),
}


@pytest.mark.parametrize(("value", "text"), CELLS.values(), ids=CELLS)
def test_cells_are_read_as_they_are_meant(value, text):
    (found,) = cells(book_of(["A", "B", None, None, value]))
    assert found["notes"] == text


def test_zeros_that_are_shown_are_kept():
    def change(book):
        book.active["C2"].number_format = "00000"

    (first, second) = cells(book_of(["A", "B", 7], ["C", "D", 7], change=change))
    assert (first["external_id"], second["external_id"]) == ("00007", "7")


def test_rows_are_numbered_as_in_excel_and_read_from_any_place():
    file = book_of(["A", "B"], [None], ["C", "D"], [" "], ["E", "F"], head=HEAD)
    recipe, found = records_of(file)
    assert (recipe.rows, [record.line for record in found]) == (3, [2, 4, 6])
    with opened(file, vars(recipe)) as source:
        for number, record in enumerate(found, 1):
            assert list(source.rows(position_behind(record))) == found[number:]


def test_the_first_shown_sheet_or_the_one_that_is_named():
    def change(book):
        book.active.title = "Cover"
        book.active.sheet_state = "hidden"
        for name in ("One", "Two"):
            sheet = book.create_sheet(name)
            sheet.append(HEAD)
            sheet.append([name, "B"])

    file = book_of(["A", "B"], change=change)
    assert (survey(file).sheet, cells(file)[0]["first_name"]) == ("One", "One")
    for name, first in {"Two": "Two", "Cover": "A"}.items():
        assert cells(file, Told(sheet=name))[0]["first_name"] == first
    with pytest.raises(
        CsvError, match="There is no sheet 'Three'; there are Cover, One, Two"
    ) as no:
        survey(file, Told(sheet="Three"))
    assert no.value.field == "sheet"


def rewritten(file, change):
    """Return the archive with its entries changed: `change(name, bytes)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out


def test_a_formula_is_read_by_its_result_and_refused_without():
    file = book_of(["A", "B", "=1+6"])
    with pytest.raises(CsvError, match="Row 2 has a formula whose result is not stored"):
        survey(file)

    def calculate(name, content):
        return re.sub(rb"<f>1\+6</f><v\s*/>|<f>1\+6</f><v></v>", b"<f>1+6</f><v>7</v>", content)

    assert cells(rewritten(file, calculate))[0]["external_id"] == "7"


def test_a_cell_with_an_error_is_the_rows_fault():
    def change(book):
        book.active["C2"].value = "#N/A"
        book.active["C2"].data_type = "e"

    recipe, (bad, good) = records_of(book_of(["A", "B", "x"], ["C", "D", "8"], change=change))
    assert recipe.fault_of(bad) == "A cell holds #N/A; mend the formula."
    assert recipe.fault_of(good) == ""


def test_wide_formatting_makes_no_columns():
    def change(book):
        book.active["ZZ1"].number_format = "0.00"
        book.active["ZZ2"].number_format = "0.00"

    recipe, (record,) = records_of(book_of(["A", "B"], change=change))
    assert (recipe.header.titles, record.cells) == (tuple(HEAD), ["A", "B"])


def damage(file):
    content = bytearray(file.getvalue())
    content[len(content) // 2 : len(content) // 2 + 40] = b"x" * 40
    return io.BytesIO(bytes(content))


def zip_of(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out


def unsheeted(name, content):
    return b"<worksheet" if name.startswith("xl/worksheets/") else content


REFUSED = {
    "another-zip": (lambda: zip_of({"people.csv": "first_name"}), "ZIP archive"),
    "cut-off": (lambda: io.BytesIO(book_of(["A", "B"]).getvalue()[:-30]), "damaged"),
    "damaged": (lambda: damage(book_of(["A", "B"])), "damaged"),
    "sheet-is-no-xml": (lambda: rewritten(book_of(["A", "B"]), unsheeted), "damaged"),
    "macro": (
        lambda: zip_of(
            {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<a/>", "xl/vbaProject.bin": "x"}
        ),
        "macros",
    ),
    "header-only": (book_of, "no patients"),
    "empty": (lambda: book_of(head=[]), "The file is empty"),
    "no-last-name": (lambda: book_of(["A"], head=["first_name"]), "missing: last_name"),
}


@pytest.mark.parametrize(("make", "text"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_workbook_is_refused(make, text):
    with pytest.raises(CsvError, match=text) as refused:
        survey(make())
    assert refused.value.field == "file"


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    file = book_of(*(["A", "B", None, None, "x" * 500] for _ in range(200)))
    assert survey(file).rows == 200
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("opened"))
    monkeypatch.setattr(ooxml, "MAX_UNPACKED", 10_000)
    with pytest.raises(CsvError, match="unpack to too much"):
        survey(file)


def test_texts_that_would_fill_the_memory_are_refused(monkeypatch):
    file = book_of(["A", "B"])
    monkeypatch.setattr(workbook, "MAX_TEXTS", 1000)
    assert survey(file).rows == 1
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst>{'x' * 5000}</sst>")
    with pytest.raises(CsvError, match="save the sheet as CSV"):
        survey(file)


def test_a_sheet_that_claims_endless_rows_ends(monkeypatch):
    def far(name, content):
        return (
            content.replace(b'<row r="3"', b'<row r="900000000"')
            .replace(b'"A3"', b'"A900000000"')
            .replace(b'"B3"', b'"B900000000"')
        )

    monkeypatch.setattr(workbook, "MAX_ROWS", 1000)
    file = rewritten(book_of(["A", "B"], ["C", "D"]), far)
    with pytest.raises(CsvError, match="more than 1000 rows"):
        survey(file)
