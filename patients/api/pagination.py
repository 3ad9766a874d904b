import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from accounts.api.pagination import CursorPagination, SortedPagination
from patients.services.timeline import Position, Timeline

ORDERINGS: dict[str, tuple[str, ...]] = {
    "name": ("last_name", "first_name", "id"),
    "created": ("id",),
    "updated": ("updated_at", "id"),
    "date_of_birth": ("birth_order", "id"),
}
COMPANY_ORDERINGS: dict[str, tuple[str, ...]] = {"name": ("name", "id"), "created": ("id",)}
PERSON_ORDERINGS = {name: ORDERINGS[name] for name in ("name", "created")}


class PatientPagination(SortedPagination):
    orderings = ORDERINGS
    default_sort = "name"
    sort_note = "; those without a date of birth come last"


class PersonPagination(SortedPagination):
    orderings = PERSON_ORDERINGS
    default_sort = "name"


class CompanyPagination(SortedPagination):
    orderings = COMPANY_ORDERINGS
    default_sort = "name"


class TimelinePagination(CursorPagination):
    """Pages of a timeline, which is no queryset but the union of many."""

    ordering = ("-at", "-id", "-kind")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        return pagination.CursorPagination.paginate_queryset(
            self,
            _Readable(queryset),  # type: ignore[arg-type]
            request,
            view,
        )


class _Readable:
    """A timeline with the few methods of a queryset that the paginator calls."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def order_by(self, *ordering: str) -> "_Readable":
        return _Readable(self._timeline.turned(descending=ordering[0].startswith("-")))

    def filter(self, **position: str) -> "_Readable":
        (text,) = position.values()
        return _Readable(self._timeline.after(_position(text)))

    def __getitem__(self, span: slice) -> Sequence[Any]:
        return self._timeline.first(span.stop)[span.start :]


def _position(text: str) -> Position:
    try:
        at, pk, kind = json.loads(text)
        moment = datetime.fromisoformat(at)
        return Position(moment.astimezone(UTC), UUID(pk), kind + "")  # no text: a TypeError
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise NotFound(pagination.CursorPagination.invalid_cursor_message) from error
