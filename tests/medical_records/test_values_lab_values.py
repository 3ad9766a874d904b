"""Laboratory values: a known test with something impossible is a fault, all else is believed."""

import math
import re

import jsonschema
import pytest
from hypothesis import given, strategies as st

from config.demo.plans import TESTS
from config.demo.scenarios import SCENARIOS
from medical_records.values.analytes import ANALYTES
from medical_records.values.lab_values import (
    FLAGS,
    KEYS,
    LAB_RESULTS_SCHEMA,
    check_lab_results,
    check_lab_value,
    code_of,
    normalise_lab_results,
    number_of,
)
from tests.medical_records.test_values_faults import HOSTILE, any_json, leaves, paths, rows_of

ROW = {
    "test": "Potassium",
    "code": "2823-3",
    "value": 4.1,
    "unit": "mmol/L",
    "reference_range": "3.5–5.2",
    "flag": "N",
}


def check(test_name, value, unit="", code=""):
    return check_lab_value(test_name=test_name, code=code, value=value, unit=unit)


BELIEVED = {
    "plain": ("Potassium", "4.1", "mmol/L"),
    "number": ("Potassium", 4.1, "mmol/L"),
    "comma": ("Potassium", "4,1", "mmol/L"),
    "other-unit": ("Potassium", "4.1", "mEq/L"),
    "no-unit": ("Potassium", "4.1", ""),
    "lowest": ("Potassium", "0.5", "mmol/L"),
    "highest": ("Potassium", "15", "mmol/L"),
    "small-letters": ("potassium", "4.1", "mmol/l"),
    "spaces": ("  Potassium ", " 4.1 ", "mmol / L"),
    "short-name": ("K+", "4.1", "mmol/L"),
    "of-serum": ("Serum potassium", "4.1", "mmol/L"),
    "glucose-in-either": ("Glucose", "99", "mg/dL"),
    "no-unit-american": ("Glucose", "1800", ""),
    "hba1c-percent": ("HbA1c", "6.5", "%"),
    "inr": ("INR", "2.5", ""),
    "inr-ratio": ("INR", "2.5", "ratio"),
    "rhabdomyolysis": ("CK", "350000", "U/L"),
    "haemophagocytosis": ("Ferritin", "180000", "ng/mL"),
    "positive": ("Potassium", "positive", "mmol/L"),
    "haemolysed": ("Potassium", "haemolysed", ""),
    "below": ("Troponin T", "<0.01", "µg/L"),
    "above": ("TSH", ">100", "mIU/L"),
    "range-of-cells": ("WBC", "5-10", "10*9/L"),
    "one-or-a-thousand": ("Platelets", "1,234", "10*9/L"),
    "nothing-yet": ("Potassium", "", ""),
    "finding-of-another-unit": ("Glucose", "trace", "dipstick"),
    "unknown-test": ("Unobtainium", "99999", "parsec"),
    "no-test": ("", "99999", "parsec"),
    "urine-by-name": ("Urine sodium", "12", "mmol/L"),
}


@pytest.mark.parametrize(("name", "value", "unit"), BELIEVED.values(), ids=BELIEVED)
def test_what_a_laboratory_says_is_believed(name, value, unit):
    assert check(name, value, unit) == []


