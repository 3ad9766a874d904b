"""The receipts of erased patients, to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin
from accounts.models import Membership
from documents.models import Erasure
from documents.policies import erasures_visible_to


@admin.register(Erasure)
class ErasureAdmin(ClinicModelAdmin):
    list_display = ("created_at", "patient_uuid", "state", "reason", "erased_at")
    list_filter = ("state",)
    search_fields = ("reason", "patient_uuid")
    ordering = ("-id",)
    fields = (
        ("patient_uuid", "state"),
        "reason",
        ("erased_by", "created_at", "erased_at"),
        "counts",
        "keys_sha256",
    )

    def visible_to(self, membership: Membership) -> QuerySet[Erasure]:
        return erasures_visible_to(membership)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for one in self.fields for name in ((one,) if isinstance(one, str) else one)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
