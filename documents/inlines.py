"""The documents' section on any record's admin page, and their number in its list."""

import logging
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import GenericTabularInline

from accounts.clinic_admin import membership_in
from accounts.errors import ProblemError
from documents.forms import DocumentForm, DocumentFormSet
from documents.island import island_of
from documents.models import Document, DocumentState
from documents.policies import documents_visible_to
from documents.registry import policy_for_model
from documents.services.metadata import describe_document
from documents.services.previews import is_previewed
from documents.services.trash import trash_document
from documents.services.upload import NewDocument, upload_document

# One file that fails, whatever the reason, must not take the others of the form with it.
FAILURES = (ProblemError, ValidationError, DatabaseError, OSError)
NO_PICTURE = format_html(
    '<span class="material-symbols-outlined text-base-400" aria-hidden="true">{}</span>', "draft"
)
log = logging.getLogger(__name__)


def thumbnail_of(document: Document) -> SafeString | str:
    """Return the picture of a document, loaded when it comes into sight; a sheet for the others."""
    if document._state.adding:
        return "–"
    if document.state != DocumentState.AVAILABLE or not is_previewed(document):
        return NO_PICTURE
    return format_html(
        '<img src="{}" alt="" width="56" loading="lazy"'
        ' class="rounded-default" style="min-width:3.5rem">',
        reverse("admin:documents_document_thumbnail", args=[document.pk]),
    )


class DocumentInline(GenericTabularInline):
    """Describes, adds (several files in one go) and trashes documents through the services."""

    model = Document
    form = DocumentForm
    formset = DocumentFormSet
    ct_field, ct_fk_field = "content_type", "object_id"
    extra = 1
    tab = True
    verbose_name_plural = "documents"
    fields = ("thumbnail", "files", "category", "description", "document_date", "facts")
    readonly_fields = ("thumbnail", "facts")
    hide_title = True
    template_before = "documents/island.html"  # the app's manager, before what works without it

    thumbnail = admin.display(description="")(lambda _self, obj: thumbnail_of(obj))

    @admin.display(description="size and type")
    def facts(self, document: Document) -> str:
        if document._state.adding:
            return ""
        return f"{filesizeformat(document.file_size)}, {document.file_type}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return documents_visible_to(membership_in(request)).available().order_by("-id")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        policy = policy_for_model(self.parent_model)
        kwargs["form"] = type("RecordDocumentForm", (self.form,), {"policy": policy})
        formset = super().get_formset(request, obj, **kwargs)
        formset.policy = policy
        formset.island = island_of(policy, obj, membership_in(request))
        return formset

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return membership_in(request).may("documents.add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return membership_in(request).may("documents.change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return membership_in(request).may("documents.delete")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return membership_in(request).may("documents.view")


class DocumentsAdminMixin:
    """Mix in before `ClinicModelAdmin` for a model with a document policy."""

    inlines: Any = (DocumentInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        policy = policy_for_model(self.model)  # type: ignore[attr-defined]
        counted = (
            Document.objects.available()
            .filter(content_type_id=policy.content_type_id, object_id=OuterRef("pk"))
            .order_by()
            .values("object_id")
            .annotate(number=Count("pk"))
            .values("number")
        )
        found: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return found.annotate(
            number_of_files=Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
        )

    @admin.display(description="files", ordering="number_of_files")
    def files(self, record: Any) -> int:
        return int(record.number_of_files)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Carry the rows out once the page's transaction is committed: bytes are no part of it."""
        if formset.model is not Document:
            super().save_formset(request, form, formset, change)  # type: ignore[misc]
            return
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for row in formset.forms:
            if not row.has_changed() and not formset._should_delete_form(row):
                continue
            transaction.on_commit(
                partial(_carry_out, request, form.instance, row, formset._should_delete_form(row))
            )


def _carry_out(request: HttpRequest, owner: Model, row: DocumentForm, deleted: bool) -> None:
    membership = membership_in(request)
    data = row.cleaned_data
    try:
        if not row.instance._state.adding:
            if deleted:
                trash_document(membership=membership, document=row.instance)
            else:
                changes = {name: data[name] for name in row.changed_data if name in data}
                describe_document(membership=membership, document=row.instance, **changes)
            return
    except FAILURES as error:
        messages.error(request, f"{row.instance}: {_reason(error)}")
        return
    for sent in data.get("files") or []:
        try:
            document = upload_document(
                membership=membership,
                policy=row.policy,
                owner=owner,
                new=NewDocument(
                    content=sent,
                    filename=sent.name,
                    size=sent.size,
                    declared_type=sent.content_type or "",
                    description=data.get("description") or "",
                    category=data.get("category") or "",
                    document_date=data.get("document_date"),
                ),
            )
        except FAILURES as error:
            messages.error(request, f"{sent.name}: {_reason(error)}")
        else:
            if document.state == DocumentState.QUARANTINED:
                text = f"{sent.name}: It is in the quarantine ({document.state_reason})."
                messages.warning(request, text)


def _reason(error: Exception) -> str:
    if isinstance(error, ProblemError):
        return error.detail
    log.error("A document could not be kept: %s", type(error).__name__)
    return "It could not be kept; the other files were. Try this one again."
