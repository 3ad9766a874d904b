"""Inputs for the JSON fields of records: a table of rows, and a set of measurements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

CLASSES = (
    "border border-base-200 bg-white font-medium rounded-default shadow-xs px-3 py-2 w-full"
    " text-font-default-light text-sm dark:bg-base-900 dark:border-base-700"
    " dark:text-font-default-dark"
)
# One or two digits behind a comma are decimals; three could be thousands, so they stay text.
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,10}|,\d{1,2})?\Z", re.ASCII)
SPARE = 2  # empty rows that a form offers


@dataclass(frozen=True)
class Column:
    """One input of a row. `name` may lead inside: `duration.value`."""

    name: str
    label: str
    number: bool = False
    choices: Sequence[tuple[str, str]] = ()
    width: str = "8rem"


class RowsWidget(forms.Widget):
    template_name = "medical_records/widgets/rows.html"

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = columns

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [*(value or []), *[{}] * SPARE]
        context["widget"].update(
            classes=CLASSES,
            columns=self.columns,
            rows=[
                [
                    (column, f"{name}-{n}-{column.name}", _inside(row, column.name))
                    for column in self.columns
                ]
                for n, row in enumerate(rows)
            ],
        )
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        found = []
        number = 0
        while any(f"{name}-{number}-{column.name}" in data for column in self.columns):
            row: dict[str, Any] = {}
            for column in self.columns:
                text = data.get(f"{name}-{number}-{column.name}", "").strip()
                if text:
                    _put(row, column.name, _number(text) if column.number else text)
            if row:
                found.append(row)
            number += 1
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)


class RowsField(forms.Field):
    """A list of objects; what is in it is the model's to check."""

    def __init__(self, columns: Sequence[Column], **options: Any) -> None:
        super().__init__(widget=RowsWidget(columns), required=False, **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != (data or [])


class MeasurementsWidget(forms.Widget):
    """One number for each sign; `signs` are (name, label, unit, other units)."""

    template_name = "medical_records/widgets/measurements.html"

    def __init__(self, signs: Sequence[tuple[str, str, Sequence[str]]]) -> None:
        super().__init__()
        self.signs = signs

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        value = value if isinstance(value, dict) else {}
        context["widget"].update(
            classes=CLASSES,
            signs=[
                {
                    "name": f"{name}-{key}",
                    "label": label,
                    "units": units,
                    "value": _inside(value, f"{key}.value"),
                    "unit": _inside(value, f"{key}.unit") or units[0],
                }
                for key, label, units in self.signs
            ],
        )
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        found = {}
        for key, _, units in self.signs:
            text = data.get(f"{name}-{key}", "").strip()
            if text:
                unit = data.get(f"{name}-{key}-unit") or units[0]
                found[key] = {"value": _number(text), "unit": unit}
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)


class MeasurementsField(forms.Field):
    def __init__(self, signs: Sequence[tuple[str, str, Sequence[str]]], **options: Any) -> None:
        super().__init__(widget=MeasurementsWidget(signs), required=False, **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or {}) != (data or {})


def _number(text: str) -> Any:
    """Return a number, or the text that is none: the model's check then says so.

    A comma before three digits is no number either: 1,000 may be a thousand, or one.
    """
    if not NUMBER.fullmatch(text):
        return text
    found = float(text.replace(",", "."))
    return int(found) if found.is_integer() else found


def _inside(row: Any, path: str) -> Any:
    for key in path.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return "" if row is None else row


def _put(row: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for key in outer:
        row = row.setdefault(key, {})
    row[last] = value
