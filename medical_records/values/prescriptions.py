"""Prescriptions of a record: what, how much, which way, how often, how long."""

from typing import Any

from medical_records.values.faults import (
    Fault,
    check_choice,
    check_keys,
    check_rows,
    check_text,
    is_number,
    normalise_rows,
)

MOST = 50
LARGEST_DOSE = 1_000_000
DECIMALS = 6
LONGEST = {"day": 366, "week": 104, "month": 60}  # of one prescription; longer is written anew
UNITS = (
    *("mg", "g", "microgram", "mL", "L", "IU", "unit", "mmol", "%"),
    *("tablet", "capsule", "drop", "puff", "patch", "sachet", "suppository", "application"),
)
ROUTES = (
    *("oral", "sublingual", "inhaled", "nasal", "topical", "transdermal", "eye", "ear", "rectal"),
    *("vaginal", "subcutaneous", "intramuscular", "intravenous", "intradermal", "other"),
)
DURATION_UNITS = tuple(LONGEST)
KEYS = ("medication", "dose", "unit", "route", "frequency", "duration", "note")
PRESCRIPTIONS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "maxItems": MOST,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["medication", "dose", "unit", "route", "frequency"],
        "properties": {
            "medication": {"type": "string", "minLength": 1, "maxLength": 200},
            "dose": {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_DOSE},
            "unit": {"type": "string", "enum": list(UNITS)},
            "route": {"type": "string", "enum": list(ROUTES)},
            "frequency": {"type": "string", "minLength": 1, "maxLength": 100},
            "duration": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "required": ["value", "unit"],
                "properties": {
                    "value": {"type": "integer", "minimum": 1},
                    "unit": {"type": "string", "enum": list(DURATION_UNITS)},
                },
            },
            "note": {"type": "string", "maxLength": 500},
        },
    },
}


def normalise_prescriptions(data: Any) -> Any:
    return normalise_rows(data, KEYS)


def check_prescriptions(data: Any) -> list[Fault]:
    """Return what is wrong; `path` is such as `0.dose`."""
    return check_rows(data, _check, most=MOST)


def _check(row: dict[str, Any]) -> list[Fault]:
    return [
        *check_keys(row, KEYS),
        *check_text(row, "medication", longest=200, required=True),
        *_check_dose(row.get("dose")),
        *check_choice(row, "unit", UNITS, required=True),
        *check_choice(row, "route", ROUTES, required=True),
        *check_text(row, "frequency", longest=100, required=True),
        *_check_duration(row.get("duration")),
        *check_text(row, "note", longest=500),
    ]


def _check_dose(dose: Any) -> list[Fault]:
    if dose is None or dose == "":
        return [Fault("dose", "Fill this in.", "required")]
    if not is_number(dose):
        return [
            Fault(
                "dose", "The dose is a number; its unit has a field of its own.", "invalid_number"
            )
        ]
    if not 0 < dose <= LARGEST_DOSE:
        return [Fault("dose", f"A dose is above 0 and at most {LARGEST_DOSE}.", "out_of_range")]
    if round(dose, DECIMALS) != dose:
        return [Fault("dose", f"At most {DECIMALS} decimals.", "too_precise")]
    return []


def _check_duration(duration: Any) -> list[Fault]:
    if duration is None:
        return []
    if not isinstance(duration, dict) or not set(duration) <= {"value", "unit"}:
        return [
            Fault("duration", 'Write {"value": 7, "unit": "day"}, or leave it out.', "invalid_type")
        ]
    value, unit = duration.get("value"), duration.get("unit")
    if not isinstance(unit, str) or unit not in LONGEST:
        choices = ", ".join(LONGEST)
        return [Fault("duration.unit", f"Choose one of {choices}.", "invalid_choice")]
    if isinstance(value, bool) or not isinstance(value, int):
        return [Fault("duration.value", "Write a whole number.", "invalid_number")]
    if not 1 <= value <= LONGEST[unit]:
        return [Fault("duration.value", f"From 1 to {LONGEST[unit]} {unit}s.", "out_of_range")]
    return []
