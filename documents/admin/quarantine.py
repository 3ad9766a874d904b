"""The queue of what the scanner did not let in. The page has no way to the bytes."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.confirmation import confirmed
from accounts.models import Membership
from documents.admin.starting import start_for_chosen
from documents.models import Document, DocumentState, QuarantinedDocument
from documents.policies import documents_visible_to
from documents.reasons import REASON
from documents.registry import policy_for_content_type
from documents.services.quarantine import (
    ABILITY,
    delete_quarantined,
    release_quarantined,
    rescan_document,
)
from documents.services.starting_scan import start_scan


class ReleaseForm(forms.Form):
    reason = forms.CharField(max_length=REASON, widget=UnfoldAdminTextareaWidget)
    force = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        label="by force",
        help_text="Without another scan, whatever was found; what was found is noted with it.",
    )


@admin.register(QuarantinedDocument)
class QuarantineAdmin(ClinicModelAdmin):
    """Administrators scan again, release and delete; others do not see that this page exists."""

    list_display = ("original_filename", "state_reason", "kind", "size", "scanned_at", "created_at")
    list_filter = ("created_at", "file_type")
    search_fields = ("original_filename", "state_reason")
    ordering = ("-id",)
    fields = (
        ("original_filename", "state_reason"),
        ("record", "category"),
        "description",
        ("file_type", "size"),
        "sha256",
        ("scanned_at", "legal_hold"),
        ("retention", "retain_until"),
        ("uploaded_by", "uploaded_at"),
    )
    actions = ("rescan_selected",)
    actions_detail = ("rescan", "release", "remove_bytes")

    def visible_to(self, membership: Membership) -> QuerySet[QuarantinedDocument]:
        if not membership.may(ABILITY):
            return QuarantinedDocument.objects.none()
        seen = documents_visible_to(membership).filter(state=DocumentState.QUARANTINED)
        return QuarantinedDocument.objects.filter(pk__in=seen.order_by().values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [n for group in self.fields for n in ((group,) if isinstance(group, str) else group)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="record")
    def record(self, document: Document) -> str:
        return str(document.owner) if document.owner else "–"

    @admin.display(description="kind of record")
    def kind(self, document: Document) -> str:
        policy = policy_for_content_type(document.content_type_id)
        return policy.display_name if policy else "–"

    @admin.display(description="size", ordering="file_size")
    def size(self, document: Document) -> str:
        return filesizeformat(document.file_size)

    def has_quarantine_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return membership_in(request).may(ABILITY)

    @action(description="Scan again", permissions=["quarantine"])
    def rescan_selected(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedDocument]
    ) -> HttpResponse | None:
        """Scan in the background, and lead to the page that says how it goes."""
        return start_for_chosen(self, request, queryset, start_scan)

    @action(description="Scan again", permissions=["quarantine"], icon="search")
    def rescan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            rescan_document,
            title="Scan again",
            text="If nothing is found the document becomes available; else it stays here.",
            said=_after_scan,
        )

    @action(description="Release", permissions=["quarantine"], icon="lock_open")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            release_quarantined,
            title="Release",
            text="It is scanned again, and becomes available if nothing is found.",
            said=lambda _document: "The document is available.",
            form_class=ReleaseForm,
        )

    @action(description="Delete", permissions=["quarantine"], icon="delete_forever")
    def remove_bytes(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            delete_quarantined,
            title="Delete",
            text="Its bytes are removed for good; the row stays as the receipt.",
            said=lambda _document: "The document is deleted.",
        )

    def _asked(
        self,
        request: HttpRequest,
        object_id: str,
        service: Callable[..., Document],
        *,
        title: str,
        text: str,
        said: Callable[[Document], str],
        form_class: type[forms.Form] = forms.Form,
    ) -> HttpResponse:
        document = self.get_object(request, object_id)
        if document is None:
            raise PermissionDenied

        def do(data: dict[str, Any]) -> str:
            return said(service(membership=membership_in(request), document=document, **data))

        return confirmed(
            self,
            request,
            document,
            title=f"{title}: {document}",
            text=text,
            button=title,
            do=do,
            form_class=form_class,
        )


def _after_scan(document: Document) -> str:
    if document.state == DocumentState.AVAILABLE:
        return "Nothing was found; the document is available."
    return f"It stays in the quarantine: {document.state_reason}"
