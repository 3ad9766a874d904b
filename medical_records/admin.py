from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin
from accounts.models import Membership
from documents.inlines import DocumentsAdminMixin
from medical_records.models import LabResult
from medical_records.policies import lab_results_visible_to
from medical_records.services.lab_results import (
    create_lab_result,
    delete_lab_result,
    update_lab_result,
)


@admin.register(LabResult)
class LabResultAdmin(DocumentsAdminMixin, ClinicModelAdmin):
    list_display = (
        "test_name",
        "patient",
        "status",
        "value",
        "unit",
        "flag",
        "resulted_on",
        "files",
    )
    list_filter = ("status", "flag", "resulted_on")
    list_select_related = ("patient",)
    search_fields = ("test_name", "test_code", "patient__last_name", "patient__first_name")
    autocomplete_fields = ("patient",)
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("patient", ("test_name", "test_code"), "status")}),
        (
            "Result",
            {"fields": (("value", "unit"), ("reference_range", "flag"))},
        ),
        ("Dates", {"fields": (("ordered_on", "collected_on"), "resulted_on")}),
        (None, {"fields": ("notes",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("patient",) if obj else ()

    def visible_to(self, membership: Membership) -> QuerySet[LabResult]:
        return lab_results_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> LabResult:
        return create_lab_result(membership=membership, **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> LabResult:
        return update_lab_result(membership=membership, result=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        delete_lab_result(membership=membership, result=record)
