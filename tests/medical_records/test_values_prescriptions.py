"""Prescriptions: what can be given, and what cannot have been meant."""

import math

import jsonschema
import pytest
from hypothesis import given

from config.demo.scenarios import SCENARIOS
from medical_records.values.prescriptions import (
    DURATION_UNITS,
    KEYS,
    PRESCRIPTIONS_SCHEMA,
    ROUTES,
    UNITS,
    check_prescriptions,
    normalise_prescriptions,
)
from tests.medical_records.test_values_faults import any_json, measured, paths, rows_of

ROW = {
    "medication": "Amoxicillin",
    "dose": 500,
    "unit": "mg",
    "route": "oral",
    "frequency": "three times a day",
    "duration": {"value": 7, "unit": "day"},
    "note": "With food.",
}
BARE = {name: ROW[name] for name in ("medication", "dose", "unit", "route", "frequency")}

GOOD = {
    "full": ROW,
    "bare": BARE,
    "no-end": {**ROW, "duration": None},
    "no-note": {**ROW, "note": ""},
    "a-quarter": {**ROW, "dose": 0.25, "unit": "tablet"},
    "a-trace": {**ROW, "dose": 0.000001, "unit": "g"},
    "most": {**ROW, "dose": 1_000_000, "unit": "IU"},
    "a-year": {**ROW, "duration": measured(366, "day")},
    "five-years": {**ROW, "duration": measured(60, "month")},
    "long-name": {**ROW, "medication": "x" * 200},
    "any-script": {**ROW, "medication": "阿莫西林", "frequency": "一日三次"},
}


@pytest.mark.parametrize("row", GOOD.values(), ids=GOOD)
def test_what_can_be_given_is_believed(row):
    assert check_prescriptions([row]) == []
    assert check_prescriptions(normalise_prescriptions([row])) == []


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("route", ROUTES)
def test_every_unit_and_route_can_be_chosen(unit, route):
    assert check_prescriptions([{**ROW, "unit": unit, "route": route}]) == []


def test_nothing_and_fifty_rows_are_fine_but_not_one_more():
    assert (check_prescriptions([]), check_prescriptions([ROW] * 50)) == ([], [])
    assert paths(check_prescriptions([ROW] * 51)) == [("", "too_many")]


BAD = {
    "no-medication": ({"medication": None}, "medication", "required"),
    "blank-medication": ({"medication": "  "}, "medication", "required"),
    "long-medication": ({"medication": "x" * 201}, "medication", "too_long"),
    "medication-number": ({"medication": 5}, "medication", "invalid_type"),
    "medication-list": ({"medication": ["Amoxicillin"]}, "medication", "invalid_type"),
    "medication-nul": ({"medication": "Amoxi\0"}, "medication", "invalid_text"),
    "medication-half": ({"medication": "Amoxi\ud83d"}, "medication", "invalid_text"),
    "no-dose": ({"dose": None}, "dose", "required"),
    "dose-text": ({"dose": "500"}, "dose", "invalid_number"),
    "dose-with-unit": ({"dose": "500 mg"}, "dose", "invalid_number"),
    "dose-true": ({"dose": True}, "dose", "invalid_number"),
    "dose-nan": ({"dose": math.nan}, "dose", "invalid_number"),
    "dose-endless": ({"dose": math.inf}, "dose", "invalid_number"),
    "dose-of-thousands-of-digits": ({"dose": 10**5000}, "dose", "invalid_number"),
    "dose-list": ({"dose": [500]}, "dose", "invalid_number"),
    "dose-object": ({"dose": measured(500, "mg")}, "dose", "invalid_number"),
    "dose-zero": ({"dose": 0}, "dose", "out_of_range"),
    "dose-negative": ({"dose": -5}, "dose", "out_of_range"),
    "dose-huge": ({"dose": 1_000_001}, "dose", "out_of_range"),
    "dose-absurdly-precise": ({"dose": 0.30000000000000004}, "dose", "too_precise"),
    "dose-all-but-nothing": ({"dose": 5e-324}, "dose", "too_precise"),
    "no-unit": ({"unit": None}, "unit", "required"),
    "empty-unit": ({"unit": ""}, "unit", "required"),
    "unknown-unit": ({"unit": "spoon"}, "unit", "invalid_choice"),
    "ambiguous-unit": ({"unit": "ug"}, "unit", "invalid_choice"),
    "unit-list": ({"unit": ["mg"]}, "unit", "invalid_choice"),
    "no-route": ({"route": None}, "route", "required"),
    "unknown-route": ({"route": "by post"}, "route", "invalid_choice"),
    "route-in-capitals": ({"route": "ORAL"}, "route", "invalid_choice"),
    "route-object": ({"route": {"oral": True}}, "route", "invalid_choice"),
    "no-frequency": ({"frequency": None}, "frequency", "required"),
    "frequency-number": ({"frequency": 3}, "frequency", "invalid_type"),
    "long-frequency": ({"frequency": "x" * 101}, "frequency", "too_long"),
    "duration-number": ({"duration": 7}, "duration", "invalid_type"),
    "duration-text": ({"duration": "a week"}, "duration", "invalid_type"),
    "duration-list": ({"duration": [7, "day"]}, "duration", "invalid_type"),
    "duration-extra": ({"duration": {**measured(7, "day"), "x": 1}}, "duration", "invalid_type"),
    "duration-empty": ({"duration": {}}, "duration.unit", "invalid_choice"),
    "duration-unit": ({"duration": measured(7, "hour")}, "duration.unit", "invalid_choice"),
    "duration-plural": ({"duration": measured(7, "days")}, "duration.unit", "invalid_choice"),
    "duration-unit-list": ({"duration": measured(7, ["day"])}, "duration.unit", "invalid_choice"),
    "duration-missing": ({"duration": {"unit": "day"}}, "duration.value", "invalid_number"),
    "duration-half": ({"duration": measured(1.5, "day")}, "duration.value", "invalid_number"),
    "duration-true": (
        {"duration": measured(value=True, unit="day")},
        "duration.value",
        "invalid_number",
    ),
    "duration-zero": ({"duration": measured(0, "day")}, "duration.value", "out_of_range"),
    "duration-negative": ({"duration": measured(-7, "day")}, "duration.value", "out_of_range"),
    "too-many-days": ({"duration": measured(367, "day")}, "duration.value", "out_of_range"),
    "too-many-weeks": ({"duration": measured(105, "week")}, "duration.value", "out_of_range"),
    "too-many-months": ({"duration": measured(61, "month")}, "duration.value", "out_of_range"),
    "duration-huge": ({"duration": measured(10**5000, "day")}, "duration.value", "out_of_range"),
    "note-number": ({"note": 5}, "note", "invalid_type"),
    "long-note": ({"note": "x" * 501}, "note", "too_long"),
    "note-nul": ({"note": "a\0b"}, "note", "invalid_text"),
    "unknown-key": ({"price": 5}, "", "unknown_key"),
}


