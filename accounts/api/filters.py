"""Filters of lists that more than one app uses."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
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


class YesNoField(forms.Field):
    """`true` or `false`; the framework's own takes everything else for neither."""

    values = {"": None, "true": True, "1": True, "false": False, "0": False}

    def to_python(self, value: Any) -> bool | None:
        try:
            return self.values[(value or "").lower()]
        except KeyError:
            raise ValidationError("Send true or false.", code="invalid") from None


class YesNoFilter(django_filters.BooleanFilter):
    field_class = YesNoField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=forms.TextInput, **kwargs)


def since(field: str, **options: Any) -> SinceFilter:
    return SinceFilter(field, help_text="this day or later, by the clinic's clock", **options)


def until(field: str, **options: Any) -> UntilFilter:
    return UntilFilter(field, help_text="this day or earlier, by the clinic's clock", **options)
