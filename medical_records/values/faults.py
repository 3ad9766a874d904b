"""What is wrong with a value, and where in it; and the questions that all checks ask."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

LARGEST = 10**12  # no measurement is larger; keeps integers of a thousand digits out


@dataclass(frozen=True)
class Fault:
    """`path` leads into the value, such as `temperature` or `0.dose`; "" is the value itself."""

    path: str
    message: str
    code: str = "invalid"

    def inside(self, outer: str) -> "Fault":
        """Return the same fault as seen from one level further out."""
        return Fault(f"{outer}.{self.path}" if self.path else outer, self.message, self.code)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell whether this is a finite number that a person could have measured."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= LARGEST and math.isfinite(value)


def plain(number: float) -> str:
    """Write a number as people do: 37.1, 120."""
    return f"{number:.10g}"


def check_text(
    row: dict[str, Any], name: str, *, longest: int, required: bool = False
) -> list[Fault]:
    """Check a text of a row: present where it must be, one that can be kept, not too long."""
    value = row.get(name)
    if value is None or value == "":
        return [Fault(name, "Fill this in.", "required")] if required else []
    if not isinstance(value, str):
        return [Fault(name, "This is no text.", "invalid_type")]
    if required and not value.strip():
        return [Fault(name, "Fill this in.", "required")]
    if len(value) > longest:
        return [Fault(name, f"At most {longest} characters.", "too_long")]
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        return [Fault(name, "This holds characters that cannot be kept.", "invalid_text")]
    return []


def check_choice(
    row: dict[str, Any], name: str, choices: tuple[str, ...], *, required: bool = False
) -> list[Fault]:
    value = row.get(name)
    if value is None or value == "":
        return [Fault(name, "Choose one.", "required")] if required else []
    if not isinstance(value, str) or value not in choices:
        return [Fault(name, f"Choose one of {', '.join(choices)}.", "invalid_choice")]
    return []


def check_keys(row: dict[str, Any], known: tuple[str, ...]) -> list[Fault]:
    """Refuse what would be kept and never looked at."""
    unknown = [str(key)[:50] for key in row if key not in known]
    if not unknown:
        return []
    return [
        Fault(
            "", f"Unknown: {', '.join(unknown[:5])}. Known are {', '.join(known)}.", "unknown_key"
        )
    ]


def check_rows(
    data: Any, check: Callable[[dict[str, Any]], list[Fault]], *, most: int
) -> list[Fault]:
    """Check a list of objects with `check`; paths begin with the row's number, from 0."""
    if not isinstance(data, list):
        return [Fault("", "This must be a list.", "invalid_type")]
    if len(data) > most:
        return [Fault("", f"At most {most} rows; there are {len(data)}.", "too_many")]
    found = []
    for number, row in enumerate(data):
        if isinstance(row, dict):
            found += [fault.inside(str(number)) for fault in check(row)]
        else:
            found.append(Fault(str(number), "Each row is an object.", "invalid_type"))
    return found


def normalise_rows(data: Any, keys: tuple[str, ...]) -> Any:
    """Put the keys of each row into their order, and leave out what is empty; idempotent."""
    if not isinstance(data, list):
        return data
    return [_ordered(row, keys) if isinstance(row, dict) else row for row in data]


def _ordered(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    rest = [key for key in row if key not in keys]
    found = {}
    for key in (*(k for k in keys if k in row), *rest):
        value = row[key]
        if isinstance(value, str):
            value = value.strip()
        if value is not None and value != "":
            found[key] = value
    return found
