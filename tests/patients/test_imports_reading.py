"""Files as people have them: encodings, delimiters, quoting, titles; what is refused, and where."""

import codecs
import csv
import io
import json
import random

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from patients.errors import CsvError
from patients.imports.columns import COLUMNS, NAMES, plain, read_mapping
from patients.imports.reading import Recipe, Told, opened, position_behind, survey

PEOPLE = [["Zoë", "Müller"], ["Anaïs", "L’Été"]]


def file_of(text, encoding="utf-8"):
    return io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))


def rows_of(file, told=None, position=None):
    recipe = survey(file, told)
    with opened(file, vars(recipe)) as source:
        return recipe, list(source.rows(position))


def cells(file, told=None):
    recipe, rows = rows_of(file, told)
    assert recipe.rows == len(rows)
    return [recipe.cells_of(record) for record in rows]


def table(delimiter=",", end="\n", rows=PEOPLE):
    lines = [["first_name", "last_name"], *rows]
    return "".join(delimiter.join(line) + end for line in lines)


NAMED = [{"first_name": first, "last_name": last} for first, last in PEOPLE]
ENCODED = {
    "utf-8": (table().encode(), "utf-8", "utf-8"),
    "utf-8-mark": (codecs.BOM_UTF8 + table().encode(), "utf-8-sig", "mark"),
    "utf-16-le": (codecs.BOM_UTF16_LE + table().encode("utf-16-le"), "utf-16", "mark"),
    "utf-16-be": (codecs.BOM_UTF16_BE + table().encode("utf-16-be"), "utf-16", "mark"),
    "utf-32": (table().encode("utf-32"), "utf-32", "mark"),
    "windows": (table().encode("cp1252"), "cp1252", "guess"),
}


@pytest.mark.parametrize(("content", "name", "how"), ENCODED.values(), ids=ENCODED)
def test_the_encoding_is_found_and_said(content, name, how):
    recipe = survey(file_of(content))
    assert (recipe.encoding, recipe.how) == (name, how)
    assert cells(file_of(content)) == NAMED


@pytest.mark.parametrize("name", ["mac-roman", "cp1250", "cp850", "utf-16-le", "gb18030", "utf-7"])
def test_an_encoding_that_is_told_is_taken(name):
    word = "Müller"
    content = table(rows=[["Anna", word]]).encode(name)
    assert cells(file_of(content), Told(encoding=name)) == [
        {"first_name": "Anna", "last_name": word}
    ]


@pytest.mark.parametrize("name", ["cp850", "mac-roman", "cp1250"])
def test_a_guess_that_would_change_names_is_refused_instead(name):
    content = table(rows=[["Paweł", "Błażej"] if name == "cp1250" else ["Jürgen", "Käßler"]])
    with pytest.raises(CsvError, match="Line 2 is not UTF-8, and not Windows-1252 either"):
        survey(file_of(content.encode(name)))


