"""ZIPs that a job makes, in the admin: everybody sees their own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.models import Membership
from documents.api.stored_archives import address_of
from documents.errors import ArchiveTooLargeError
from documents.models import ArchiveFile, ArchiveState
from documents.policies import archives_visible_to
from documents.services.archives import require_makeable
from documents.services.stored_archives import has_failed, order_archive


@admin.register(ArchiveFile)
class ArchiveFileAdmin(ClinicModelAdmin):
    list_display = ("made", "kind", "status", "number", "size", "expires_at", "fetch")
    list_filter = ("kind", "state")
    list_select_related = ("job",)
    search_fields = ("kind",)
    ordering = ("-id",)
    fields = (("kind", "status"), ("number", "is_complete"), ("size", "expires_at"), "fetch")

    def visible_to(self, membership: Membership) -> QuerySet[ArchiveFile]:
        return archives_visible_to(membership).select_related("job")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["kind", "status", "number", "is_complete", "size", "expires_at", "fetch"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="asked for", ordering="created_at")
    def made(self, archive: ArchiveFile) -> str:
        return str(archive)

    @admin.display(description="state", ordering="state")
    def status(self, archive: ArchiveFile) -> str:
        return "Failed" if has_failed(archive) else str(ArchiveState(archive.state).label)

    @admin.display(description="documents")
    def number(self, archive: ArchiveFile) -> int:
        return len(archive.document_ids)

    @admin.display(description="size", ordering="file_size")
    def size(self, archive: ArchiveFile) -> str:
        return filesizeformat(archive.file_size) if archive.file_size is not None else "–"

    @admin.display(description="ZIP")
    def fetch(self, archive: ArchiveFile) -> SafeString | str:
        if archive.state != ArchiveState.READY:
            return "–"
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">Download</a>',
            address_of(archive),
        )


def archive_ordered(
    page: Any, request: HttpRequest, ids: Sequence[UUID], error: ArchiveTooLargeError
) -> HttpResponseRedirect:
    """Leave a large choice to a job, and lead to the page that says how far it is."""
    require_makeable(error.extra["files"], error.extra["size"])
    archive = order_archive(membership=membership_in(request), ids=ids)
    page.message_user(
        request,
        f"These are {error.extra['files']:,} documents. Their ZIP is being made; this page says"
        " when it is ready.",
    )
    return HttpResponseRedirect(reverse("admin:documents_archivefile_change", args=[archive.pk]))
