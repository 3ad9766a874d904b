"""Filters of the list of documents. None of them asks the database for its choices."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from accounts.clinic_admin import membership_in
from documents.models import Document
from documents.policies import PATIENTS
from documents.registry import all_policies, policy_for_slug

OFFICE = "application/vnd.openxmlformats-officedocument"
# What people call a type → how its media types begin.
TYPES = {
    "pdf": ("PDF", ("application/pdf",)),
    "image": ("Image", ("image/",)),
    "dicom": ("DICOM", ("application/dicom",)),
    "text": ("Text", ("application/msword", f"{OFFICE}.wordprocessingml", "text/plain")),
    "table": ("Table", ("application/vnd.ms-excel", f"{OFFICE}.spreadsheetml", "text/csv")),
    "data": ("XML or JSON", ("application/json", "application/xml", "text/xml")),
}


class TypeFilter(admin.SimpleListFilter):
    title, parameter_name = "type", "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in TYPES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        if (value := self.value()) not in TYPES:
            return queryset if value is None else queryset.none()
        wanted = Q()
        for beginning in TYPES[str(value)][1]:
            wanted |= Q(file_type__startswith=beginning)
        return queryset.filter(wanted)


class RecordFilter(admin.SimpleListFilter):
    """By the kind of record, under its slug."""

    title, parameter_name = "kind of record", "slug"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(policy.slug, policy.display_name.capitalize()) for policy in all_policies()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        value = self.value()
        if value is None:
            return queryset
        policy = policy_for_slug(value)
        if policy is None:
            return queryset.none()
        return queryset.filter(content_type_id=policy.content_type_id)


class PatientForm(AutocompleteDropdownForm):
    """Shows the name of a chosen patient only to who sees the patient."""

    def __init__(self, request: HttpRequest, name: str, *args: Any, **options: Any) -> None:
        super().__init__(request, name, *args, **options)
        policy = policy_for_slug(PATIENTS)
        if policy is not None:
            self.fields[name].queryset = policy.visible_to(membership_in(request))


class PatientFilter(AutocompleteSelectFilter):
    """By a patient that is looked up by name, or by the id in the address."""

    form_class = PatientForm

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return []  # they are suggested while somebody types, not listed

    def has_output(self) -> bool:
        return True
