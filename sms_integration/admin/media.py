"""Files that came with messages and are not documents: on their way, refused, given up."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.errors import ProblemError
from accounts.models import Membership
from sms_integration.models import InboundMedia
from sms_integration.policies import inbound_media_visible_to
from sms_integration.services.fetching import fetch_again


@admin.register(InboundMedia)
class InboundMediaAdmin(ClinicModelAdmin):
    """For reading, and to have a file fetched again. What is stored stands with its message."""

    list_display = ("message_of", "state", "error", "declared_type", "attempts", "created_at")
    list_filter = ("state", "created_at")
    search_fields = ("error", "message__patient__last_name", "message__patient__first_name")
    ordering = ("-id",)
    fields = (
        ("message_of", "ordinal"),
        ("state", "error_code"),
        "error",
        "declared_type",
        ("attempts", "due_at"),
        ("created_at", "updated_at"),
    )
    actions = ("fetch_selected_again",)

    def visible_to(self, membership: Membership) -> QuerySet[InboundMedia]:
        return inbound_media_visible_to(membership).select_related("message__patient")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [n for group in self.fields for n in ((group,) if isinstance(group, str) else group)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="message of")
    def message_of(self, media: InboundMedia) -> str:
        return str(media.message.patient or "nobody yet")

    @admin.action(description="Fetch again")
    def fetch_selected_again(self, request: HttpRequest, queryset: QuerySet[InboundMedia]) -> None:
        membership, refused = membership_in(request), Counter[str]()
        chosen = list(queryset)
        for media in chosen:
            try:
                fetch_again(membership=membership, media=media)
            except ProblemError as error:
                refused[error.detail] += 1
        begun = len(chosen) - refused.total()
        self.message_user(request, f"{begun} will be fetched again.", messages.SUCCESS)
        for reason, number in refused.items():
            self.message_user(request, f"{number} not: {reason}", messages.WARNING)
