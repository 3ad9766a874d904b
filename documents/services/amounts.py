"""How many documents a clinic keeps, by retention class and by the month in which they came.

By the rows; what the store really holds says `services/reporting.py`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce, TruncMonth

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.models import Document, Retention
from documents.services.verifying import WITH_BYTES

ABILITY = "system.view"


@dataclass(frozen=True)
class Amount:
    """Some documents. `size` in bytes, as they were sent."""

    label: str
    files: int
    size: int


@dataclass(frozen=True)
class Amounts:
    """What there is. Months without documents between two that have some are in it, with 0."""

    classes: tuple[Amount, ...]
    months: tuple[Amount, ...]
    total: Amount


def amounts(*, membership: Membership) -> Amounts:
    """Count the documents of the clinic that have bytes, in one query whatever their number.

    Raises `NotPermittedError`: the numbers are of all patients.
    """
    if not membership.may(ABILITY):
        raise NotPermittedError
    came = TruncMonth(Coalesce("uploaded_at", "created_at"))
    rows = (
        Document.objects.filter(state__in=WITH_BYTES)
        .order_by()
        .annotate(month=came)
        .values_list("retention", "month")
        .annotate(files=Count("pk"), size=Sum("file_size"))
    )
    classes: dict[str, list[int]] = {}
    months: dict[date, list[int]] = {}
    for retention, moment, files, size in rows:
        for group, key in ((classes, retention), (months, moment.date())):
            _add(group, key, files, size)
    files, size = (sum(one[at] for one in classes.values()) for at in (0, 1))
    return Amounts(
        tuple(Amount(name, *classes[name]) for name in Retention.values if name in classes),
        tuple(Amount(f"{month:%Y-%m}", *months.get(month, (0, 0))) for month in _span(months)),
        Amount("all", files, size),
    )


def _add(group: dict[Any, list[int]], key: Any, files: int, size: int) -> None:
    found = group.setdefault(key, [0, 0])
    found[0] += files
    found[1] += size


def _span(months: dict[date, list[int]]) -> list[date]:
    """Return every month from the first to the last."""
    if not months:
        return []
    first, last = min(months), max(months)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
