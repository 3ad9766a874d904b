from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.errors import NotFoundError, ProblemError
from accounts.models import Membership
from documents.admin.archives import archive_ordered
from documents.admin.filters import PatientFilter, RecordFilter, TypeFilter
from documents.admin.keeping import KeepingAdminMixin
from documents.admin.starting import start_for_chosen
from documents.admin.storage import StorageAdminMixin
from documents.api.archives import zip_response
from documents.api.previews import preview_response
from documents.errors import ArchiveTooLargeError, DocumentStateError
from documents.forms import link_to_file
from documents.inlines import thumbnail_of
from documents.models import Document, DocumentState
from documents.policies import documents_visible_to, get_document_for
from documents.registry import policy_for_content_type
from documents.rendering.limits import EDGES
from documents.retention import FOR_EVER, kept_until, purged_on
from documents.services.archives import MAX_IDS, archive_of_documents
from documents.services.metadata import describe_document
from documents.services.showing_previews import show_preview
from documents.services.starting_review import purge_reviewed
from documents.services.starting_verification import start_verification
from documents.services.trash import restore_documents, trash_documents

SHOWN_STATES = (DocumentState.AVAILABLE, DocumentState.TRASHED)  # else: quarantine.py


@admin.register(Document)
class DocumentAdmin(StorageAdminMixin, KeepingAdminMixin, ClinicModelAdmin):
    """All documents of the clinic; files are added on the page of the record they belong to."""

    list_display = (
        "thumbnail",
        "original_filename",
        "kind",
        "category",
        "size",
        "state",
        "uploaded_at",
        "purged_on",
    )
    list_display_links = ("original_filename",)
    list_filter = (
        *("state", "retention", "legal_hold", "category", "uploaded_at", "document_date"),
        ("patient", PatientFilter),
    )
    search_fields = ("original_filename", "description")
    ordering = ("-id",)
    fields = (
        ("link", "thumbnail"),
        ("record", "category"),
        "description",
        "document_date",
        ("file_type", "size"),
        "sha256",
        "s3_key",
        ("state", "purged_on"),
        ("retention", "kept_until"),
        ("legal_hold", "hold_reason"),
        ("held_by", "held_at"),
        ("uploaded_by", "uploaded_at"),
    )
    actions = (
        *("download_selected", "trash_selected", "restore_selected", "verify_selected"),
        "purge_reviewed_selected",
    )

    def visible_to(self, membership: Membership) -> QuerySet[Document]:
        return documents_visible_to(membership).filter(state__in=SHOWN_STATES)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (RecordFilter, TypeFilter, *super().get_list_filter(request))

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        own = {RecordFilter.parameter_name, TypeFilter.parameter_name}
        return lookup in own or super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        editable = {"description", "document_date"}
        names = [
            n for group in self.fields for n in ((group,) if isinstance(group, str) else group)
        ]
        return [name for name in names if name not in editable]

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Document:
        return describe_document(membership=membership, document=record, **fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:pk>/thumbnail",
            self.admin_site.admin_view(self.thumbnail_view),
            name="documents_document_thumbnail",
        )
        return [own, *super().get_urls()]

    def thumbnail_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        membership = membership_in(request)
        try:
            edge = int(request.GET.get("size") or EDGES[0])
            if edge not in EDGES:
                raise Http404
            document = get_document_for(membership, pk)
            shown = show_preview(document, membership=membership, edge=edge)
        except (NotFoundError, ValueError) as error:
            raise Http404 from error
        except ProblemError as error:
            return HttpResponse(error.detail, status=error.status, content_type="text/plain")
        return preview_response(shown, known=request.headers.get("If-None-Match", ""))

    thumbnail = admin.display(description="")(lambda _self, obj: thumbnail_of(obj))
    link = admin.display(description="file")(lambda _self, obj: link_to_file(obj))

    @admin.display(description="record")
    def record(self, document: Document) -> SafeString | str:
        model = document.owner._meta if document.owner else None
        if model is None:
            return "–"
        address = reverse(
            f"admin:{model.app_label}_{model.model_name}_change", args=[document.object_id]
        )
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
            address,
            document.owner,
        )

    @admin.display(description="kind of record")
    def kind(self, document: Document) -> str:
        policy = policy_for_content_type(document.content_type_id)
        return policy.display_name if policy else "–"

    @admin.display(description="size", ordering="file_size")
    def size(self, document: Document) -> str:
        return filesizeformat(document.file_size)

    @admin.display(description="purged on")
    def purged_on(self, document: Document) -> str:
        if document.state != DocumentState.TRASHED:
            return "–"
        day = purged_on(document)
        return f"{day:%Y-%m-%d}" if day else "never, as it is kept"

    @admin.display(description="kept until")
    def kept_until(self, document: Document) -> str:
        day = kept_until(document)
        return "for ever" if day == FOR_EVER else f"{day:%Y-%m-%d}"

    def has_download_permission(self, request: HttpRequest) -> bool:
        return membership_in(request).may("documents.view")

    @action(description="Download as ZIP", permissions=["download"])
    def download_selected(
        self, request: HttpRequest, queryset: QuerySet[Document]
    ) -> HttpResponseBase:
        """Give out what was chosen; one that is not available, as in the trash, refuses it all.

        Too much for one answer is made by a job, and the page says where it will be.
        """
        if queryset.exclude(state=DocumentState.AVAILABLE).exists():
            raise DocumentStateError(
                "Only available documents go into a ZIP. Filter the list by state and choose again."
            )
        membership = membership_in(request)
        ids = list(queryset.order_by().values_list("pk", flat=True)[: MAX_IDS + 1])
        try:
            archive = archive_of_documents(membership=membership, ids=ids)
        except ArchiveTooLargeError as error:
            return archive_ordered(self, request, ids, error)
        return zip_response(archive, membership)

    @action(description="Put into the trash")
    def trash_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._all(request, queryset, trash_documents, "put into the trash")

    @action(description="Restore from the trash")
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._all(request, queryset, restore_documents, "restored")

    def has_verify_permission(self, request: HttpRequest) -> bool:
        return membership_in(request).may("jobs.change")

    @action(description="Verify now", permissions=["verify"])
    def verify_selected(
        self, request: HttpRequest, queryset: QuerySet[Document]
    ) -> HttpResponse | None:
        """Compare with the store in the background, and lead to the page that says how it goes."""
        return start_for_chosen(self, request, queryset, start_verification)

    def has_review_permission(self, request: HttpRequest) -> bool:
        return membership_in(request).may("documents.hold")

    @action(description="Purge after review (messages past two years)", permissions=["review"])
    def purge_reviewed_selected(
        self, request: HttpRequest, queryset: QuerySet[Document]
    ) -> HttpResponse | None:
        """Let chosen messages go for good, or none where one of them must stay."""
        return start_for_chosen(self, request, queryset, purge_reviewed)

    def _all(self, request: HttpRequest, queryset: Any, service: Any, done: str) -> None:
        documents = {document.pk: document for document in queryset}
        results = service(membership=membership_in(request), documents=[*documents.values()])
        for pk, result in results.items():
            if isinstance(result, ProblemError):
                self.message_user(request, f"{documents[pk]}: {result.detail}", messages.ERROR)
        number = sum(isinstance(result, Document) for result in results.values())
        self.message_user(request, f"{number} {done}.")
