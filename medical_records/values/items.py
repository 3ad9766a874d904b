"""The items that an assistive technology report recommends."""

from typing import Any

from medical_records.values.faults import (
    Fault,
    check_keys,
    check_rows,
    check_text,
    is_number,
    normalise_rows,
)

MOST = 100
MOST_OF_ONE = 999
DEAREST = 1_000_000
KEYS = ("item", "quantity", "supplier", "cost", "rationale")
ITEMS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "maxItems": MOST,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["item", "quantity"],
        "properties": {
            "item": {"type": "string", "minLength": 1, "maxLength": 300},
            "quantity": {"type": "integer", "minimum": 1, "maximum": MOST_OF_ONE},
            "supplier": {"type": "string", "maxLength": 200},
            "cost": {"type": "number", "minimum": 0, "maximum": DEAREST},
            "rationale": {"type": "string", "maxLength": 2000},
        },
    },
}


def normalise_items(data: Any) -> Any:
    return normalise_rows(data, KEYS)


def check_items(data: Any) -> list[Fault]:
    """Return what is wrong; `path` is such as `0.quantity`."""
    return check_rows(data, _check, most=MOST)


def _check(row: dict[str, Any]) -> list[Fault]:
    return [
        *check_keys(row, KEYS),
        *check_text(row, "item", longest=300, required=True),
        *_check_quantity(row.get("quantity")),
        *check_text(row, "supplier", longest=200),
        *_check_cost(row.get("cost")),
        *check_text(row, "rationale", longest=2000),
    ]


def _check_quantity(quantity: Any) -> list[Fault]:
    if quantity is None or quantity == "":
        return [Fault("quantity", "Fill this in.", "required")]
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        return [Fault("quantity", "Write a whole number.", "invalid_number")]
    if not 1 <= quantity <= MOST_OF_ONE:
        return [Fault("quantity", f"From 1 to {MOST_OF_ONE}.", "out_of_range")]
    return []


def _check_cost(cost: Any) -> list[Fault]:
    if cost is None:
        return []
    if not is_number(cost):
        return [Fault("cost", "Write a number, without a currency.", "invalid_number")]
    if not 0 <= cost <= DEAREST:
        return [Fault("cost", f"From 0 to {DEAREST}.", "out_of_range")]
    if round(cost, 2) != cost:
        return [Fault("cost", "At most 2 decimals.", "too_precise")]
    return []
