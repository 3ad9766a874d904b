"""What other apps tell of patients, as columns and filters of the list."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from patients.models import Patient
from patients.registry import PatientFact


def column_of(fact: PatientFact) -> Any:
    labels = dict(fact.choices)

    @admin.display(description=fact.label)
    def column(patient: Patient) -> str:
        return labels.get(getattr(patient, fact.name), "–")

    column.__name__ = fact.name
    return column


def filter_of(fact: PatientFact) -> type[admin.SimpleListFilter]:
    class FactFilter(admin.SimpleListFilter):
        title = fact.label
        parameter_name = fact.name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return list(fact.choices)

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
            if self.value() is None:
                return None
            return queryset.filter(**{fact.name: self.value()})

    return FactFilter
