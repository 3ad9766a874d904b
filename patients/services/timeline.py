"""All that happened to a patient, newest first: one query over the sources of all apps."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Collate

from accounts.models import Membership
from patients.registry import TimelineSource, timeline_sources

COLUMNS = ("timeline_kind", "timeline_at", "timeline_id", "timeline_title")
ORDER = ("timeline_at", "timeline_id", "timeline_kind")


@dataclass(frozen=True)
class TimelineRow:
    kind: str
    at: datetime
    id: UUID
    title: str


@dataclass(frozen=True)
class Position:
    """A row's place; rows of several kinds may have the same moment, or even the same id."""

    at: datetime
    id: UUID
    kind: str


@dataclass(frozen=True)
class Timeline:
    """The rows of one patient that a member sees. Nothing is read until `first` is called.

    Each source gives as many rows as are wanted at most, so that a page costs the same with ten
    rows and with ten thousand.
    """

    membership: Membership
    patient_id: UUID
    kinds: Collection[str] = ()  # empty: all
    descending: bool = True
    beyond: Position | None = None

    def turned(self, *, descending: bool) -> "Timeline":
        return replace(self, descending=descending)

    def after(self, position: Position) -> "Timeline":
        """Return the rows that follow a place, in the direction of reading."""
        return replace(self, beyond=position)

    def first(self, count: int) -> list[TimelineRow]:
        """Read that many rows."""
        asked = [s for s in timeline_sources() if not self.kinds or s.kind in self.kinds]
        branches = [self._branch(source)[:count] for source in asked]
        if not branches:
            return []
        found = branches[0]
        if len(branches) > 1:
            found = found.union(*branches[1:], all=True).order_by(*self._order())[:count]
        return [TimelineRow(*values) for values in found]

    def _branch(self, source: TimelineSource) -> QuerySet[Any]:
        rows = source.rows(self.membership, self.patient_id).annotate(
            timeline_kind=Collate(Value(source.kind, TextField()), "C"),
            timeline_at=_expression(source.at),
            timeline_id=F("pk"),
            timeline_title=Cast(_expression(source.title), TextField()),
        )
        rows = rows.filter(timeline_at__isnull=False)
        if self.beyond is not None:
            rows = rows.filter(self._follows(self.beyond, source.kind))
        return rows.order_by(*self._order()).values_list(*COLUMNS)

    def _follows(self, place: Position, kind: str) -> Q:
        way = "lt" if self.descending else "gt"
        same_too = kind < place.kind if self.descending else kind > place.kind
        ids = Q(**{f"timeline_id__{way}{'e' if same_too else ''}": place.id})
        return Q(**{f"timeline_at__{way}": place.at}) | Q(timeline_at=place.at) & ids

    def _order(self) -> list[str]:
        return [f"-{name}" if self.descending else name for name in ORDER]


def _expression(what: Any) -> Any:
    return F(what) if isinstance(what, str) else what
