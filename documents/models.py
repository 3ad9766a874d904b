"""Documents and the batches photographs come in."""

from collections.abc import Iterable

import pghistory
import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from accounts.fields import shared_key
from accounts.folding import folded, grams
from accounts.models import Entity
from accounts.search import search_rows
from documents.archive_models import ArchiveFile, ArchiveKind, ArchiveState
from documents.direct_uploads import DirectUpload
from documents.erasure_models import Erasure, ErasureObject, ErasureState
from documents.preview_models import Preview

__all__ = (
    "ArchiveFile",
    "ArchiveKind",
    "ArchiveState",
    "DirectUpload",
    "Document",
    "DocumentQuerySet",
    "DocumentState",
    "Encoding",
    "Erasure",
    "ErasureObject",
    "ErasureState",
    "ImageBatch",
    "Preview",
    "QuarantinedDocument",
    "Retention",
)


class DocumentState(models.TextChoices):
    """A document's life. Each arrow is one function in documents/services/.

    pending → verifying → available ⇄ trashed → purging → purged; on the way in it can end as
    rejected, or wait as quarantined. Only `available` is ever listed, counted or given out.
    """

    PENDING = "pending", "Pending"
    VERIFYING = "verifying", "Verifying"
    AVAILABLE = "available", "Available"
    TRASHED = "trashed", "In the trash"
    PURGING = "purging", "Being purged"
    PURGED = "purged", "Purged"
    QUARANTINED = "quarantined", "Quarantined"
    REJECTED = "rejected", "Rejected"


class Retention(models.TextChoices):
    CLINICAL = "clinical", "Clinical: 7 years, never deleted by the system"
    IMAGE = "image", "Image: 7 years, never deleted by the system"
    AT_REPORT = "at-report", "AT report: 7 years, never deleted by the system"
    MESSAGE = "message", "Message: 2 years"
    FILEMAKER = "filemaker", "FileMaker import: for ever"
    TEMP = "temp", "Temporary: 7 days"


class Encoding(models.TextChoices):
    NONE = "", "None"
    GZIP = "gzip", "gzip"


