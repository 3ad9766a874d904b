"""Keeping documents, in the admin: holds, and a day to keep one until, each behind a question."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextareaWidget

from accounts.clinic_admin import membership_in
from accounts.confirmation import confirmed
from documents.models import Document
from documents.services.holds import (
    HOLDABLE,
    REASON,
    hold_document,
    keep_document,
    release_document,
)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=REASON, widget=UnfoldAdminTextareaWidget)


class UntilForm(forms.Form):
    until = forms.DateField(
        widget=UnfoldAdminDateWidget, help_text="The last day; it can only be moved later."
    )


class KeepingAdminMixin:
    """Mix in before `ClinicModelAdmin`, for documents."""

    actions_detail = ("hold", "release", "keep")

    def has_hold_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_keep(request, object_id, legal_hold=False)

    def has_release_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_keep(request, object_id, legal_hold=True)

    def has_keep_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_keep(request, object_id)

    def _may_keep(self, request: HttpRequest, object_id: Any, **wanted: bool) -> bool:
        if not membership_in(request).may("documents.hold") or object_id is None:
            return False
        found = self.get_queryset(request).filter(state__in=HOLDABLE)  # type: ignore[attr-defined]
        try:
            return bool(found.filter(pk=object_id, **wanted).exists())
        except (ValueError, ValidationError):
            return False

    @action(description="Hold", permissions=["hold"], icon="gavel")
    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            ReasonForm,
            hold_document,
            title="Legal hold",
            text="Until it is released nobody can delete this document, administrators included.",
            said="The document is under a legal hold.",
        )

    @action(description="Release", permissions=["release"], icon="lock_open")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            ReasonForm,
            release_document,
            title="Release",
            text="The legal hold ends; the history keeps who held it, and why.",
            said="The document is released.",
        )

    @action(description="Keep until", permissions=["keep"], icon="event_available")
    def keep(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            UntilForm,
            keep_document,
            title="Keep until",
            text="Its bytes are not removed before that day has passed.",
            said="The day is noted.",
        )

    def _asked(
        self,
        request: HttpRequest,
        object_id: str,
        form_class: type[forms.Form],
        service: Callable[..., Document],
        *,
        title: str,
        text: str,
        said: str,
    ) -> HttpResponse:
        document = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if document is None:
            raise PermissionDenied

        def do(data: dict[str, Any]) -> str:
            service(membership=membership_in(request), document=document, **data)
            return said

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
