"""What stands beside every change in the history, and how it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.db.models import Model

from accounts.fields import EncryptedTextField
from accounts.models import User

SECRET = "(changed)"
LABELS = {"insert": "Added", "update": "Changed", "delete": "Removed"}


@dataclass(frozen=True)
class FieldChange:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    at: datetime
    who: str
    label: str
    fields: list[FieldChange]


def note_user(user: Any) -> None:
    """Name the person in the history context of this request, once the API knows who it is."""
    pghistory.context(user=str(user.pk))


def changes_of(record: Model, *, hidden: tuple[str, ...] = ()) -> list[Change]:
    """Return the changes of one record, newest first; none for what keeps no history."""
    if not hasattr(record, "events"):
        return []
    events = list(record.events.order_by("pgh_id"))
    names = {str((event.pgh_context or {}).get("user")) for event in events}
    users = {str(user.pk): str(user) for user in User.objects.filter(pk__in=names - {"None"})}
    found = []
    before: Any = None
    for event in events:
        context = event.pgh_context or {}
        fields = list(_differences(record, before, event, hidden)) if before else []
        if before and not fields:
            before = event
            continue
        found.append(
            Change(
                at=event.pgh_created_at,
                who=users.get(str(context.get("user")), context.get("job") or "system"),
                label=LABELS.get(event.pgh_label, event.pgh_label),
                fields=fields,
            )
        )
        before = event
    return found[::-1]


def _differences(
    record: Model, before: Any, after: Any, hidden: tuple[str, ...]
) -> Iterator[FieldChange]:
    for field in record._meta.concrete_fields:
        old, new = getattr(before, field.attname, None), getattr(after, field.attname, None)
        if old == new or field.name in hidden:
            continue
        secret = isinstance(field, EncryptedTextField)
        yield FieldChange(
            str(field.verbose_name),
            SECRET if secret else _text(old),
            SECRET if secret else _text(new),
        )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
