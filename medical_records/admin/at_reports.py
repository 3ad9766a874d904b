"""Assistive technology reports."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action

from accounts.clinic_admin import membership_in
from accounts.confirmation import confirmed
from accounts.models import Membership
from medical_records.admin.base import RecordAdmin
from medical_records.forms import ATReportForm, SendForm
from medical_records.models import ATReport, RecordStatus
from medical_records.policies import at_reports_visible_to
from medical_records.services.at_reports import (
    create_at_report,
    delete_at_report,
    seal_at_report,
    store_soon,
    update_at_report,
)
from medical_records.services.sharing import send_report


@admin.register(ATReport)
class ATReportAdmin(RecordAdmin):
    """Drafts are written here; finalising one makes its PDF, which stands under Documents."""

    form = ATReportForm
    list_display = ("patient", "assessed_on", "author", "status", "files")
    list_select_related = ("patient", "author__user")
    list_filter = ("status", "assessed_on")
    search_fields = ("findings", "goals", "patient__last_name", "patient__first_name")
    ordering = ("-assessed_on", "-id")
    readonly_fields = ("status", "finalized_at", "finalized_by")
    actions_detail = ("finalize", "send")
    fieldsets = (
        (None, {"fields": ("patient", ("assessed_on", "author"))}),
        ("Assessment", {"fields": ("findings", "goals", "items")}),
        ("State", {"fields": (("status", "finalized_at", "finalized_by"),)}),
    )

    def visible_to(self, membership: Membership) -> QuerySet[ATReport]:
        return at_reports_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> ATReport:
        return create_at_report(membership=membership, **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> ATReport:
        return update_at_report(membership=membership, report=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        delete_at_report(membership=membership, report=record)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        if obj is None or obj.status == RecordStatus.DRAFT:
            return own
        return (*own, "assessed_on", "author", "findings", "goals", "items_text")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets[:-1]
        if obj.status == RecordStatus.DRAFT:
            return self.fieldsets
        shown = ("Assessment", {"fields": ("findings", "goals", "items_text")})
        return (self.fieldsets[0], shown, self.fieldsets[2])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_draft = obj is None or obj.status == RecordStatus.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    @admin.display(description="recommended items")
    def items_text(self, report: ATReport) -> SafeString:
        rows = ((f"{row['quantity']} × {row['item']}",) for row in report.items)
        return format_html_join("", "<div>{}</div>", rows)

    def has_finalize_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, RecordStatus.DRAFT)

    def has_send_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, RecordStatus.FINALIZED)

    def _may(self, request: HttpRequest, object_id: Any, status: RecordStatus) -> bool:
        if not membership_in(request).may("records.change") or object_id is None:
            return False
        try:
            return self.get_queryset(request).filter(pk=object_id, status=status).exists()
        except (ValueError, ValidationError):
            return False

    @action(description="Finalise", permissions=["finalize"], icon="lock")
    def finalize(self, request: HttpRequest, object_id: str) -> HttpResponse:
        sealed: list[ATReport] = []
        with transaction.atomic():  # the report stays as it was read until it is sealed
            response = self._seal(request, object_id, sealed)
        for report in sealed:
            store_soon(report)
        return response

    def _seal(self, request: HttpRequest, object_id: str, sealed: list[ATReport]) -> HttpResponse:
        report = self.get_object(request, object_id)
        if report is None:
            raise PermissionDenied

        def do(_: dict[str, Any]) -> str:
            sealed.append(seal_at_report(membership=membership_in(request), report=report))
            return "The report is finalised; its PDF will be among the documents."

        return confirmed(
            self,
            request,
            report,
            title=f"Finalise: {report}",
            text="A finalised report is never changed. Its PDF is made and kept.",
            button="Finalise",
            do=do,
        )

    @action(description="E-mail a link", permissions=["send"], icon="mail")
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self.get_object(request, object_id)
        if report is None:
            raise PermissionDenied

        def do(_: dict[str, Any]) -> str:
            sent = send_report(
                membership=membership_in(request),
                report=report,
                address=request.build_absolute_uri("/shared-report"),
            )
            return f"A link that works for 24 hours is on its way to {sent.sent_to}."

        return confirmed(
            self,
            request,
            report,
            title=f"E-mail: {report}",
            text="The patient, or a guardian, gets a link to the PDF that works for 24 hours.",
            button="Send",
            do=do,
            form_class=SendForm,
        )
