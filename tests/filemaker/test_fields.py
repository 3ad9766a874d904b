"""The field map, dates, types, ids and names: pure functions, by the forms that are really seen."""

import datetime as dt
import io
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from documents.keys import FILEMAKER_FOLDERS
from documents.names import clean_name
from filemaker.classes import ImageClass, folder_of, image_class, slug_of
from filemaker.client import Record
from filemaker.dates import read_date, read_moment
from filemaker.entries import address_in, entries_of, missing_fields, text_of
from filemaker.fields import DEFAULTS, as_json, checked_field_map, layout_map, read_field_map
from filemaker.naming import file_name, object_token
from jobs.errors import JobParametersError

DOCS, IMAGES = DEFAULTS["documents"], DEFAULTS["images"]
SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/04/2019", (2019, 3, 4)),
        ("3/4/2019", (2019, 3, 4)),
        ("2019-03-04", (2019, 3, 4)),
        ("03/04/2019 09:15:00", (2019, 3, 4)),
        ("2019-03-04T09:15:00", (2019, 3, 4)),
        (" 03/04/2019 ", (2019, 3, 4)),
        ("02/29/2020", (2020, 2, 29)),
        ("02/29/2019", None),
        ("13/02/2019", None),
        ("2019-13-01", None),
        ("03/04/19", None),
        ("03.04.2019", None),
        ("03/04/2019 soon", None),
        ("", None),
        ("?", None),
        ("0000-00-00", None),
    ],
)
def test_dates_in_both_forms_and_none_that_is_guessed(text, day):
    assert read_date(text) == (dt.date(*day) if day else None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("01/15/2020 09:15:00", (2020, 1, 14, 22, 15)),  # summer time, 11 hours ahead
        ("07/15/2020 09:15:00", (2020, 7, 14, 23, 15)),
        ("2020-07-15 09:15:00", (2020, 7, 14, 23, 15)),
        ("07/15/2020 9:15 PM", (2020, 7, 15, 11, 15)),
        ("07/15/2020 12:15 AM", (2020, 7, 14, 14, 15)),
        ("04/05/2020 02:30:00", (2020, 4, 4, 15, 30)),  # happens twice: the first
        ("07/15/2020", None),
        ("07/15/2020 25:00:00", None),
        ("07/15/2020 13:00 PM", None),
        ("", None),
    ],
)
def test_moments_are_of_the_zone_that_is_set(text, moment):
    expected = dt.datetime(*moment, tzinfo=dt.UTC) if moment else None
    assert read_moment(text, SYDNEY) == expected


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_dates(text):
    assert read_date(text) is None or isinstance(read_date(text), dt.date)
    read_moment(text, SYDNEY)


@given(st.dates(min_value=dt.date(1, 1, 1)))
def test_each_day_is_read_in_both_forms(day):
    assert read_date(f"{day.month:02}/{day.day:02}/{day.year:04}") == day
    assert read_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("Referral", "referrals"),
        ("referrals", "referrals"),
        (" Report ", "reports"),
        ("Letter", "letters"),
        ("ERF", "other"),
        ("File Notes", "other"),
        ("Purchase order", "other"),
        ("", "other"),
    ],
)
def test_the_folder_of_a_type(kind, folder):
    assert folder_of(kind, DOCS) == folder
    assert folder in FILEMAKER_FOLDERS


@pytest.mark.parametrize(
    ("kind", "category", "view"),
    [
        ("Left Dorsal", "clinical_photo", "left-dorsal"),
        ("RIGHT  plantar", "clinical_photo", "right-plantar"),
        ("Scanned letter", "scan", ""),
        ("Referral", "scan", ""),
        ("X-Ray left", "xray", "x-ray-left"),
        ("Xray", "xray", "xray"),
        ("", "other", "other"),
        ("足", "other", "other"),
        ("Fuß links", "clinical_photo", "fuss-links"),
    ],
)
def test_what_a_picture_shows(kind, category, view):
    assert image_class(kind, IMAGES) == ImageClass(category, view)


@given(st.text(max_size=80))
def test_a_view_is_always_fit_for_a_key(text):
    slug = slug_of(text)
    assert len(slug) <= 40
    assert slug == "" or all(part.isalnum() and part.isascii() for part in slug.split("-"))


def test_a_map_of_types_decides_before_the_words():
    mapped = layout_map(
        "images", {"images": {"types": {"Letter box": "left-medial", "A": "scan", "B": "xray"}}}
    )
    assert image_class("letter  BOX", mapped) == ImageClass("clinical_photo", "left-medial")
    assert image_class("a", mapped).category == "scan"
    assert image_class("b", mapped) == ImageClass("xray", "b")


def test_the_defaults_are_those_of_the_system_it_was_made_for():
    assert (DOCS.layout, DOCS.containers) == ("API_Docs", ("Doc",))
    assert (IMAGES.layout, IMAGES.name, IMAGES.containers) == (
        "API_Images",
        "Name of file",
        ("image_Full", "image_Ex_large", "image_large", "image_medium", "image_small"),
    )
    for name in DEFAULTS:
        whole = {name: as_json(DEFAULTS[name])}
        assert layout_map(name, checked_field_map(whole)) == layout_map(name)


