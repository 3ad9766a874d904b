"""Vital signs: what is believed, what is not, and how it is kept."""

import math

import jsonschema
import pytest
from hypothesis import given, strategies as st

from medical_records.values.vital_signs import (
    SIGNS,
    VITAL_SIGNS_SCHEMA,
    check_vital_signs,
    normalise_vital_signs,
)
from tests.medical_records.test_values_faults import any_json, measured, mostly

GOOD = {
    "nothing": {},
    "an-adult": {
        "systolic": measured(118, "mmHg"),
        "diastolic": measured(76, "mmHg"),
        "pulse": measured(64, "/min"),
        "respiratory_rate": measured(14, "/min"),
        "temperature": measured(36.8, "°C"),
        "spo2": measured(98, "%"),
        "height": measured(172.5, "cm"),
        "weight": measured(70.4, "kg"),
    },
    "a-newborn": {
        "systolic": measured(48, "mmHg"),
        "diastolic": measured(22, "mmHg"),
        "pulse": measured(190, "/min"),
        "respiratory_rate": measured(70, "/min"),
        "height": measured(24, "cm"),
        "weight": measured(212, "g"),
    },
    "american": {
        "temperature": measured(98.6, "°F"),
        "height": measured(68, "in"),
        "weight": measured(154, "lb"),
    },
    "metres": {"height": measured(1.75, "m")},
    "coldest": {"temperature": measured(11.8, "°C")},
    "hottest": {"temperature": measured(46.5, "°C")},
    "heaviest": {"weight": measured(635, "kg")},
    "tallest": {"height": measured(272, "cm")},
    "fastest": {"pulse": measured(480, "/min")},
    "bare-numbers": {"pulse": 72, "temperature": 36.6},
    "unit-left-out": {"pulse": {"value": 72}},
    "a-null": {"pulse": None},
    "only-one-pressure": {"diastolic": measured(80, "mmHg")},
    "narrow": {"systolic": 81, "diastolic": 80},
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_what_people_have_is_believed(data):
    assert check_vital_signs(data) == []
    assert check_vital_signs(normalise_vital_signs(data)) == []


BAD = {
    "no-decimal-point": ({"temperature": 371}, "temperature", "out_of_range"),
    "fahrenheit-as-celsius": ({"temperature": 98.6}, "temperature", "out_of_range"),
    "celsius-as-fahrenheit": ({"temperature": measured(37, "°F")}, "temperature", "out_of_range"),
    "frozen": ({"temperature": measured(10.9, "°C")}, "temperature", "out_of_range"),
    "boiling": ({"temperature": measured(47.1, "°C")}, "temperature", "out_of_range"),
    "a-digit-too-many": ({"systolic": 1200}, "systolic", "out_of_range"),
    "low-diastolic": ({"diastolic": 4}, "diastolic", "out_of_range"),
    "high-diastolic": ({"diastolic": 361}, "diastolic", "out_of_range"),
    "metres-as-cm": ({"height": measured(1.75, "cm")}, "height", "out_of_range"),
    "cm-as-metres": ({"height": measured(175, "m")}, "height", "out_of_range"),
    "grams-twice": ({"weight": 700_000}, "weight", "out_of_range"),
    "grams-as-kg": ({"weight": 3500}, "weight", "out_of_range"),
    "no-weight": ({"weight": 0}, "weight", "out_of_range"),
    "negative": ({"pulse": -72}, "pulse", "out_of_range"),
    "pulse": ({"pulse": 481}, "pulse", "out_of_range"),
    "breaths": ({"respiratory_rate": 151}, "respiratory_rate", "out_of_range"),
    "over-full": ({"spo2": 101}, "spo2", "out_of_range"),
    "a-fraction": ({"spo2": 0.98}, "spo2", "out_of_range"),
    "hertz": ({"pulse": measured(72, "Hz")}, "pulse", "invalid_unit"),
    "kelvin": ({"temperature": measured(310, "K")}, "temperature", "invalid_unit"),
    "unit-in-capitals": ({"systolic": measured(120, "MMHG")}, "systolic", "invalid_unit"),
    "unit-is-a-list": ({"pulse": measured(72, ["/min"])}, "pulse", "invalid_unit"),
    "unit-is-zero": ({"pulse": measured(72, 0)}, "pulse", "invalid_unit"),
    "unit-is-false": ({"pulse": measured(72, False)}, "pulse", "invalid_unit"),  # noqa: FBT003
    "unit-is-no-object": ({"pulse": measured(72, {})}, "pulse", "invalid_unit"),
    "text": ({"pulse": "72"}, "pulse", "invalid_type"),
    "text-inside": ({"pulse": measured("72", "/min")}, "pulse", "invalid_number"),
    "true": ({"pulse": True}, "pulse", "invalid_type"),
    "true-inside": ({"spo2": measured(True, "%")}, "spo2", "invalid_number"),  # noqa: FBT003
    "no-value": ({"pulse": {"unit": "/min"}}, "pulse", "invalid_number"),
    "null-inside": ({"pulse": measured(None, "/min")}, "pulse", "invalid_number"),
    "nan": ({"pulse": math.nan}, "pulse", "invalid_type"),
    "nan-inside": ({"pulse": measured(math.nan, "/min")}, "pulse", "invalid_number"),
    "endless": ({"weight": measured(math.inf, "kg")}, "weight", "invalid_number"),
    "endlessly-little": ({"weight": measured(-math.inf, "kg")}, "weight", "invalid_number"),
    "thousands-of-digits": ({"pulse": 10**5000}, "pulse", "invalid_type"),
    "thousands-of-digits-inside": ({"pulse": measured(10**5000, "/min")}, "pulse", "invalid_number"),
    "a-list": ({"pulse": [72]}, "pulse", "invalid_type"),
    "nested": ({"pulse": {"value": {"value": 72}}}, "pulse", "invalid_number"),
    "an-extra-key": ({"pulse": {**measured(72, "/min"), "by": "me"}}, "pulse", "invalid_type"),
    "absurdly-precise": ({"weight": 70.123456}, "weight", "too_precise"),
    "tiny": ({"weight": measured(70 + 1e-9, "kg")}, "weight", "too_precise"),
    "unknown": ({"mood": 3}, "", "unknown_key"),
    "capital": ({"Pulse": 72}, "", "unknown_key"),
    "nul-key": ({"pulse\0": 72}, "", "unknown_key"),
    "swapped": ({"systolic": 80, "diastolic": 120}, "diastolic", "pressures_swapped"),
    "equal": ({"systolic": 80, "diastolic": 80}, "diastolic", "pressures_swapped"),
    "swapped-measured": (
        {"systolic": measured(80, "mmHg"), "diastolic": measured(120, "mmHg")},
        "diastolic", "pressures_swapped",
    ),
    "list": ([], "", "invalid_type"),
    "string": ("pulse", "", "invalid_type"),
    "null": (None, "", "invalid_type"),
    "number": (72, "", "invalid_type"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "path", "code"), BAD.values(), ids=BAD)
def test_what_nobody_has_is_named(data, path, code):
    for seen in (data, normalise_vital_signs(data)):
        assert [(fault.path, fault.code) for fault in check_vital_signs(seen)] == [(path, code)]


AMONG = {name: case for name, case in BAD.items() if isinstance(case[0], dict)}


@pytest.mark.parametrize(("spoilt", "path", "code"), AMONG.values(), ids=AMONG)
def test_a_bad_sign_is_found_among_good_ones(spoilt, path, code):
    found = check_vital_signs({**GOOD["an-adult"], **spoilt})
    assert [(fault.path, fault.code) for fault in found] == [(path, code)]


def test_all_that_is_wrong_is_said_at_once():
    found = check_vital_signs({"pulse": "x", "mood": 3, "spo2": 980, "height": measured(2, "mile")})
    assert [(fault.path, fault.code) for fault in found] == [
        ("", "unknown_key"),
        ("pulse", "invalid_type"),
        ("spo2", "out_of_range"),
        ("height", "invalid_unit"),
    ]


MESSAGES = {
    "decimal-point": (measured(371, "°C"), "371 °C is outside 11 to 47 °C; was 37.1 meant?"),
    "other-unit": (measured(98.6, "°C"), "98.6 °C is outside 11 to 47 °C; was it in °F?"),
    "no-guess": (measured(5, "°C"), "5 °C is outside 11 to 47 °C."),
    "unit": (measured(310, "K"), "Temperature is given in °C or °F."),
    "number": (measured("37", "°C"), "Temperature is a number."),
    "shape": ("37", 'Write {"value": …, "unit": "°C"}.'),
    "decimals": (measured(36.61234, "°C"), "At most 4 decimals."),
}


@pytest.mark.parametrize(("value", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_says_what_to_do(value, message):
    assert [fault.message for fault in check_vital_signs({"temperature": value})] == [message]


LIMITS = [
    (name, unit, low, high)
    for name, sign in SIGNS.items()
    for unit, (low, high) in sign.units.items()
]


@pytest.mark.parametrize(("name", "unit", "low", "high"), LIMITS)
def test_limits_belong_to_what_is_possible(name, unit, low, high):
    def faults(value):
        return [fault.code for fault in check_vital_signs({name: measured(value, unit)})]

    assert (faults(low), faults(high)) == ([], [])
    assert (faults(round(low - 0.01, 4)), faults(round(high + 0.01, 4))) == (["out_of_range"],) * 2


PER_STANDARD = {"°F": lambda c: c * 9 / 5 + 32, "m": lambda cm: cm / 100, "in": lambda cm: cm / 2.54,
                "g": lambda kg: kg * 1000, "lb": lambda kg: kg / 0.45359237}  # fmt: skip


@pytest.mark.parametrize(("name", "unit", "low", "high"), LIMITS)
def test_limits_of_all_units_are_the_same_ones(name, unit, low, high):
    convert = PER_STANDARD.get(unit, float)
    expected = [convert(limit) for limit in SIGNS[name].units[SIGNS[name].unit]]
    assert [low, high] == pytest.approx(expected, rel=0.12)


def test_what_was_recorded_stays_and_gets_one_form():
    sent = {
        "weight": measured(154, "lb"),
        "pulse": 72,
        "temperature": {"value": 37.0},
        "height": None,
        "spo2": "",
        "diastolic": {"unit": "", "value": 80},
        "systolic": measured(120, None),
    }
    kept = normalise_vital_signs(sent)
    assert kept == {
        "systolic": measured(120, "mmHg"),
        "diastolic": measured(80, "mmHg"),
        "pulse": measured(72, "/min"),
        "temperature": measured(37.0, "°C"),
        "weight": measured(154, "lb"),
    }
    assert list(kept) == ["systolic", "diastolic", "pulse", "temperature", "weight"]
    assert sent["pulse"] == 72, "what was handed in is not changed"
    assert sent["systolic"] == measured(120, None)


@given(mostly(SIGNS, ["value", "unit"]))
def test_whatever_comes_in_is_answered_and_settles(data):
    faults = check_vital_signs(data)
    assert all(fault.path in {"", *SIGNS} and fault.message and fault.code for fault in faults)
    once = normalise_vital_signs(data)
    assert repr(normalise_vital_signs(once)) == repr(once)
    check_vital_signs(once)


@given(any_json)
def test_json_of_any_shape_is_answered(data):
    assert isinstance(check_vital_signs(normalise_vital_signs(data)), list)


@given(
    st.dictionaries(
        st.sampled_from([name for name in SIGNS if name != "diastolic"]), st.integers(0, 300)
    )
)
def test_what_passes_fits_the_described_schema(data):
    kept = normalise_vital_signs(data)
    if not check_vital_signs(kept):
        jsonschema.validate(kept, VITAL_SIGNS_SCHEMA)


def test_the_schema_refuses_what_the_check_refuses():
    jsonschema.validate(GOOD["an-adult"], VITAL_SIGNS_SCHEMA)
    for data in (
        {"mood": 3},
        {"pulse": measured(7, "Hz")},
        {"pulse": {"value": 72, "by": "me"}},
        [],
    ):
        assert check_vital_signs(data)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, VITAL_SIGNS_SCHEMA)
