"""Templates, numbers that want no messages, and the messages that go out."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.errors import ProblemError
from accounts.models import Membership
from documents.inlines import DocumentsAdminMixin
from sms_integration.models import Message, Suppression, Template
from sms_integration.policies import (
    messages_visible_to,
    suppressions_visible_to,
    templates_visible_to,
)
from sms_integration.services.settling import cancel_message, retry_message, settle_message
from sms_integration.services.suppressing import lift_by_staff, write_down_suppression
from sms_integration.services.templates import save_template


@admin.register(Template)
class TemplateAdmin(ClinicModelAdmin):
    list_display = ("name", "is_active", "updated_at")
    list_filter = ("is_active",)
    search_fields = ("name", "body")
    ordering = ("name", "id")
    fields = ("name", "body", "is_active")

    def visible_to(self, membership: Membership) -> QuerySet[Template]:
        return templates_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Template:
        return save_template(membership=membership, **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Template:
        whole = {name: getattr(record, name) for name in ("name", "body", "is_active")}
        return save_template(membership=membership, template=record, **{**whole, **fields})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Suppression)
class SuppressionAdmin(ClinicModelAdmin):
    """Who wants no messages. Written down here; taken off when they have said so."""

    list_display = ("phone", "reason", "created_at", "lifted_at")
    list_filter = ("reason", "lifted_at")
    search_fields = ("phone",)
    ordering = ("-id",)
    fields = ("phone", "note", "reason", "lifted_at", "created_by")
    readonly_fields = ("reason", "lifted_at", "created_by")
    actions = ("lift_selected",)

    def visible_to(self, membership: Membership) -> QuerySet[Suppression]:
        return suppressions_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Suppression:
        return write_down_suppression(
            membership=membership, phone=str(fields["phone"]), note=fields.get("note", "")
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="They want messages again")
    def lift_selected(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        _each(
            self,
            request,
            queryset,
            lambda row: lift_by_staff(membership=membership_in(request), suppression=row),
            "taken off the list",
        )


@admin.register(Message)
class MessageAdmin(DocumentsAdminMixin, ClinicModelAdmin):
    """How far each message has come, for reading; what did not go its way is settled here."""

    list_display = ("occurred_at", "patient", "direction", "status", "error", "files")
    list_filter = ("status", "direction", "provider")
    search_fields = ("search_text",)
    search_help_text = "any part of the text"
    ordering = ("-occurred_at", "-id")
    fields = (
        ("patient", "direction", "status"),
        "body",
        ("sender", "recipient"),
        ("occurred_at", "scheduled_at", "sent_at", "delivered_at", "read_at"),
        ("gateway", "provider_message_id", "segments"),
        ("cost", "currency"),
        ("error_code", "error"),
        ("template", "sent_by"),
    )
    readonly_fields = tuple(
        name for group in fields for name in ((group,) if isinstance(group, str) else group)
    )
    actions = ("cancel_selected", "retry_selected", "was_sent_selected", "send_again_selected")

    def visible_to(self, membership: Membership) -> QuerySet[Message]:
        return messages_visible_to(membership).select_related("patient", "gateway", "template")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        return queryset.search(search_term), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Cancel")
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._settle(request, queryset, cancel_message, "cancelled")

    @admin.action(description="Try again what was not sent or not delivered")
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._settle(request, queryset, retry_message, "wait to be sent")

    @admin.action(description="Unclear: it was sent")
    def was_sent_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._settle(request, queryset, settle_message, "settled", was_sent=True)

    @admin.action(description="Unclear: it was not sent; send it again")
    def send_again_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._settle(request, queryset, settle_message, "wait to be sent", was_sent=False)

    def _settle(
        self, request: HttpRequest, rows: Any, service: Any, done: str, **options: Any
    ) -> None:
        membership = membership_in(request)
        _each(
            self,
            request,
            rows,
            lambda row: service(membership=membership, message=row, **options),
            done,
        )


def _each(page: Any, request: HttpRequest, rows: Any, do: Any, done: str) -> None:
    """Do something with each row; say how many, and of the others why not."""
    number, reasons = 0, dict[str, int]()
    for row in rows:
        try:
            do(row)
            number += 1
        except ProblemError as error:
            reasons[error.detail] = reasons.get(error.detail, 0) + 1
    page.message_user(request, f"{number} {done}.", messages.SUCCESS)
    for reason, times in reasons.items():
        page.message_user(request, f"{times} not: {reason}", messages.ERROR)
