"""Filters of lists that more than one app uses."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet

from accounts.clock import day_begins


class SinceFilter(django_filters.DateFilter):
    """Moments on a day or later, by the clinic's clock."""

    def filter(self, qs: QuerySet, value: date | None) -> QuerySet:
        if value is None:
            return qs
        return qs.filter(**{f"{self.field_name}__gte": day_begins(value)})


class UntilFilter(django_filters.DateFilter):
    """Moments on a day or earlier, by the clinic's clock."""

    def filter(self, qs: QuerySet, value: date | None) -> QuerySet:
        if value is None:
            return qs
        if value == date.max:
            return qs
        return qs.filter(**{f"{self.field_name}__lt": day_begins(value + timedelta(days=1))})


def since(field: str, **options: Any) -> SinceFilter:
    return SinceFilter(field, help_text="this day or later, by the clinic's clock", **options)


def until(field: str, **options: Any) -> UntilFilter:
    return UntilFilter(field, help_text="this day or earlier, by the clinic's clock", **options)
