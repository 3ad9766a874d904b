"""FileMaker's records in the clinic's admin: what waits, what failed, and whose the others are."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.errors import ProblemError
from accounts.models import Membership
from filemaker.models import Area, FileMakerRecord
from filemaker.policies import records_visible_to
from filemaker.services.records import OPEN, assign_patient
from filemaker.services.starting import import_open_records


@admin.register(FileMakerRecord)
class FileMakerRecordAdmin(ClinicModelAdmin):
    """The patient of a record that is not imported can be chosen; all else is FileMaker's."""

    list_display = ("source_id", "type", "date", "state", "code", "patient", "document")
    list_filter = ("state", "area")
    search_fields = ("source_id", "contact_id", "type")
    search_help_text = "any part of the record's id, its contact's id or its type"
    ordering = ("-id",)
    actions = ("import_open",)
    autocomplete_fields = ("patient",)
    fields = (
        ("source_id", "area"),
        ("type", "date"),
        ("contact_id", "record_id"),
        ("state", "code"),
        "patient",
        "assigned_by",
        "document",
    )

    def visible_to(self, membership: Membership) -> QuerySet[FileMakerRecord]:
        return records_visible_to(membership)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = [
            n for group in self.fields for n in ((group,) if isinstance(group, str) else group)
        ]
        choosable = obj is not None and obj.state in OPEN
        return [name for name in names if name != "patient" or not choosable]

    def change(
        self, membership: Membership, record: Any, fields: dict[str, Any]
    ) -> FileMakerRecord:
        return assign_patient(
            membership=membership, record=record, patient=fields.get("patient", record.patient)
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Import what is open, of the areas chosen", permissions=["change"])
    def import_open(self, request: HttpRequest, queryset: QuerySet[FileMakerRecord]) -> None:
        areas = {Area(area) for area in queryset.order_by().values_list("area", flat=True)}
        try:
            jobs = import_open_records(membership=membership_in(request), areas=areas)
        except ProblemError as error:
            named = f"{error.field}: " if error.field else ""
            self.message_user(request, f"{named}{error.detail}", messages.ERROR)
            return
        started = ", ".join(str(job) for job in jobs) or "nothing, as nothing is open"
        self.message_user(request, f"Started in the background: {started}.")
