"""Items that an assistive technology report recommends."""

import math

import jsonschema
import pytest
from hypothesis import given

from medical_records.values.items import ITEMS_SCHEMA, KEYS, check_items, normalise_items
from tests.medical_records.test_values_faults import any_json, paths, rows_of

ROW = {
    "item": "Rollator, four wheels",
    "quantity": 1,
    "supplier": "Mobility House",
    "cost": 249.5,
    "rationale": "Walks 50 m before resting.",
}
BARE = {"item": "Grab rail", "quantity": 2}
GOOD = {
    "full": ROW,
    "bare": BARE,
    "most": {**ROW, "quantity": 999},
    "free": {**ROW, "cost": 0},
    "dearest": {**ROW, "cost": 1_000_000},
    "cents": {**ROW, "cost": 0.01},
    "cents-that-binary-lacks": {**ROW, "cost": 1234.1},
    "no-cost": {**ROW, "cost": None},
    "nothing-more": {**ROW, "supplier": "", "rationale": None},
    "long": {**ROW, "item": "x" * 300, "supplier": "x" * 200, "rationale": "x" * 2000},
}


@pytest.mark.parametrize("row", GOOD.values(), ids=GOOD)
def test_what_can_be_bought_is_believed(row):
    assert check_items([row]) == []
    kept = normalise_items([row])
    assert check_items(kept) == []
    jsonschema.validate(kept, ITEMS_SCHEMA)


BAD = {
    "no-item": ({"item": None}, "item", "required"),
    "blank-item": ({"item": "\t"}, "item", "required"),
    "long-item": ({"item": "x" * 301}, "item", "too_long"),
    "item-number": ({"item": 7}, "item", "invalid_type"),
    "item-nul": ({"item": "Rail\0"}, "item", "invalid_text"),
    "no-quantity": ({"quantity": None}, "quantity", "required"),
    "quantity-empty": ({"quantity": ""}, "quantity", "required"),
    "quantity-text": ({"quantity": "2"}, "quantity", "invalid_number"),
    "quantity-half": ({"quantity": 1.5}, "quantity", "invalid_number"),
    "quantity-true": ({"quantity": True}, "quantity", "invalid_number"),
    "quantity-nan": ({"quantity": math.nan}, "quantity", "invalid_number"),
    "quantity-zero": ({"quantity": 0}, "quantity", "out_of_range"),
    "quantity-negative": ({"quantity": -1}, "quantity", "out_of_range"),
    "quantity-thousand": ({"quantity": 1000}, "quantity", "out_of_range"),
    "quantity-huge": ({"quantity": 10**5000}, "quantity", "out_of_range"),
    "supplier-list": ({"supplier": ["a"]}, "supplier", "invalid_type"),
    "long-supplier": ({"supplier": "x" * 201}, "supplier", "too_long"),
    "cost-text": ({"cost": "249.50"}, "cost", "invalid_number"),
    "cost-with-currency": ({"cost": "$249"}, "cost", "invalid_number"),
    "cost-true": ({"cost": True}, "cost", "invalid_number"),
    "cost-nan": ({"cost": math.nan}, "cost", "invalid_number"),
    "cost-endless": ({"cost": math.inf}, "cost", "invalid_number"),
    "cost-negative": ({"cost": -0.01}, "cost", "out_of_range"),
    "cost-too-dear": ({"cost": 1_000_000.01}, "cost", "out_of_range"),
    "cost-parts-of-cents": ({"cost": 9.999}, "cost", "too_precise"),
    "cost-all-but-nothing": ({"cost": 5e-324}, "cost", "too_precise"),
    "long-rationale": ({"rationale": "x" * 2001}, "rationale", "too_long"),
    "rationale-half": ({"rationale": "\udc00"}, "rationale", "invalid_text"),
    "unknown-key": ({"size": 2}, "", "unknown_key"),
}


@pytest.mark.parametrize(("change", "path", "code"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_named(change, path, code):
    assert check_items([ROW, ROW, BARE]) == []
    rows = [ROW, {**ROW, **change}, BARE]
    expected = [(f"1.{path}".rstrip("."), code)]
    assert paths(check_items(rows)) == paths(check_items(normalise_items(rows))) == expected


@pytest.mark.parametrize(
    ("data", "path"), [(ROW, ""), (None, ""), ("Rail", ""), ([[ROW]], "0"), ([ROW, 5], "1")]
)
def test_items_are_a_list_of_objects(data, path):
    assert paths(check_items(data)) == [(path, "invalid_type")]


def test_a_hundred_rows_are_fine_but_not_one_more():
    assert (check_items([]), check_items([BARE] * 100)) == ([], [])
    assert paths(check_items([BARE] * 101)) == [("", "too_many")]


@pytest.mark.parametrize(
    "name", ["no-item", "quantity-half", "quantity-zero", "cost-negative", "unknown-key"]
)
def test_the_schema_refuses_what_the_check_refuses(name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{**ROW, **BAD[name][0]}], ITEMS_SCHEMA)


def test_rows_get_one_form():
    kept = normalise_items([{"cost": None, "quantity": 1, "item": " Rail ", "supplier": " "}])
    assert kept == [{"item": "Rail", "quantity": 1}]
    assert list(kept[0]) == ["item", "quantity"]


@given(rows_of(KEYS))
def test_whatever_comes_in_is_answered_and_settles(data):
    assert all(fault.message and fault.code for fault in check_items(data))
    once = normalise_items(data)
    assert repr(normalise_items(once)) == repr(once)
    check_items(once)


@given(any_json)
def test_json_of_any_shape_is_answered(data):
    assert isinstance(check_items(normalise_items(data)), list)