@pytest.mark.parametrize(
    "name", ["O’Neill", "Straße", "Žižek", "François–Noël", "Søren Å", "Ñuñez"]
)
def test_names_of_the_west_are_a_good_guess(name):
    found = cells(file_of(table(rows=[[name, "B"]]).encode("cp1252")))
    assert found == [{"first_name": name, "last_name": "B"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter, end):
    assert survey(file_of(table(delimiter, end))).delimiter == delimiter
    assert cells(file_of(table(delimiter, end))) == NAMED


DELIMITED = {
    "told": (table("^"), Told(delimiter="^")),
    "excel-says": ("sep=^\n" + table("^"), None),
    "mark-and-excel": (codecs.BOM_UTF8 + ("sep=;\r\n" + table(";", "\r\n")).encode(), None),
    "commas-in-a-title": ('"a, b, c, d";first_name;last_name\n;Zoë;Müller\n;Anaïs;L’Été\n', None),
}


@pytest.mark.parametrize(("text", "told"), DELIMITED.values(), ids=DELIMITED)
def test_a_delimiter_that_counting_would_not_find(text, told):
    assert cells(file_of(text), told) == NAMED


def test_rows_are_numbered_by_the_line_where_they_begin():
    text = 'first_name,last_name,notes\r\n\r\nA,B,"one\r\ntwo\rthree\nfour"\r\n,,\r\nC,D,x'
    recipe, rows = rows_of(file_of(text))
    assert [record.line for record in rows] == [3, 8]
    assert recipe.cells_of(rows[0])["notes"] == "one\r\ntwo\rthree\nfour"


WRONG = {
    "empty": (b"", "file", "The file is empty"),
    "blank": (b"\r\n \r\n", "file", "The file is empty"),
    "mark-only": (codecs.BOM_UTF8, "file", "The file is empty"),
    "header-only": (b"first_name,last_name\n", "file", "no patients"),
    "pdf": (b"%PDF-1.7 x", "file", "PDF"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "file", r"\.xls"),
    "zip": (b"PK\x05\x06" + bytes(18), "file", "ZIP"),
    "gzip": (b"\x1f\x8b\x08" + bytes(9), "file", "unpack it first"),
    "html-called-xls": (b"<html><table><tr><td>first_name", "file", "web page"),
    "nul": (b"first_name,last_name\nA,B\nA\0,B\n", "file", "Line 3 holds a NUL"),
    "utf-16-without-mark": (table().encode("utf-16-le"), "file", "encoding utf-16-le"),
    "open-quote": (b'first_name,last_name\nA,B\n"C,D\nE,F\n', "file", "Line 3 cannot be read"),
    "text-behind-quote": (b'first_name,last_name\n"A"x,B\n', "file", "Line 2 cannot be read"),
    "huge-cell": (b"first_name,last_name\nA," + b"x" * 2**20 + b"x\n", "file", "Line 2"),
    "huge-line": (b"first_name,last_name\n" + b"x," * 2**22, "file", "longer than 4 MB"),
    "same-field": (b"first_name,vorname,surname\nA,B,C\n", "file", "first_name, vorname"),
    "same-title": (b"first_name,last_name,x,x\nA,B,C,D\n", "file", "called the same: x"),
    "no-last-name": (b"Vorname,Name\nA,B\n", "file", "missing: last_name. Unknown columns: Name"),
    "too-wide": (b"first_name,last_name" + b"," * 499 + b"\n", "file", "501 columns"),
}


@pytest.mark.parametrize(("content", "field", "text"), WRONG.values(), ids=WRONG)
def test_what_is_refused_names_the_place_and_the_remedy(content, field, text):
    with pytest.raises(CsvError, match=text) as refused:
        survey(file_of(content))
    assert refused.value.field == field


TOLD_WRONG = {
    "no-encoding": (Told(encoding="klingon"), "encoding"),
    "no-text": (Told(encoding="zip"), "encoding"),
    "not-that-encoding": (Told(encoding="ascii"), "file"),
    "two-characters": (Told(delimiter=";;"), "delimiter"),
    "quote": (Told(delimiter='"'), "delimiter"),
    "sheet-of-csv": (Told(sheet="One"), "sheet"),
    "order": (Told(date_order="YDM"), "date_order"),
    "mapping": (Told(mapping={"absent": "phone"}), "file"),
}


@pytest.mark.parametrize(("told", "field"), TOLD_WRONG.values(), ids=TOLD_WRONG)
def test_what_is_told_wrongly_is_refused(told, field):
    with pytest.raises(CsvError) as refused:
        survey(file_of(table()), told)
    assert refused.value.field == field
    assert cells(file_of(table()), Told()) == NAMED


def test_columns_are_understood_and_unknown_ones_listed():
    recipe = survey(file_of("FAMILY-NAME;Prénom;Geb.-Datum;blood;Shoe size\nB;A;1.3.2015;0;40\n"))
    assert recipe.header.fields == ("last_name", "first_name", "date_of_birth", "", "")
    assert recipe.header.unknown == ("blood", "Shoe size")


MAPPINGS = {
    "json": b'{"Name": "last_name", "Rufname": "first_name", "Vorname": "-"}',
    "csv": b"Name,last_name\nRufname,first_name\nVorname,-\n",
    "semicolons-and-mark": codecs.BOM_UTF8
    + b"Name;last_name\r\nRufname;first_name\r\nVorname;-\r\n",
}


@pytest.mark.parametrize("content", MAPPINGS.values(), ids=MAPPINGS)
def test_a_mapping_says_what_the_aliases_do_not(content):
    text = "Vorname,Rufname,Name\nAnna Maria,Anna,Berg\n"
    assert cells(file_of(text), Told(mapping=read_mapping(content))) == [
        {"first_name": "Anna", "last_name": "Berg"}
    ]
    with pytest.raises(CsvError, match="hold the same: first_name"):
        survey(file_of(text))


BAD_MAPPINGS = {
    "no-field": (b'{"Name": "surname"}', "'Name' is mapped to no field"),
    "no-text": (b'{"Name": 1}', "mapped to no field"),
    "list": (b"[1]", "no object"),
    "no-json": (b"{", "no JSON"),
    "not-utf-8": (b"\xff", "not UTF-8"),
    "three": (b"a,first_name,x\n", "Row 1 of the mapping"),
    "large": (b"x" * 70_000, "64 KB"),
}


@pytest.mark.parametrize(("content", "text"), BAD_MAPPINGS.values(), ids=BAD_MAPPINGS)
def test_a_bad_mapping_is_refused(content, text):
    with pytest.raises(CsvError, match=text) as refused:
        read_mapping(content)
    assert refused.value.field == "mapping"


RAGGED = {
    "short": ("A,B\n", "", {"first_name": "A", "last_name": "B"}),
    "empty-ones-too-many": ("A,B,C,, ,\n", "", {"first_name": "A", "last_name": "B", "notes": "C"}),
    "too-many": ("A,B,C,D\n", "4 cells under 3 columns", None),
}


@pytest.mark.parametrize(("line", "fault", "found"), RAGGED.values(), ids=RAGGED)
def test_ragged_rows_are_a_matter_of_the_row(line, fault, found):
    recipe, (row, last) = rows_of(file_of(f"first_name,last_name,notes\n{line}Y,Z,\n"))
    assert fault in recipe.fault_of(row)
    assert bool(fault) == bool(recipe.fault_of(row))
    assert found in (None, recipe.cells_of(row))
    assert recipe.cells_of(last) == {"first_name": "Y", "last_name": "Z"}


def test_a_cell_under_no_title_is_not_lost_silently():
    recipe, rows = rows_of(file_of("first_name,,last_name\nA,,B\nC,x,D\n"))
    assert [recipe.fault_of(record) for record in rows] == [
        "",
        "Cell 2 stands under no title; is a delimiter not quoted?",
    ]


DATES = {
    "month-first": (["03/04/2015", "12/31/2015"], "", "refused"),
    "day-first": (["03/04/2015", "31/12/2015"], "", "DMY"),
    "both": (["03/04/2015", "31/12/2015", "12/31/2015"], "", "DMY"),
    "nothing-to-misread": (["04/04/2015", "12/31/2015"], "", "DMY"),
    "told-all-the-same": (["03/04/2015", "12/31/2015"], "DMY", "DMY"),
    "told-month-first": (["03/04/2015", "12/31/2015"], "MDY", "MDY"),
    "iso": (["2015-04-03"], "", "DMY"),
}


@pytest.mark.parametrize(("days", "told", "expected"), DATES.values(), ids=DATES)
def test_months_are_not_taken_for_days(days, told, expected):
    text = "first_name,last_name,dob\n" + "".join(f"A,B,{day}\n" for day in days)
    if expected == "refused":
        with pytest.raises(CsvError, match="only as MDY") as refused:
            survey(file_of(text))
        assert refused.value.field == "date_order"
    else:
        assert survey(file_of(text), Told(date_order=told)).date_order == expected


def test_the_clinics_order_of_dates_is_a_setting(settings):
    settings.IMPORT_DATE_ORDER = "MDY"
    text = "first_name,last_name,dob\nA,B,{}\nA,B,03/04/2015\n"
    assert survey(file_of(text.format("12/31/2015"))).date_order == "MDY"
    with pytest.raises(CsvError, match="only as DMY"):
        survey(file_of(text.format("31/12/2015")))


def test_a_recipe_survives_json():
    recipe = survey(file_of(table(";").encode("cp1252")))
    assert Recipe.of_json(json.loads(json.dumps(recipe.as_json()))) == recipe


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufeff", exclude_categories=("Cs",)),
    max_size=8,
)


