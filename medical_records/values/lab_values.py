"""Laboratory values: an unknown test may say anything, a known one nothing impossible."""

import re
import unicodedata
from functools import cache
from typing import Any

from medical_records.values.analytes import ANALYTES, Analyte
from medical_records.values.faults import (
    Fault,
    check_choice,
    check_keys,
    check_rows,
    check_text,
    is_number,
    normalise_rows,
    plain,
)
from medical_records.values.units import fold_unit

MOST = 100
FLAGS = ("N", "L", "H", "LL", "HH", "A")  # HL7 table 0078
KEYS = ("test", "code", "value", "unit", "reference_range", "flag")
LONGEST_NAME = 200
LONGEST_VALUE = 100
LOINC = re.compile(r"\d{1,7}-\d\Z", re.ASCII)
SPECIMEN = re.compile(r"\A(?:serum|plasma) ")
DIGIT = re.compile(r"\d", re.ASCII)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?\Z", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}\Z", re.ASCII)
LAB_RESULTS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "maxItems": MOST,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["test", "value"],
        "properties": {
            "test": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
            "code": {"type": "string", "maxLength": 50, "description": "LOINC or the lab's own"},
            "value": {
                "type": ["number", "string"],
                "maxLength": LONGEST_VALUE,
                "description": "a number, or a finding such as positive or <0.1",
            },
            "unit": {"type": "string", "maxLength": 30},
            "reference_range": {"type": "string", "maxLength": 100},
            "flag": {"type": "string", "enum": list(FLAGS)},
        },
    },
}


def normalise_lab_results(data: Any) -> Any:
    return normalise_rows(data, KEYS)


def check_lab_results(data: Any) -> list[Fault]:
    """Return what is wrong with a record's own list of results; `path` is such as `0.value`."""
    return check_rows(data, _check_row, most=MOST)


def check_lab_value(*, test_name: Any, code: Any, value: Any, unit: Any) -> list[Fault]:
    """Return what is wrong with one result; `path` is `value` or `unit`.

    A finding ("positive", "trace") is believed, and so is a number without a unit that would be
    possible in one of the test's units. Of "<0.1" only the unit is looked at.
    """
    known = analyte_of(test_name, code)
    number = number_of(value)
    text = value[:LONGEST_VALUE] if isinstance(value, str) else ""
    if known is None or (number is None and not DIGIT.search(text)):
        return []
    limits = known.limits_by_unit
    spelled = fold_unit(unit)
    if unit and spelled not in limits:
        units = " or ".join(name for name in known.units if name)
        return [Fault("unit", f"{known.name} is given in {units}.", "invalid_unit")]
    tried = [limits[spelled]] if spelled else list(limits.values())
    if number is None or any(low <= number <= high for _, (low, high) in tried):
        return []
    name, (low, high) = tried[0]
    span = f"{plain(low)} to {plain(high)} {name}".strip()
    found = f"{plain(number)} is outside {span}, what {known.name} in blood can be"
    remedy = "check the value and its unit, or name another specimen in the test"
    return [Fault("value", f"{found}; {remedy}.", "out_of_range")]


def code_of(test_name: str, code: str) -> tuple[str, str] | None:
    """Return LOINC code and plain name of a known test, or None.

    The code that was given, if it is one of the test's, else its usual one.
    """
    known = analyte_of(test_name, code)
    if known is None:
        return None
    given = _folded(code)
    return (given if given in known.codes else known.codes[0], known.name)


def analyte_of(test_name: Any, code: Any) -> Analyte | None:
    """Find a test by its LOINC code, else by its name or a usual short form.

    A LOINC code that is not in the table means another test, whatever it is called: glucose in
    urine is no glucose in blood.
    """
    given = _folded(code)
    if LOINC.match(given):
        return _by_code().get(given)
    return _by_name().get(SPECIMEN.sub("", _folded(test_name)))


def number_of(value: Any) -> float | None:
    """Return the number that a value is, also written as text, or None for a finding.

    "1,234" can be one or a thousand: it is a finding.
    """
    if is_number(value):
        return float(value)
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        return None
    text = value.strip()
    if not NUMBER.match(text) or THOUSANDS.match(text):
        return None
    return float(text.replace(",", "."))


def _folded(text: Any) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_NAME:
        return ""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _by_code() -> dict[str, Analyte]:
    return {code: analyte for analyte in ANALYTES for code in analyte.codes}


@cache
def _by_name() -> dict[str, Analyte]:
    return {
        _folded(name): analyte for analyte in ANALYTES for name in (analyte.name, *analyte.aliases)
    }


def _check_row(row: dict[str, Any]) -> list[Fault]:
    found = [
        *check_keys(row, KEYS),
        *check_text(row, "test", longest=LONGEST_NAME, required=True),
        *check_text(row, "code", longest=50),
        *_check_value(row),
        *check_text(row, "unit", longest=30),
        *check_text(row, "reference_range", longest=100),
        *check_choice(row, "flag", FLAGS),
    ]
    return found or check_lab_value(
        test_name=row["test"],
        code=row.get("code"),
        value=row["value"],
        unit=row.get("unit"),
    )


def _check_value(row: dict[str, Any]) -> list[Fault]:
    value = row.get("value")
    if is_number(value):
        return []
    if isinstance(value, (bool, int, float)):
        return [Fault("value", "Write a number or a finding.", "invalid_number")]
    return check_text(row, "value", longest=LONGEST_VALUE, required=True)