BAD_MAPS = {
    "[]": "field_map",
    "nonsense": "field_map",
    '{"documents": {"id": "a"}, "documents": {}}': "field_map",
    '{"papers": {}}': "field_map.papers",
    '{"documents": 3}': "field_map.documents",
    '{"documents": {"colour": "x"}}': "field_map.documents.colour",
    '{"documents": {"layout": ""}}': "field_map.documents.layout",
    '{"documents": {"id": 5}}': "field_map.documents.id",
    '{"documents": {"contact": "a\\nb"}}': "field_map.documents.contact",
    '{"documents": {"containers": []}}': "field_map.documents.containers",
    '{"documents": {"containers": "Doc"}}': "field_map.documents.containers",
    '{"documents": {"containers": ["a", ""]}}': "field_map.documents.containers[1]",
    '{"documents": {"containers": ["a", "a"]}}': "field_map.documents.containers",
    '{"documents": {"types": {"ERF": "nowhere"}}}': "field_map.documents.types[ERF]",
    '{"images": {"types": {"Foot": "Left Dorsal"}}}': "field_map.images.types[Foot]",
    '{"images": {"types": {"Foot": "../etc"}}}': "field_map.images.types[Foot]",
    '{"images": {"types": []}}': "field_map.images.types",
}


@pytest.mark.parametrize("text", BAD_MAPS)
def test_a_bad_map_is_refused_and_the_place_is_named(text):
    with pytest.raises(JobParametersError) as refused:
        checked_field_map(read_field_map(text)) if text != "[]" else read_field_map(text)
    assert refused.value.field == BAD_MAPS[text]
    assert refused.value.detail


def test_a_good_map_changes_what_it_names_only():
    given_map = read_field_map(json.dumps({"documents": {"date": "", "containers": ["A", "B"]}}))
    found = layout_map("documents", given_map)
    assert (found.date, found.containers, found.id) == ("", ("A", "B"), "id")
    assert layout_map("images", given_map) == IMAGES


def record(number, **fields):
    return Record(str(number), "0", fields)


def test_the_name_in_the_ledger_is_the_id_and_a_number_where_that_does_not_do():
    rows = [
        record(9, id="A"),
        record(4, id="A"),
        record(12, id="A"),
        record(5, id=""),
        record(6, id=""),
        record(7, id="x" * 61),
        record(8, id="tab\there"),
        record(1, id="Z"),
    ]
    assert [entry.source_id for entry in entries_of(rows, DOCS)] == [
        "API_Docs/A",
        "API_Docs/A#9",
        "API_Docs/A#12",
        "API_Docs/#5",
        "API_Docs/#6",
        "API_Docs/#7",
        "API_Docs/#8",
        "API_Docs/Z",
    ]
    assert list(entries_of([], DOCS)) == []


def test_the_best_container_of_each_repetition():
    found = record(
        1,
        **{
            "image_small": "s",
            "image_Full": "",
            "image_large(1)": "l1",
            "image_small(2)": "s2",
            "image_medium(2)": "m2",
            "image_Full(3)": "",
        },
    )
    (entry,) = entries_of([found], IMAGES)
    assert entry.repetitions() == [1, 2]
    assert [address_in(found, IMAGES, n) for n in (1, 2, 3)] == ["l1", "m2", ""]


def test_fields_that_the_layout_lacks_are_named():
    fields = {"id": "1", "id_Contact": "", "Type": "", "Date": "", "Doc(1)": ""}
    assert missing_fields(record(1, **fields), DOCS) == []
    del fields["Doc(1)"], fields["Type"]
    assert missing_fields(record(1, **fields), DOCS) == ["Type", "Doc"]


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (5, "5"), (" a ", "a"), ("a\0b", "ab"), ("\ud800x", "?x")]
)
def test_what_a_field_holds_is_text(value, text):
    assert text_of(record(1, a=value), "a") == text


PDF, JPEG = b"%PDF-1.4\n%\xe2\xe3\n", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"


@given(st.text(max_size=300), st.sampled_from([PDF, JPEG, b"plain text", b"\x00\x01"]))
def test_any_name_becomes_one_that_is_accepted_here(said, body):
    name = file_name(said, otherwise="Letter", content=io.BytesIO(body))
    assert clean_name(name) == name
    if body in {PDF, JPEG}:
        assert name.lower().endswith((".pdf", ".jpg", ".jpeg", ".txt", ".csv", ".xml", ".json"))


@pytest.mark.parametrize(
    ("said", "body", "name"),
    [
        ("", PDF, "Letter.pdf"),
        ("scan.tif", b"II*\0" + bytes(20), "scan.tiff"),
        ("scan.jfif", JPEG, "scan.jpg"),
        ("scan.JPEG", JPEG, "scan.JPEG"),
        ("scan.pdf", JPEG, "scan.jpg"),
        ("tool.exe", PDF, "tool.exe.pdf"),
        ("tool.exe", b"MZ" + bytes(60), "tool.exe"),
    ],
)
def test_the_ending_agrees_with_the_bytes(said, body, name):
    assert file_name(said, otherwise="Letter", content=io.BytesIO(body)) == name


@given(st.text(max_size=120))
def test_a_token_is_always_fit_for_a_key(text):
    token = object_token(text)
    assert token.isascii()
    assert 1 <= len(token) <= 60
    assert not set(token) & set("/\\ ")
    assert token == object_token(text)
    assert token != "h-" or text
