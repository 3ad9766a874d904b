"""Image batches in the admin: their pictures in order, with captions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.models import Membership
from documents.inlines import NO_PICTURE, DocumentsAdminMixin
from documents.models import Document, ImageBatch
from documents.registry import policy_for_slug
from documents.services.batches import save_image_batch
from documents.services.pictures import BATCHES, pictures_of, with_covers
from documents.services.previews import is_previewed

PICTURE = (
    '<figure style="width:14rem"><a href="{}"><img src="{}?size=800" alt="{}" loading="lazy"'
    ' class="rounded-default" style="max-height:14rem;max-width:14rem"></a>'
    "<figcaption>{}. {}</figcaption></figure>"
)


@admin.register(ImageBatch)
class ImageBatchAdmin(DocumentsAdminMixin, ClinicModelAdmin):
    list_display = ("cover_picture", "name", "patient", "taken_on", "files")
    list_display_links = ("name",)
    list_select_related = ("patient",)
    list_filter = ("taken_on",)
    search_fields = ("name", "patient__last_name", "patient__first_name")
    autocomplete_fields = ("patient",)
    fields = ("patient", "name", "taken_on", "appointment")
    ordering = ("-taken_on", "-id")

    def visible_to(self, membership: Membership) -> QuerySet[ImageBatch]:
        policy = policy_for_slug(BATCHES)
        return policy.visible_to(membership) if policy else ImageBatch.objects.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_covers(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fields, "pictures") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        obj.shown_pictures = pictures_of(obj, membership=membership_in(request))
        return ("patient", "pictures")

    def make(self, membership: Membership, fields: dict[str, Any]) -> ImageBatch:
        return save_image_batch(membership=membership, batch=ImageBatch(), **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> ImageBatch:
        return save_image_batch(membership=membership, batch=record, **fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="")
    def cover_picture(self, batch: Any) -> SafeString:
        if batch.cover_id is None:
            return NO_PICTURE
        return format_html(
            '<img src="{}" alt="" width="56" loading="lazy" class="rounded-default"'
            ' style="min-width:3.5rem">',
            reverse("admin:documents_document_thumbnail", args=[batch.cover_id]),
        )

    @admin.display(description="pictures")
    def pictures(self, batch: Any) -> SafeString | str:
        """The pictures as people have put them; a caption is the document's description."""
        shown = enumerate(getattr(batch, "shown_pictures", ()), 1)
        found = format_html_join(
            "", PICTURE, (_parts(place, one) for place, one in shown if is_previewed(one))
        )
        if not found:
            return "–"
        return format_html('<div style="display:flex;flex-wrap:wrap;gap:1rem">{}</div>', found)


def _parts(place: int, document: Document) -> tuple[Any, ...]:
    caption = document.description or document.original_filename
    return (
        reverse("admin:documents_document_change", args=[document.pk]),
        reverse("admin:documents_document_thumbnail", args=[document.pk]),
        caption,
        place,
        caption,
    )
