"""What is kept of a document whose bytes a client sends straight to the store."""

from django.db import models

from accounts.models import Entity


class DirectUpload(Entity):
    """A direct upload: what was announced of it, where it stands, and how it ended.

    The document is `pending` until its bytes were called complete, `verifying` while a worker
    reads a large one; `uploaded_by` says who began it. The key that the client writes to is
    `keys.staging_key(document)`; the document's own key is never written to by a client.
    """

    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="direct_upload"
    )
    sha256 = models.CharField(max_length=64, blank=True, help_text="as announced; may be empty")
    part_size = models.PositiveBigIntegerField(null=True, help_text="bytes; null: in one piece")
    multipart_id = models.CharField(max_length=1024, blank=True, help_text="the store's")
    expires_at = models.DateTimeField(help_text="then the sweep gives it up")
    links_until = models.DateTimeField(help_text="when the last link given out is dead")
    refusal = models.CharField(max_length=50, blank=True, help_text="code of why it was refused")
    refusal_detail = models.CharField(max_length=500, blank=True)
    cleared_at = models.DateTimeField(
        null=True, help_text="when nothing could be sent any more and the last of it was removed"
    )

    class Meta:
        indexes = (
            models.Index(
                fields=("links_until",),
                condition=models.Q(cleared_at=None),
                name="direct_upload_uncleared",
            ),
        )

    def __str__(self) -> str:
        return str(self.document_id)

    @property
    def part_sizes(self) -> dict[int, int]:
        """Return the bytes of each part by its number, from 1; empty where it has no parts."""
        if self.part_size is None:
            return {}
        size, whole = self.document.file_size, self.part_size
        return {
            number: min(whole, size - start)
            for number, start in enumerate(range(0, size, whole), start=1)
        }