REFUSED = {
    "no-decimal-point": ("Potassium", "41", "mmol/L", "value", "out_of_range"),
    "number": ("Potassium", 41, "mmol/L", "value", "out_of_range"),
    "comma": ("Potassium", "41,0", "mmol/L", "value", "out_of_range"),
    "just-below": ("Potassium", "0.49", "mmol/L", "value", "out_of_range"),
    "just-above": ("Potassium", "15.1", "mmol/L", "value", "out_of_range"),
    "negative": ("Potassium", "-4.1", "mmol/L", "value", "out_of_range"),
    "plus": ("Potassium", "+41", "mmol/L", "value", "out_of_range"),
    "many-digits": ("Potassium", "9" * 14, "mmol/L", "value", "out_of_range"),
    "a-hundred-digits": ("Potassium", "9" * 100, "mmol/L", "value", "out_of_range"),
    "in-no-unit-at-all": ("Glucose", "9999", "", "value", "out_of_range"),
    "short-name": ("hb", "3", "g/L", "value", "out_of_range"),
    "grams-per-litre-as-decilitre": ("Haemoglobin", "140", "g/dL", "value", "out_of_range"),
    "other-spelling": ("hemoglobin", "140", "g/dL", "value", "out_of_range"),
    "american-glucose": ("Glucose", "990", "mmol/L", "value", "out_of_range"),
    "creatinine-in-mg": ("Creatinine", "90", "mg/dL", "value", "out_of_range"),
    "haematocrit-share": ("Haematocrit", "45", "L/L", "value", "out_of_range"),
    "hba1c-percent": ("HbA1c", "48", "%", "value", "out_of_range"),
    "sodium": ("Sodium", "14", "mmol/L", "value", "out_of_range"),
    "by-loinc": ("something", "41", "mmol/L", "value", "out_of_range"),
    "inr": ("INR", "250", "", "value", "out_of_range"),
    "mass-of-potassium": ("Potassium", "4.1", "g", "unit", "invalid_unit"),
    "units-of-potassium": ("Potassium", "4.1", "U/L", "unit", "invalid_unit"),
    "potassium-per-decilitre": ("Potassium", "4.1", "mmol/dL", "unit", "invalid_unit"),
    "millimole-for-micromole": ("Creatinine", "90", "mmol/L", "unit", "invalid_unit"),
    "nonsense": ("TSH", "2", "banana", "unit", "invalid_unit"),
    "markup": ("TSH", "2", "<b>", "unit", "invalid_unit"),
    "long": ("TSH", "2", "m" * 10_000, "unit", "invalid_unit"),
    "half-a-character": ("TSH", "2", "\ud800", "unit", "invalid_unit"),
    "below-in-kilograms": ("Troponin T", "<0.01", "kg", "unit", "invalid_unit"),
    "unit-is-a-list": ("TSH", "2", ["mIU/L"], "unit", "invalid_unit"),
    "unit-of-blanks": ("TSH", "2", "  ", "unit", "invalid_unit"),
}


