"""Values of an old database, of whatever type, as the types that are needed here. Pure code."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

SECRETS = re.compile(r"passw|hash|token|secret|session|salt|otp", re.IGNORECASE)
_NOISE = frozenset({"id", "created_at", "updated_at"})
_UNWRITABLE = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {127: None}


@dataclass
class Picker:
    """Takes values out of a row and remembers which columns nobody has asked for."""

    row: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def text(self, *names: str, most: int | None = None) -> str:
        """Return the first of some columns that says anything; one that is too long is left."""
        for name in names:
            found = text_of(self.row.get(name))
            if found and (most is None or len(found) <= most):
                self.taken.add(name)
                return found
        return ""

    def day(self, *names: str) -> date | None:
        for name in names:
            found = day_of(self.row.get(name))
            if found is not None:
                self.taken.add(name)
                return found
        return None

    def moment(self, zone: ZoneInfo, *names: str) -> datetime | None:
        """Return the first of some columns that is a moment; one without a zone is in `zone`."""
        for name in names:
            found = moment_of(self.row.get(name), zone)
            if found is not None:
                self.taken.add(name)
                return found
        return None

    def chosen(self, choices: dict[str, Any], *names: str, default: Any) -> Any:
        """Return what a word of the row stands for; an unknown word is left."""
        for name in names:
            word = text_of(self.row.get(name)).lower()
            if word in choices:
                self.taken.add(name)
                return choices[word]
        return default

    def left(self) -> dict[str, str]:
        """Return what says anything and was not taken, but keys and moments of the row itself."""
        return {
            name: text_of(value)
            for name, value in self.row.items()
            if name not in self.taken | _NOISE and not name.endswith("_id") and text_of(value)
        }


def text_of(value: Any) -> str:
    """Return a value as text that a database here can hold."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes | memoryview):
        return ""
    return unicodedata.normalize("NFC", str(value)).translate(_UNWRITABLE).strip()


def day_of(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def moment_of(value: Any, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def without_secrets(row: dict[str, Any] | None) -> dict[str, Any]:
    """Return a row as JSON can hold it, without what would open a login."""
    return {
        name: value if isinstance(value, int | float | bool) else text_of(value)
        for name, value in (row or {}).items()
        if not SECRETS.search(name) and value is not None
    }


def lines_of(pairs: dict[str, str] | Iterable[tuple[str, str]]) -> str:
    """Return what has no field of its own as lines of a note."""
    items = pairs.items() if isinstance(pairs, dict) else pairs
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in items)
