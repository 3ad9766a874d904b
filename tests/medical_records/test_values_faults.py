"""The questions that all checks ask; and the JSON that people and programs send."""

import math

import pytest
from hypothesis import given, strategies as st

from medical_records.values.faults import (
    LARGEST,
    Fault,
    check_choice,
    check_keys,
    check_rows,
    check_text,
    is_number,
    normalise_rows,
    plain,
)

HOSTILE = ("", " ", "\0", "\ud800", "a" * 5000, "1e999", "NaN", "٣", "<script>", "37,1", "\u202e")
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from((10**400, -(10**400), 0, 1, 7)),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(HOSTILE),
)


def nested(keys):
    """JSON of any shape, whose objects have these keys among others."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=12,
    )


any_json = nested(st.text(max_size=10) | st.sampled_from(HOSTILE))


def mostly(names, inner=()):
    """An object with these keys and anything in it, so that the checks get past the first one."""
    keys = st.sampled_from((*names, "unknown", "\ud800"))
    return st.dictionaries(keys, nested(st.sampled_from((*inner, "unknown"))), max_size=6)


def rows_of(names, inner=()):
    return st.lists(mostly(names, inner) | any_json, max_size=4)


def measured(value, unit):
    return {"value": value, "unit": unit}


def paths(faults):
    return [(fault.path, fault.code) for fault in faults]


NUMBERS = (0, -1, 1.5, LARGEST, -LARGEST, 5e-324)
NO_NUMBERS = (
    *(True, False, None, "1", "", [], {}, [1], b"1", 1j),
    *(math.nan, math.inf, -math.inf, LARGEST + 1, 10**5000, 1e300),
)


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_is_one(value):
    assert is_number(value) is True


@pytest.mark.parametrize(
    "value", NO_NUMBERS, ids=lambda value: repr(value)[:12] if not isinstance(value, int) else "int"
)
def test_what_nobody_can_measure_is_no_number(value):
    assert is_number(value) is False


def test_numbers_are_written_as_people_do():
    written = [plain(number) for number in (37.1, 120, 1_000_000, 0.0001, 70.0)]
    assert written == ["37.1", "120", "1000000", "0.0001", "70"]


TEXTS = {
    "fine": ("Aspirin", []),
    "as-long-as-may-be": ("a" * 10, []),
    "too-long": ("a" * 11, ["too_long"]),
    "missing": (None, ["required"]),
    "empty": ("", ["required"]),
    "blank": (" \n", ["required"]),
    "number": (5, ["invalid_type"]),
    "false": (False, ["invalid_type"]),
    "list": (["a"], ["invalid_type"]),
    "nul": ("a\0", ["invalid_text"]),
    "half-a-character": ("a\udfff", ["invalid_text"]),
    "an-emoji": ("a😀", []),
}


@pytest.mark.parametrize(("text", "codes"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_present_and_can_be_kept(text, codes):
    found = check_text({"name": text}, "name", longest=10, required=True)
    assert paths(found) == [("name", code) for code in codes]


@pytest.mark.parametrize("text", ["", None])
def test_only_a_required_field_must_be_there(text):
    row = {"name": text}
    assert check_text(row, "name", longest=10) == check_choice(row, "name", ("a",)) == []
    assert paths(check_text(row, "name", longest=10, required=True)) == [("name", "required")]
    assert paths(check_choice(row, "name", ("a",), required=True)) == [("name", "required")]


def test_a_choice_is_one_of_those_named():
    assert check_choice({"route": "oral"}, "route", ("oral", "nasal")) == []
    for other in ("Oral", 1, ["oral"], {"oral": 1}, True, False, 0, [], {}):
        assert check_choice({"route": other}, "route", ("oral", "nasal")) == [
            Fault("route", "Choose one of oral, nasal.", "invalid_choice")
        ]


def test_unknown_keys_are_named_and_not_repeated_at_length():
    assert check_keys({"a": 1}, ("a", "b")) == []
    (fault,) = check_keys({"x" * 10_000: 1, **{str(n): n for n in range(1000)}}, ("a", "b"))
    assert fault == Fault("", f"Unknown: {'x' * 50}, 0, 1, 2, 3. Known are a, b.", "unknown_key")


def test_paths_lead_from_the_outside_in():
    inner = Fault("dose", "x", "y")
    assert inner.inside("0") == Fault("0.dose", "x", "y")
    assert Fault("", "x", "y").inside("0") == Fault("0", "x", "y")
    assert inner.inside("1").inside("list").path == "list.1.dose"


def test_each_row_is_looked_at():
    def is_even(row):
        return [] if row["n"] % 2 == 0 else [Fault("n", "odd", "odd")]

    rows = [{"n": 1}, {"n": 2}, 3, {"n": 5}]
    assert paths(check_rows(rows, is_even, most=4)) == [
        ("0.n", "odd"), ("2", "invalid_type"), ("3.n", "odd"),
    ]  # fmt: skip
    assert check_rows(rows, is_even, most=3) == [
        Fault("", "At most 3 rows; there are 4.", "too_many")
    ]
    assert paths(check_rows({"0": {}}, is_even, most=3)) == [("", "invalid_type")]


def test_rows_are_put_in_order_without_what_is_empty():
    rows = [{"b": " x ", "z": 1, "a": 0, "c": None}, {"c": "  "}, "as it is"]
    kept = normalise_rows(rows, ("a", "b", "c"))
    assert kept == [{"a": 0, "b": "x", "z": 1}, {}, "as it is"]
    assert list(kept[0]) == ["a", "b", "z"]
    assert rows[0] == {"b": " x ", "z": 1, "a": 0, "c": None}, "what was handed in stays"


@given(any_json)
def test_normalising_rows_settles(data):
    once = normalise_rows(data, ("a", "b"))
    assert repr(normalise_rows(once, ("a", "b"))) == repr(once)