@pytest.mark.parametrize(("name", "value", "unit", "path", "code"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_has_is_named(name, value, unit, path, code):
    loinc = "2823-3" if name == "something" else ""
    assert paths(check(name, value, unit, loinc)) == [(path, code)]


SPELLINGS = {
    "Creatinine": (80, ["µmol/L", "μmol/L", "umol/l", "mcmol/L", "UMOL/L"]),
    "White cell count": (
        7,
        ["10*9/L", "10^9/L", "x10⁹/L", "×10^9/L", "x 10*9/l", "10*3/uL", "10^3/µL", "K/uL", "G/L"],
    ),
    "Red cell count": (4.8, ["10*12/L", "x10¹²/L", "10*6/uL", "M/µL"]),
    "TSH": (2, ["mIU/L", "mU/L", "m[IU]/L", "µIU/mL", "uIU/mL", "u[IU]/mL", "µU/mL"]),
    "ALT": (40, ["U/L", "IU/L", "[IU]/L", "u/l"]),
    "eGFR": (
        90,
        ["mL/min/1.73m2", "mL/min/1.73m²", "mL/min/1.73 m2", "mL/min/{1.73_m2}", "mL/min/1,73 m²"],
    ),
    "Ferritin": (80, ["µg/L", "ug/L", "mcg/L", "ng/mL"]),
    "INR": (2, ["", "{INR}", "INR", "ratio", "1"]),
}


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [(name, value, unit) for name, (value, units) in SPELLINGS.items() for unit in units],
)
def test_a_unit_can_be_spelled_in_many_ways(name, value, unit):
    assert check(name, value, unit) == []
    assert paths(check(name, -1, unit)) == [("value", "out_of_range")]


def test_cells_per_microlitre_are_a_thousand_times_more():
    assert (check("WBC", 7000, "/µL"), check("WBC", 7, "10*9/L")) == ([], [])
    assert paths(check("WBC", 7000, "10*9/L")) == [("value", "out_of_range")]


def test_micro_and_milli_stay_apart():
    assert check("Uric acid", "350", "µmol/L") == check("Uric acid", "0.35", "mmol/L") == []
    assert paths(check("Uric acid", "350", "mmol/L")) == [("value", "out_of_range")]


def test_a_loinc_code_goes_before_the_name():
    """Sodium in urine is low; the same name without a code, or with the lab's own, is blood's."""
    assert paths(check("Sodium", "12", "mmol/L")) == [("value", "out_of_range")]
    assert paths(check("Sodium", "12", "mmol/L", "2951-2")) == [("value", "out_of_range")]
    assert paths(check("Sodium", "12", "mmol/L", "NA01")) == [("value", "out_of_range")]
    assert check("Sodium", "12", "mmol/L", "2955-3") == []


CODES = {
    "code": ("whatever", "2823-3", ("2823-3", "Potassium")),
    "name": ("potassium", "", ("2823-3", "Potassium")),
    "lab's-own-code": ("Potassium", "K01", ("2823-3", "Potassium")),
    "alias": ("CRP", "", ("1988-5", "C-reactive protein")),
    "of-plasma": ("Plasma  glucose", "", ("2345-7", "Glucose")),
    "by-moles": ("Glucose", "14749-6", ("14749-6", "Glucose")),
    "blanks": ("x", " 2823-3 ", ("2823-3", "Potassium")),
    "in-urine": ("Glucose", "5792-7", None),
    "which-troponin": ("Troponin", "", None),
    "unknown": ("Unobtainium", "", None),
    "nothing": ("", "", None),
    "no-text": (None, None, None),
}


@pytest.mark.parametrize(("name", "code", "expected"), CODES.values(), ids=CODES)
def test_only_known_tests_have_a_code(name, code, expected):
    assert code_of(name, code) == expected


NUMBERS = {
    "4.1": 4.1, "4,1": 4.1, " 4 ": 4.0, "-4": -4.0, "+4.10": 4.1, "0,125": 0.125, "1000,5": 1000.5,
    "0": 0.0, "12345": 12345.0, 4: 4.0, 4.5: 4.5,
}  # fmt: skip
FINDINGS = (
    *("", "positive", "<4", "4-5", "4 mmol/L", "1,234", "12,345", "-1,234", "1,2,3", "1.2.3", ".5"),
    *("5.", "1e5", "nan", "inf", "Infinity", "1_000", "٣", "²", "9" * 101, "4\0", "\ud800"),
    *(None, True, [], {}, [4], math.nan, math.inf, 10**400),
)


@pytest.mark.parametrize(("value", "number"), NUMBERS.items())
def test_a_number_is_read_in_text_too(value, number):
    assert number_of(value) == number


@pytest.mark.parametrize(
    "value", FINDINGS, ids=lambda value: repr(value)[:9] if not isinstance(value, int) else "int"
)
def test_all_else_is_a_finding(value):
    assert number_of(value) is None


def test_messages_say_what_to_do():
    assert [fault.message for fault in check("K", "41", "mmol/L")] == [
        (
            "41 is outside 0.5 to 15 mmol/L, what Potassium in blood can be; check the value and"
            " its unit, or name another specimen in the test."
        )
    ]
    assert [fault.message for fault in check("K", "4.1", "g")] == [
        "Potassium is given in mmol/L or mEq/L."
    ]
    assert [fault.message for fault in check("INR", "2.1", "g")] == [
        "INR is given in ratio or INR or 1."
    ]


GOOD = {
    "full": ROW,
    "bare": {"test": "Malaria", "value": "negative"},
    "zero": {"test": "ALT", "value": 0},
    "empty-rest": {**ROW, "code": "", "unit": "mmol/L", "reference_range": None, "flag": ""},
    "long": {"test": "x" * 200, "value": "x" * 100, "unit": "x" * 30, "code": "x" * 50},
    "huge-and-unknown": {"test": "Copies", "value": 10**12},
}


@pytest.mark.parametrize("row", GOOD.values(), ids=GOOD)
def test_rows_of_a_record_are_believed(row):
    assert check_lab_results([row]) == []
    kept = normalise_lab_results([row])
    assert check_lab_results(kept) == []
    jsonschema.validate(kept, LAB_RESULTS_SCHEMA)


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_can_be_chosen(flag):
    assert check_lab_results([{**ROW, "flag": flag}]) == []


BAD = {
    "no-test": ({"test": None}, "test", "required"),
    "blank-test": ({"test": " "}, "test", "required"),
    "test-number": ({"test": 7}, "test", "invalid_type"),
    "test-list": ({"test": ["K"]}, "test", "invalid_type"),
    "long-test": ({"test": "x" * 201}, "test", "too_long"),
    "test-nul": ({"test": "K\0"}, "test", "invalid_text"),
    "test-half": ({"test": "K\ud800"}, "test", "invalid_text"),
    "code-number": ({"code": 2823}, "code", "invalid_type"),
    "long-code": ({"code": "x" * 51}, "code", "too_long"),
    "no-value": ({"value": None}, "value", "required"),
    "empty-value": ({"value": ""}, "value", "required"),
    "value-true": ({"value": True}, "value", "invalid_number"),
    "value-nan": ({"value": math.nan}, "value", "invalid_number"),
    "value-endless": ({"value": -math.inf}, "value", "invalid_number"),
    "value-of-thousands-of-digits": ({"value": 10**5000}, "value", "invalid_number"),
    "value-list": ({"value": [4.1]}, "value", "invalid_type"),
    "value-object": ({"value": {"value": 4.1}}, "value", "invalid_type"),
    "long-value": ({"value": "x" * 101}, "value", "too_long"),
    "value-nul": ({"value": "\0"}, "value", "invalid_text"),
    "unit-number": ({"unit": 1}, "unit", "invalid_type"),
    "long-unit": ({"unit": "x" * 31}, "unit", "too_long"),
    "range-list": ({"reference_range": [3.5, 5.2]}, "reference_range", "invalid_type"),
    "long-range": ({"reference_range": "x" * 101}, "reference_range", "too_long"),
    "flag-word": ({"flag": "high"}, "flag", "invalid_choice"),
    "flag-small": ({"flag": "h"}, "flag", "invalid_choice"),
    "flag-true": ({"flag": True}, "flag", "invalid_choice"),
    "unknown-key": ({"lab": "x"}, "", "unknown_key"),
    "impossible": ({"value": 41}, "value", "out_of_range"),
    "impossible-as-text": ({"value": "41"}, "value", "out_of_range"),
    "impossible-unit": ({"unit": "kg"}, "unit", "invalid_unit"),
    "impossible-by-name": ({"code": None, "value": 41}, "value", "out_of_range"),
}


@pytest.mark.parametrize(("change", "path", "code"), BAD.values(), ids=BAD)
def test_what_is_wrong_in_a_row_is_named(change, path, code):
    assert check_lab_results([ROW, ROW, GOOD["bare"]]) == []
    rows = [ROW, {**ROW, **change}, GOOD["bare"]]
    expected = [(f"1.{path}".rstrip("."), code)]
    assert paths(check_lab_results(rows)) == expected
    assert paths(check_lab_results(normalise_lab_results(rows))) == expected


@pytest.mark.parametrize(
    ("data", "path"), [(ROW, ""), (None, ""), ("K 4.1", ""), ([[ROW]], "0"), ([ROW, 4.1], "1")]
)
def test_results_are_a_list_of_objects(data, path):
    assert paths(check_lab_results(data)) == [(path, "invalid_type")]


def test_a_hundred_rows_are_fine_but_not_one_more():
    assert (check_lab_results([]), check_lab_results([ROW] * 100)) == ([], [])
    assert paths(check_lab_results([ROW] * 101)) == [("", "too_many")]


@pytest.mark.parametrize(
    "name", ["no-test", "no-value", "value-true", "flag-word", "long-unit", "unknown-key"]
)
def test_the_schema_refuses_what_the_check_refuses(name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{**ROW, **BAD[name][0]}], LAB_RESULTS_SCHEMA)


