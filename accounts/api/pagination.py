import json
import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan, Lookup
from rest_framework import exceptions, pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

SIZE = re.compile(r"[0-9]{1,9}")


class CursorPagination(pagination.CursorPagination):
    """Pages that cost the same however deep, and stay right while rows are added.

    The last field of an ordering must be unique; the cursor holds the values of all its fields,
    where the framework's own holds the first and counts among equal ones.
    """

    page_size_query_param = "page_size"
    max_page_size = 200
    ordering: Any = "-id"  # ids are time-ordered; a tuple for several fields

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        page: list[Any] | None = super().paginate_queryset(
            _Keyset(queryset, ()),  # type: ignore[arg-type]
            request,
            view,
        )
        return page

    def get_page_size(self, request: Request) -> int:
        """Return how many rows are asked for; what is no such number is refused, not ignored."""
        text = request.query_params.get(self.page_size_query_param, "")
        if not text:
            return self.page_size or self.max_page_size
        size = int(text) if SIZE.fullmatch(text) else 0
        if not 1 <= size <= self.max_page_size:
            message = f"Send a whole number from 1 to {self.max_page_size}."
            raise exceptions.ValidationError({self.page_size_query_param: message})
        return size

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in found:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                }
        return found

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Say that the first and last page lack a neighbour, in OpenAPI 3.1's words."""
        found: dict[str, Any] = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            found["properties"][name].pop("nullable", None)
            found["properties"][name]["type"] = ["string", "null"]
        return found

    def _get_position_from_instance(self, instance: Any, ordering: Sequence[str]) -> str:
        paths = (name.lstrip("-").replace("__", ".") for name in ordering)
        return json.dumps([str(attrgetter(path)(instance)) for path in paths])


class SortedPagination(CursorPagination):
    """Pages in the order that `?sort=` names; a minus turns it round."""

    orderings: dict[str, tuple[str, ...]] = {}
    default_sort = ""
    sort_note = ""  # what else the description says of it

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        asked = request.query_params.get("sort", "") or self.default_sort
        found = self.orderings.get(asked.removeprefix("-"))
        if found is None:
            message = f"Sort by {', '.join(self.orderings)}; a minus in front turns it round."
            raise exceptions.ValidationError({"sort": message})
        return tuple(f"-{name}" for name in found) if asked.startswith("-") else found

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [f"{sign}{name}" for name in self.orderings for sign in ("", "-")]
        sort = {
            "name": "sort",
            "required": False,
            "in": "query",
            "description": f"- turns it round{self.sort_note}",
            "schema": {"type": "string", "enum": names, "default": self.default_sort},
        }
        return [*super().get_schema_operation_parameters(view), sort]


class _Row(Func):
    function = "ROW"
    output_field = BooleanField()  # never read: rows are only compared


class _Keyset:
    """A queryset that is filtered by a position in its own order."""

    def __init__(self, queryset: QuerySet[Any], ordering: tuple[str, ...]) -> None:
        self._queryset = queryset
        self._ordering = ordering

    def order_by(self, *ordering: str) -> "_Keyset":
        return _Keyset(self._queryset.order_by(*ordering), ordering)

    def filter(self, **position: str) -> "_Keyset":
        (text,) = position.values()
        return _Keyset(self._queryset.filter(self._after(self._values(text))), self._ordering)

    def __getitem__(self, span: slice) -> QuerySet[Any]:
        return self._queryset[span]

    def _values(self, text: str) -> list[Any]:
        fields = [self._field(order.lstrip("-").split("__")) for order in self._ordering]
        try:
            values = [_sayable(value) for value in json.loads(text)]
            return [field.to_python(value) for field, value in zip(fields, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, ValidationError) as error:
            raise NotFound(pagination.CursorPagination.invalid_cursor_message) from error

    def _field(self, path: list[str]) -> Any:
        """Return the column at the end of a path such as `patient__research_id`."""
        model: Any = self._queryset.model
        for name in path[:-1]:
            model = model._meta.get_field(name).related_model
        return model._meta.get_field(path[-1])

    def _after(self, values: list[Any]) -> "Lookup[bool]":
        """Compare whole rows, as an index does: `(name, id) > ('scan.pdf', '…')`.

        Each field on its own (later name, or the same name and later id) would have PostgreSQL
        read all that comes before. A value is not null, and all fields go the same way.
        """
        downwards = {order.startswith("-") for order in self._ordering}
        if len(downwards) > 1:
            raise ImproperlyConfigured(f"{self._ordering} goes both ways; a row is compared whole.")
        names = [order.lstrip("-") for order in self._ordering]
        here = _Row(*(F(name) for name in names))
        there = _Row(*(Value(value) for value in values))
        return (LessThan if downwards == {True} else GreaterThan)(here, there)


def _sayable(value: Any) -> str:
    """Return a value as we write it into cursors: a text that a column could hold."""
    if not isinstance(value, str) or "\0" in value:
        raise TypeError
    value.encode()  # half a character (a lone surrogate) is a ValueError
    return value
