"""Small pictures of documents, made by this system and made again whenever they are missing."""

from django.db import models

from accounts.models import Entity


class PreviewState(models.TextChoices):
    """A picture's life. The row is there before its bytes and stays until they are gone.

    making → made → removing → (no row); a maker that was overtaken or died: making → abandoned →
    (no row, but only when its last write must have ended). `failed` has no bytes at all.
    """

    MAKING = "making", "Being made"
    MADE = "made", "Made"
    FAILED = "failed", "Failed"
    REMOVING = "removing", "Being removed"
    ABANDONED = "abandoned", "Abandoned"


SHOWN = (PreviewState.MADE, PreviewState.FAILED)


class Preview(Entity):
    """One size of one page of a document. Derived: not in backups, and without a history.

    `edge` in pixels: the longer side that was asked for. `pages` is how many pages (or frames) of
    the document can be asked for. `version` is that of the renderer.
    """

    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, related_name="previews"
    )
    page = models.PositiveSmallIntegerField(default=1)
    edge = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=PreviewState.choices)
    reason = models.CharField(max_length=20, blank=True, help_text="why there is no picture")
    attempts = models.PositiveSmallIntegerField(default=1, help_text="of one that has failed")
    version = models.PositiveSmallIntegerField()
    pages = models.PositiveSmallIntegerField(default=1)
    s3_key = models.CharField(max_length=500, unique=True, null=True)  # noqa: DJ001  none if failed
    mime = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="bytes")
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("document", "page", "edge")
        constraints = (
            models.UniqueConstraint(
                fields=("document", "page", "edge"),
                condition=models.Q(state="made") | models.Q(state="failed"),
                name="preview_one_is_shown",
            ),
            models.CheckConstraint(
                condition=models.Q(state="failed", s3_key__isnull=True)
                | (~models.Q(state="failed") & models.Q(s3_key__isnull=False)),
                name="preview_failed_has_no_bytes",
            ),
        )
        indexes = (models.Index(fields=("state", "updated_at"), name="preview_state"),)

    def __str__(self) -> str:
        return f"{self.edge} px of page {self.page}"
