"""Pages of conversations, the last spoken to first."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework.request import Request

from accounts.api.pagination import CursorPagination

# As the indexes conversation_last and conversation_unmatched are sorted. None is null here, but
# the planner does not know it.
AS_INDEXED = {
    "-last_message_at": F("last_message_at").desc(nulls_last=True),
    "last_message_at": F("last_message_at").asc(nulls_first=True),
}


class ConversationPagination(CursorPagination):
    ordering = ("-last_message_at", "-id")

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        return super().paginate_queryset(_AsIndexed(queryset), request, view)


class MessagePagination(CursorPagination):
    ordering = ("-occurred_at", "-id")


class _AsIndexed:
    """A queryset of conversations whose order is named in the words of its index."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        self._queryset = queryset
        self.model = queryset.model

    def order_by(self, *ordering: str) -> "_AsIndexed":
        return _AsIndexed(
            self._queryset.order_by(*(AS_INDEXED.get(name, name) for name in ordering))
        )

    def filter(self, *conditions: Any) -> "_AsIndexed":
        return _AsIndexed(self._queryset.filter(*conditions))

    def __getitem__(self, span: slice) -> QuerySet[Any]:
        return self._queryset[span]
