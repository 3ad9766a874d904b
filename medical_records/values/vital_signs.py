"""Vital signs: what was measured, in which unit, and what a living person can have.

The limits are wider than any reference range. They hold the extremes of published cases, so that
what lies outside is a slip of the keyboard or of the unit: temperatures of 11.8 °C (a child in the
cold, 2014) and 46.5 °C (heat stroke, 1980), a pulse of 480 (a tachycardia, 2012), a newborn of
212 g and 24 cm, a man of 635 kg and one of 272 cm. A cuff reads up to about 300 mmHg.
"""

from dataclasses import dataclass
from typing import Any

from medical_records.values.faults import Fault, check_keys, is_number, plain

DECIMALS = 4


@dataclass(frozen=True)
class Sign:
    """`units` are the accepted ones with their limits (lowest, highest), the standard one first."""

    label: str
    units: dict[str, tuple[float, float]]

    @property
    def unit(self) -> str:
        return next(iter(self.units))


SIGNS: dict[str, Sign] = {
    "systolic": Sign("Systolic pressure", {"mmHg": (20, 370)}),
    "diastolic": Sign("Diastolic pressure", {"mmHg": (5, 360)}),
    "pulse": Sign("Pulse", {"/min": (10, 480)}),
    "temperature": Sign("Temperature", {"°C": (11, 47), "°F": (51, 117)}),
    "respiratory_rate": Sign("Respiratory rate", {"/min": (2, 150)}),
    "spo2": Sign("Oxygen saturation", {"%": (10, 100)}),
    "height": Sign("Height", {"cm": (20, 280), "m": (0.2, 2.8), "in": (8, 110)}),
    "weight": Sign("Weight", {"kg": (0.2, 650), "g": (200, 650_000), "lb": (0.4, 1433)}),
}
VITAL_SIGNS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        name: {
            "type": "object",
            "description": f"{sign.label}; "
            + ", ".join(f"{plain(lo)}–{plain(hi)} {unit}" for unit, (lo, hi) in sign.units.items()),
            "additionalProperties": False,
            "properties": {
                "value": {"type": "number"},
                "unit": {"type": "string", "enum": list(sign.units), "default": sign.unit},
            },
            "required": ["value"],
        }
        for name, sign in SIGNS.items()
    },
}


def normalise_vital_signs(data: Any) -> Any:
    """Bring signs into their one form: known order, `{value, unit}`, nothing empty.

    A plain number gets the standard unit. Values stay as they were recorded. What is no object
    is returned as it is, for `check_vital_signs` to refuse.
    """
    if not isinstance(data, dict):
        return data
    found = {}
    for name in (*SIGNS, *(key for key in data if key not in SIGNS)):
        value = data.get(name)
        if value is None or value == "":
            continue
        if name in SIGNS and is_number(value):
            value = {"value": value}
        if name in SIGNS and isinstance(value, dict) and value.get("unit") in (None, ""):
            value = {**value, "unit": SIGNS[name].unit}
        found[name] = value
    return found


def check_vital_signs(data: Any) -> list[Fault]:
    """Return what is wrong; `path` is the sign's name."""
    if not isinstance(data, dict):
        return [Fault("", 'Vital signs are an object, such as {"pulse": 72}.', "invalid_type")]
    found = check_keys(data, tuple(SIGNS))
    for name, sign in SIGNS.items():
        if data.get(name) is not None:
            found += _check(name, sign, data[name])
    return found or _check_pressures(data)


def _check(name: str, sign: Sign, measured: Any) -> list[Fault]:
    if is_number(measured):
        measured = {"value": measured, "unit": sign.unit}
    if not isinstance(measured, dict) or not set(measured) <= {"value", "unit"}:
        return [Fault(name, f'Write {{"value": …, "unit": "{sign.unit}"}}.', "invalid_type")]
    value, unit = measured.get("value"), measured.get("unit", sign.unit)
    if not is_number(value):
        return [Fault(name, f"{sign.label} is a number.", "invalid_number")]
    if not isinstance(unit, str) or unit not in sign.units:
        return [Fault(name, f"{sign.label} is given in {' or '.join(sign.units)}.", "invalid_unit")]
    if round(value, DECIMALS) != value:
        return [Fault(name, f"At most {DECIMALS} decimals.", "too_precise")]
    low, high = sign.units[unit]
    if low <= value <= high:
        return []
    text = f"{plain(value)} {unit} is outside {plain(low)} to {plain(high)} {unit}"
    return [Fault(name, f"{text}{_hint(sign, value, unit)}", "out_of_range")]


def _hint(sign: Sign, value: float, unit: str) -> str:
    """End the sentence, with a guess what was meant: another unit, or a decimal point left out."""
    for other, (low, high) in sign.units.items():
        if low <= value <= high:
            return f"; was it in {other}?"
    low, high = sign.units[unit]
    for factor in (10, 100, 1000):
        if low <= value / factor <= high:
            return f"; was {plain(value / factor)} meant?"
    return "."


def _check_pressures(data: dict[str, Any]) -> list[Fault]:
    upper, lower = (_value(data.get(name)) for name in ("systolic", "diastolic"))
    if upper is None or lower is None or upper > lower:
        return []
    return [
        Fault("diastolic", "The diastolic pressure is below the systolic one.", "pressures_swapped")
    ]


def _value(measured: Any) -> float | None:
    found = measured.get("value") if isinstance(measured, dict) else measured
    return found if is_number(found) else None