@pytest.mark.parametrize(("change", "path", "code"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_named(change, path, code):
    """In the second of three rows: the others are not blamed."""
    assert check_prescriptions([ROW, ROW, BARE]) == []
    rows = [ROW, {**ROW, **change}, BARE]
    expected = [(f"1.{path}".rstrip("."), code)]
    assert paths(check_prescriptions(rows)) == expected
    assert paths(check_prescriptions(normalise_prescriptions(rows))) == expected


SHAPES = {
    "object": (ROW, ""),
    "text": ("Amoxicillin", ""),
    "null": (None, ""),
    "a-row-is-a-list": ([[ROW]], "0"),
    "a-row-is-a-text": ([ROW, "Amoxicillin"], "1"),
    "a-row-is-null": ([None], "0"),
}


@pytest.mark.parametrize(("data", "path"), SHAPES.values(), ids=SHAPES)
def test_prescriptions_are_a_list_of_objects(data, path):
    assert paths(check_prescriptions(data)) == [(path, "invalid_type")]


def test_messages_say_what_to_do():
    row = {**ROW, "dose": "500 mg", "route": "by post", "duration": measured(400, "day")}
    assert [fault.message for fault in check_prescriptions([row])] == [
        "The dose is a number; its unit has a field of its own.",
        f"Choose one of {', '.join(ROUTES)}.",
        "From 1 to 366 days.",
    ]


def test_an_empty_row_says_all_that_it_needs():
    assert paths(check_prescriptions([{}])) == [
        (f"0.{name}", "required") for name in ("medication", "dose", "unit", "route", "frequency")
    ]


def test_rows_get_one_form():
    kept = normalise_prescriptions(
        [{"note": None, "unit": "mg", "medication": " Aspirin ", "dose": 5}]
    )
    assert kept == [{"medication": "Aspirin", "dose": 5, "unit": "mg"}]
    assert list(kept[0]) == ["medication", "dose", "unit"]


def test_what_the_demo_prescribes_is_believed():
    rows = [row for scenario in SCENARIOS for row in scenario.prescriptions]
    assert len(rows) > 5
    assert check_prescriptions(rows) == []


@pytest.mark.parametrize("choices", [UNITS, ROUTES, DURATION_UNITS])
def test_choices_are_different_plain_words(choices):
    assert isinstance(choices, tuple)
    assert all(isinstance(word, str) and word == word.strip() != "" for word in choices)
    assert len(set(choices)) == len(choices)


@pytest.mark.parametrize("row", GOOD.values(), ids=GOOD)
def test_the_schema_takes_what_the_check_takes(row):
    jsonschema.validate(normalise_prescriptions([row]), PRESCRIPTIONS_SCHEMA)


REFUSED_BY_BOTH = ["dose-zero", "dose-text", "unknown-unit", "unknown-route", "no-dose", "long-note",
                   "duration-unit", "duration-zero", "duration-extra", "unknown-key"]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_BY_BOTH)
def test_the_schema_refuses_what_the_check_refuses(name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{**ROW, **BAD[name][0]}], PRESCRIPTIONS_SCHEMA)


@given(rows_of(KEYS, ("value", "unit")))
def test_whatever_comes_in_is_answered_and_settles(data):
    assert all(fault.message and fault.code for fault in check_prescriptions(data))
    once = normalise_prescriptions(data)
    assert repr(normalise_prescriptions(once)) == repr(once)
    check_prescriptions(once)


@given(any_json)
def test_json_of_any_shape_is_answered(data):
    assert isinstance(check_prescriptions(normalise_prescriptions(data)), list)
