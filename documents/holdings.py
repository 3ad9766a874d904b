"""What lies in the store and is no document: an app says where, and which of it somebody needs.

An app registers its folders in `holdings.py`, which is found as `admin.py` is. What lies in none of
them and belongs to no document is an orphan.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

_holdings: dict[str, "Holding"] = {}


@dataclass(frozen=True)
class Holding:
    """A folder of objects of an app, such as `system/temp/imports/`, without the clinic's name.

    `is_needed` gets a key and says whether something will use or remove it.
    """

    folder: str
    is_needed: Callable[[str], bool]


def register(holding: Holding) -> None:
    """Make a folder known. Raises `ValueError` when another app has it."""
    known = _holdings.setdefault(holding.folder, holding)
    if known is not holding:
        raise ValueError(f"Two apps keep objects in {holding.folder!r}.")


def needed_by_others(keys: Iterable[str]) -> set[str]:
    """Return those of some keys of a clinic that are no documents and needed all the same."""
    found = set()
    for key in keys:
        _, _, inside = key.partition("/")
        for folder, holding in _holdings.items():
            if inside.startswith(folder) and holding.is_needed(key):
                found.add(key)
    return found