def test_what_the_demo_measures_is_believed():
    """The same way as config/demo/builder.py makes them, at both ends."""
    for name, code, unit, low, high, digits in TESTS:
        for value in (round(low * 0.85, digits), round(high * 1.15, digits)):
            assert check(name, f"{value:g}", unit, code) == [], name
        assert code_of(name, "") == (code, name)
    labs = [lab for scenario in SCENARIOS for lab in scenario.labs]
    assert len(labs) > 5
    for name, low, high, unit in labs:
        assert check(name, low, unit) == check(name, high, unit) == [], name
        assert code_of(name, "") is not None, name


# What an adult in health has, after textbook reference ranges: in the first unit of each test.
HEALTHY = {
    "Haemoglobin": 140, "Haematocrit": 42, "White cell count": 7, "Red cell count": 4.8, "Platelets": 250,
    "MCV": 90, "Sodium": 140, "Potassium": 4.2, "Chloride": 102, "Bicarbonate": 25, "Creatinine": 80, "Urea": 5,
    "Urea nitrogen": 14, "eGFR": 95, "Glucose": 5, "HbA1c": 35, "Calcium": 2.35, "Phosphate": 1.1,
    "Magnesium": 0.85, "Albumin": 42, "Total protein": 72, "Bilirubin": 10, "ALT": 25, "AST": 24, "ALP": 70,
    "GGT": 25, "LDH": 180, "Creatine kinase": 110, "Lipase": 30, "C-reactive protein": 2, "ESR": 8,
    "Cholesterol": 4.8, "HDL cholesterol": 1.4, "LDL cholesterol": 2.8, "Triglycerides": 1.2, "TSH": 1.8,
    "Free T4": 15, "Ferritin": 90, "Iron": 18, "Vitamin B12": 350, "Folate": 25, "Vitamin D": 75,
    "Uric acid": 300, "INR": 1, "APTT": 32, "Troponin T": 5, "Troponin I": 5, "PSA": 1.2,
}  # fmt: skip