@hypothesis_settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_is_written_is_read_from_each_record_on(rows, delimiter, end, quoting, encoding):
    out = io.StringIO(newline="")
    if end == "\n":
        quoting = csv.QUOTE_ALL  # else Python would write a CR in a cell without quotes
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([["first_name", "last_name", "notes"], ["A", "B", ""], *rows])
    file = file_of(out.getvalue(), encoding)
    expected = [["A", "B", ""], *(list(row) for row in rows if any(cell.strip() for cell in row))]
    recipe, found = rows_of(file)
    assert [record.cells for record in found] == expected
    with opened(file, vars(recipe)) as source:
        for number, record in enumerate(found, 1):
            rest = list(source.rows(position_behind(record)))
            assert rest == found[number:]


@hypothesis_settings(deadline=None, max_examples=150)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_sentence(content):
    head = random.Random(len(content)).choice([b"", b"first_name,last_name\n"])
    refusal = None
    try:
        recipe, rows = rows_of(file_of(head + content))
    except CsvError as error:
        refusal = error
    if refusal is None:
        assert recipe.rows == len(rows) > 0
    else:
        assert (bool(refusal.field), refusal.detail[-1]) == (True, ".")


def test_every_alias_leads_to_its_field_and_to_no_other():
    pairs = {(plain(alias), field) for field, names in COLUMNS.items() for alias in (field, *names)}
    assert dict(pairs) == NAMES
    assert len({alias for alias, _ in pairs}) == len(pairs)