@pghistory.track()
class ImageBatch(Entity):
    """Photographs taken together, such as `2024-11-09_clinic_visit`."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="image_batches"
    )
    name = models.CharField(max_length=200)
    taken_on = models.DateField()
    appointment = models.CharField(max_length=200, blank=True)
    # Ids of documents: the pictures as people have put them; those that are not named come behind.
    picture_order = ArrayField(models.UUIDField(), default=list, blank=True, editable=False)
    cover = models.UUIDField(
        null=True, blank=True, editable=False, help_text="the document that stands for the batch"
    )

    class Meta:
        ordering = ("-taken_on", "-id")
        verbose_name = "image batch"
        verbose_name_plural = "image batches"

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["Document"]):
    def available(self) -> "DocumentQuerySet":
        return self.filter(state=DocumentState.AVAILABLE)

    def trashed(self) -> "DocumentQuerySet":
        return self.filter(state=DocumentState.TRASHED)

    def search(self, text: str, *, order: str = "id") -> "DocumentQuerySet":
        """Return those with each word of a text in file name or description (accounts/search.py).

        `order` is the column by which the list is going to be read.
        """
        return search_rows(self, text, order=order)  # type: ignore[return-value]

    def of(self, *, content_type_id: int, object_ids: Iterable[object]) -> "DocumentQuerySet":
        return self.filter(content_type_id=content_type_id, object_id__in=object_ids)


@pghistory.track(exclude=("search_text", "other_keys", "upload_key"))
class Document(Entity):
    """A file that belongs to a record. Its bytes lie in the object store under `s3_key`.

    `documents.services.upload.upload_document` makes it; trash_document, restore_document change
    its state. `sha256` is of the original bytes, whatever `encoding` they are stored in.
    """

    content_type = shared_key("contenttypes.ContentType", verbose_name="kind of record")
    object_id = models.UUIDField("record")
    owner = GenericForeignKey("content_type", "object_id")
    patient = models.ForeignKey(
        "patients.Patient",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="documents",
    )
    batch = models.ForeignKey(
        ImageBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )

    original_filename = models.CharField("file name", max_length=255)
    file_type = models.CharField(
        "type",
        max_length=100,
        help_text="MIME type found in the bytes",
        db_collation="C",  # so that its index finds beginnings, whatever the database's locale
    )
    file_size = models.PositiveBigIntegerField("size", help_text="bytes")
    sha256 = models.CharField(max_length=64)
    hash_algorithm = models.CharField(max_length=10, default="sha256", editable=False)
    s3_key = models.CharField(max_length=500, unique=True)
    s3_bucket = models.CharField(max_length=100, blank=True)
    # Where the same bytes lie besides, or come to lie, while they move (services/rehoming.py).
    other_keys = ArrayField(
        models.CharField(max_length=500), default=list, db_default=[], blank=True, editable=False
    )
    encoding = models.CharField(
        max_length=10, choices=Encoding.choices, blank=True, default=Encoding.NONE
    )

    category = models.CharField(max_length=50)
    description = models.CharField(max_length=500, blank=True)
    document_date = models.DateField(null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    # Kept by the database, so that bulk and raw SQL keep it too (accounts/folding.py).
    search_text = models.GeneratedField(
        expression=folded("original_filename", "description"),
        output_field=models.TextField(),
        db_persist=True,
    )

    state = models.CharField(
        max_length=20, choices=DocumentState.choices, default=DocumentState.PENDING
    )
    state_reason = models.CharField(max_length=200, blank=True)
    uploaded_by = shared_key("accounts.User", null=True, blank=True)
    uploaded_at = models.DateTimeField(null=True, blank=True)
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = shared_key("accounts.User", null=True, blank=True)
    purge_after = models.DateTimeField(null=True, blank=True)
    retention = models.CharField(max_length=20, choices=Retention.choices)
    retain_until = models.DateField(null=True, blank=True)
    legal_hold = models.BooleanField(default=False)
    hold_reason = models.CharField(max_length=300, blank=True)  # of the hold, or of its release
    held_by = shared_key("accounts.User", null=True, blank=True, db_index=False)
    held_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)  # on the way in, or in quarantine
    released_by = shared_key("accounts.User", null=True, blank=True, db_index=False)
    released_at = models.DateTimeField(null=True, blank=True)  # out of the quarantine
    release_reason = models.CharField(max_length=300, blank=True)
    accepted_finding = models.CharField(max_length=200, blank=True)  # it was released with this
    source = models.CharField(max_length=50, blank=True, help_text="where it was imported from")
    source_id = models.CharField(max_length=200, blank=True)

    # Whose request this was, so that it can be sent again (services/upload_once.py).
    upload_key = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("upload_key",),
                # Of an upload that came to nothing the key is free again.
                condition=~models.Q(upload_key="")
                & ~models.Q(state="rejected")
                & ~models.Q(state="purging")
                & ~models.Q(state="purged"),
                name="document_upload_key",
            ),
            models.UniqueConstraint(
                fields=("source", "source_id"),
                condition=~models.Q(source=""),
                name="document_source_unique",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="trashed")
                | models.Q(trashed_at__isnull=False, purge_after__isnull=False),
                name="document_trash_dated",
            ),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^([0-9a-f]{64})?$"), name="document_sha256_hex"
            ),
        )
        indexes = (
            models.Index(
                fields=("content_type", "object_id"),
                condition=models.Q(state="available"),
                name="document_owner_available",
            ),
            models.Index(fields=("content_type", "object_id"), name="document_owner"),
            models.Index(fields=("patient", "-id"), name="document_patient"),
            models.Index(fields=("state", "created_at"), name="document_state"),
            models.Index(
                fields=("updated_at",), condition=~models.Q(other_keys=[]), name="document_moving"
            ),
            # The orders and filters of the list of a whole clinic. A row comes into these once,
            # when it is shown.
            *(
                models.Index(
                    fields=fields, condition=models.Q(state="available"), name=f"document_{name}"
                )
                for name, fields in {
                    "by_name": ("original_filename", "id"),
                    "by_size": ("file_size", "id"),
                    "by_type": ("file_type", "id"),
                    "by_time": ("uploaded_at",),
                    "by_date": ("document_date",),
                }.items()
            ),
            GinIndex(
                grams("search_text"),
                condition=models.Q(state="available"),
                name="document_grams",
            ),
        )
        triggers = (
            pgtrigger.Protect(name="row_is_receipt", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="hold_beats_all",
                operation=pgtrigger.Update,
                # Not `state__in`: PostgreSQL writes a list down differently when it is made again.
                condition=pgtrigger.Q(new__legal_hold=True)
                & (
                    pgtrigger.Q(new__state="trashed")
                    | pgtrigger.Q(new__state="purging")
                    | pgtrigger.Q(new__state="purged")
                )
                & ~pgtrigger.Q(old__state=pgtrigger.F("new__state")),
            ),
            pgtrigger.Protect(
                name="kept_only_longer",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__retain_until__gt=pgtrigger.F("new__retain_until"))
                | pgtrigger.Q(old__retain_until__isnull=False, new__retain_until__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.original_filename

    @property
    def is_image(self) -> bool:
        return self.file_type.startswith("image/")


class QuarantinedDocument(Document):
    """A document as the page of the quarantine shows it; the same row."""

    class Meta:
        proxy = True
        verbose_name = "quarantined document"