@pytest.mark.parametrize("analyte", ANALYTES, ids=lambda analyte: analyte.name)
def test_a_healthy_value_is_inside_the_limits_of_each_unit(analyte):
    value = HEALTHY[analyte.name]
    for unit, factor in analyte.units.items():
        seen = value * factor if not isinstance(factor, tuple) else 0.0915 * value + 2.15
        assert check(analyte.name, seen, unit) == [], unit
        low, high = analyte.limits_by_unit[next(iter(analyte.limits_by_unit))][1]
        assert low < value < high


@pytest.mark.parametrize("analyte", ANALYTES, ids=lambda analyte: analyte.name)
def test_the_table_is_sound(analyte):
    assert len(analyte.limits_by_unit) == len(analyte.units), "a unit stands there twice"
    for _, (low, high) in analyte.limits_by_unit.values():
        assert 0 <= low < high
    for code in analyte.codes:
        assert re.fullmatch(r"\d{1,5}-\d", code)
        assert check_digit(code.partition("-")[0]) == int(code[-1]), code
        assert code_of("", code) == (code, analyte.name)
    for name in (analyte.name, *analyte.aliases):
        assert code_of(name, "") == (analyte.codes[0], analyte.name), "a name of two tests"


def check_digit(digits):
    """LOINC's last digit, after Luhn: mistyped codes do not fit theirs."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return -sum(number // 10 + number % 10 for number in doubled) % 10


def test_no_code_belongs_to_two_tests():
    codes = [code for analyte in ANALYTES for code in analyte.codes]
    assert len(ANALYTES) == len(HEALTHY) >= 45
    assert sorted(set(codes)) == sorted(codes)


words = st.sampled_from(
    (*HOSTILE, *(analyte.name for analyte in ANALYTES), "2823-3", "mmol/L", "4.1", "5" * 5000)
)


@given(name=leaves | words, code=leaves | words, value=leaves | words, unit=leaves | words)
def test_whatever_a_result_says_is_answered(name, code, value, unit):
    found = check_lab_value(test_name=name, code=code, value=value, unit=unit)
    assert {fault.path for fault in found} <= {"value", "unit"}
    assert code_of(name, code) is None or len(code_of(name, code)) == 2


@given(rows_of(KEYS))
def test_whatever_comes_in_is_answered_and_settles(data):
    assert all(fault.message and fault.code for fault in check_lab_results(data))
    once = normalise_lab_results(data)
    assert repr(normalise_lab_results(once)) == repr(once)
    check_lab_results(once)


@given(any_json)
def test_json_of_any_shape_is_answered(data):
    assert isinstance(check_lab_results(normalise_lab_results(data)), list)
