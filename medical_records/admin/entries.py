"""Lab results, visits, procedures and insurances."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import Membership
from medical_records.admin.base import RecordAdmin
from medical_records.models import Insurance, LabResult, PatientEntry, Procedure, Visit
from medical_records.policies import entries_visible_to
from medical_records.services.entries import add_entry, change_entry, remove_entry


class EntryAdmin(RecordAdmin):
    def visible_to(self, membership: Membership) -> QuerySet[Any]:
        return entries_visible_to(membership, self.model)

    def make(self, membership: Membership, fields: dict[str, Any]) -> PatientEntry:
        return add_entry(membership=membership, entry=self.model(), **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> PatientEntry:
        return change_entry(membership=membership, entry=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        remove_entry(membership=membership, entry=record)


@admin.register(LabResult)
class LabResultAdmin(EntryAdmin):
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
    search_fields = ("test_name", "test_code", "patient__last_name", "patient__first_name")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("patient", ("test_name", "test_code"), "status")}),
        ("Result", {"fields": (("value", "unit"), ("reference_range", "flag"))}),
        ("Dates", {"fields": (("ordered_on", "collected_on"), "resulted_on")}),
        (None, {"fields": ("notes",)}),
    )


@admin.register(Visit)
class VisitAdmin(EntryAdmin):
    list_display = ("patient", "started_at", "visit_type", "status", "clinician", "files")
    list_select_related = ("patient", "clinician__user")
    list_filter = ("status", "visit_type", "started_at")
    search_fields = ("reason", "location", "patient__last_name", "patient__first_name")
    ordering = ("-started_at", "-id")
    fieldsets = (
        (None, {"fields": ("patient", ("visit_type", "status"), "clinician")}),
        ("When and where", {"fields": ("started_at", "ended_at", "location")}),
        (None, {"fields": ("reason",)}),
    )


@admin.register(Procedure)
class ProcedureAdmin(EntryAdmin):
    list_display = ("name", "patient", "performed_at", "performer", "outcome", "files")
    list_select_related = ("patient", "performer__user")
    list_filter = ("outcome", "performed_at")
    search_fields = ("name", "code", "patient__last_name", "patient__first_name")
    autocomplete_fields = ("patient", "visit")
    ordering = ("-performed_at", "-id")
    fieldsets = (
        (None, {"fields": ("patient", ("name", "code"), "visit")}),
        (None, {"fields": ("performed_at", ("performer", "outcome"))}),
        (None, {"fields": ("notes",)}),
    )


@admin.register(Insurance)
class InsuranceAdmin(EntryAdmin):
    list_display = ("company", "plan", "patient", "rank", "valid_from", "valid_to", "files")
    list_filter = ("rank", "valid_to")
    search_fields = ("company", "plan", "patient__last_name", "patient__first_name")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("patient", ("company", "plan"), ("member_id", "group_number"))}),
        (None, {"fields": (("holder", "rank"), ("valid_from", "valid_to"))}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The number is a line, though its encrypted form is kept as long text."""
        if db_field.name == "member_id":
            kwargs["widget"] = UnfoldAdminTextInputWidget()
        return super().formfield_for_dbfield(db_field, request, **kwargs)
