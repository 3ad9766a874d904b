"""ZIPs that a job makes and the store keeps for a while."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.fields import shared_key
from accounts.models import Entity


class ArchiveKind(models.TextChoices):
    ZIP = "zip", "Documents"
    PATIENT_EXPORT = "patient_export", "Everything of a patient"


class ArchiveState(models.TextChoices):
    """making → ready → expired → removed; one that is never made expires as well.

    Only `ready` is given out. `expired` says that its bytes are being removed, `removed` that they
    are. The row stays: it says who asked for what.
    """

    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    EXPIRED = "expired", "Expired"
    REMOVED = "removed", "Removed"


class ArchiveFile(Entity):
    """A ZIP of documents that somebody asked for; `services.stored_archives` changes it.

    `s3_key` is where the latest attempt writes: it is noted before the first byte, so that no
    object of ours is ever nobody's, and is null before that.
    """

    kind = models.CharField(max_length=20, choices=ArchiveKind.choices, default=ArchiveKind.ZIP)
    state = models.CharField(
        max_length=20, choices=ArchiveState.choices, default=ArchiveState.MAKING
    )
    # Without one an operator asked for it, and the clinic's administrators may fetch it.
    requested_by = shared_key("accounts.User", null=True, blank=True)
    job = models.ForeignKey(
        "jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    patient_uuid = models.UUIDField("patient", null=True, blank=True)  # whose documents: all
    chosen = ArrayField(models.UUIDField(), default=list, blank=True)  # else the documents' ids
    # What is in it, once it is ready. Erasing a patient takes along whatever names the patient.
    document_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    patient_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    is_complete = models.BooleanField("complete", default=False)
    s3_key = models.CharField(max_length=500, null=True, blank=True, unique=True)
    file_size = models.PositiveBigIntegerField("size", null=True, blank=True)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField("expires", null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "ZIP"
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="ready")
                | Q(s3_key__isnull=False, expires_at__isnull=False, file_size__isnull=False),
                name="archive_ready_is_whole",
            ),
        )
        indexes = (
            models.Index(fields=("requested_by", "-id"), name="archive_requested_by"),
            models.Index(
                fields=("expires_at",),
                condition=~Q(state="removed"),
                name="archive_alive",
            ),
        )

    def __str__(self) -> str:
        return f"ZIP of {self.created_at:%Y-%m-%d %H:%M}"
