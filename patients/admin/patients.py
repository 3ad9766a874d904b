from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from unfold.decorators import action

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.errors import ProblemError
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import STAFF
from documents.inlines import DocumentsAdminMixin
from patients.admin.actions import actions_for
from patients.admin.csv_import import import_page
from patients.admin.facts import column_of, filter_of
from patients.models import Patient
from patients.policies import patients_visible_to
from patients.registry import patient_facts, with_facts
from patients.services.patients import (
    archive_patient,
    create_patient,
    delete_patient,
    restore_patient,
    update_patient,
)

MOST_FOUND = 3_000  # rows that a search counts; nobody leafs through more


class FoundPaginator(Paginator):
    """Pages of what a search found; it stops counting where nobody leafs any more."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST_FOUND].count()  # type: ignore[attr-defined]


@admin.register(Patient)
class PatientAdmin(DocumentsAdminMixin, ClinicModelAdmin):
    list_display: Any = (
        "full_name",
        "date_of_birth",
        "email",
        "phone",
        "external_id",
        "clinician",
        "status",
        "files",
    )
    list_filter = ("status", "sex", "research_consent")
    list_select_related = ("clinician__user",)
    search_fields = ("search_text",)  # for the box to appear; see get_search_results
    search_help_text = "any part of a name, e-mail, phone or external id"
    ordering = ("last_name", "first_name", "id")
    actions: Any = ("archive_selected", "restore_selected")
    actions_list: Any = ("import_csv",)
    actions_detail: Any = ()
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("first_name", "last_name"),
                    ("date_of_birth", "sex"),
                    ("status", "clinician"),
                )
            },
        ),
        ("Contact", {"fields": (("email", "phone"), "address")}),
        ("Other", {"fields": (("external_id", "filemaker_id"), "notes")}),
        ("Research", {"fields": (("research_consent", "research_consent_on"),)}),
    )
    readonly_fields = ("filemaker_id",)

    @admin.display(description="name", ordering="last_name")
    def full_name(self, patient: Patient) -> str:
        return f"{patient.last_name}, {patient.first_name}"

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        *own, files = super().get_list_display(request)
        return (*own, *map(column_of, patient_facts()), files)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (*super().get_list_filter(request), *map(filter_of, patient_facts()))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        return with_facts(super().get_queryset(request))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) | actions_for(membership_in(request))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Patient], bool]:
        return queryset.search(search_term), False

    def get_paginator(self, request: Any, queryset: Any, *args: Any, **options: Any) -> Any:
        pages = FoundPaginator if request.GET.get("q") else self.paginator
        return pages(queryset, *args, **options)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "clinician":
            kwargs["queryset"] = memberships_of(current_account().pk).filter(role__in=STAFF)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Keep a clinician who has left in the choices: no choice would mean "nobody"."""
        form = super().get_form(request, obj, **kwargs)
        field = form.base_fields.get("clinician")
        if field is not None and obj is not None and obj.clinician_id is not None:
            field.queryset = field.queryset | Membership.objects.select_related("user").filter(
                pk=obj.clinician_id
            )
        return form

    def visible_to(self, membership: Membership) -> QuerySet[Patient]:
        return patients_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Patient:
        return create_patient(membership=membership, **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Patient:
        return update_patient(membership=membership, patient=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        delete_patient(membership=membership, patient=record)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return membership_in(request).may("patients.add")

    @action(
        description="Import CSV", url_path="import-csv", permissions=["import"], icon="upload_file"
    )
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        return import_page(self, request)

    @admin.action(description="Archive", permissions=["change"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[Patient]) -> None:
        self._each(request, queryset, archive_patient, "archived")

    @admin.action(description="Restore from the archive", permissions=["change"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Patient]) -> None:
        self._each(request, queryset, restore_patient, "restored")

    def _each(self, request: HttpRequest, patients: Any, service: Any, done: str) -> None:
        number = 0
        for patient in patients:
            try:
                service(membership=membership_in(request), patient=patient)
                number += 1
            except ProblemError as error:
                self.message_user(request, f"{patient}: {error.detail}", messages.ERROR)
        self.message_user(request, f"{number} {done}.")
