"""Files on their way in and out: what a gateway has for us, and where it fetches from us."""

from django.db import models
from django.db.models import Q

from accounts.fields import EncryptedTextField
from accounts.models import Entity
from sms_integration.models.messages import Message


class MediaState(models.TextChoices):
    WAITING = "waiting", "To be fetched"
    STORED = "stored", "Stored"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Could not be fetched"


class InboundMedia(Entity):
    """A file that came with a message, before it is a document of that message.

    Written with the message, so that none is forgotten; `fetch_media` fetches it. What was refused
    or could not be fetched stays here with its reason, for people.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="media")
    ordinal = models.PositiveSmallIntegerField(help_text="its place in the message, from 0")
    url = EncryptedTextField(editable=False)  # whoever has it may see the picture
    declared_type = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=MediaState.choices, default=MediaState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("message", "ordinal")
        verbose_name_plural = "inbound media"
        constraints = (
            models.UniqueConstraint(fields=("message", "ordinal"), name="inbound_media_unique"),
        )
        indexes = (
            models.Index(
                fields=("due_at",), condition=Q(state="waiting"), name="inbound_media_due"
            ),
        )

    def __str__(self) -> str:
        return f"File {self.ordinal + 1} of a message"


class MediaLink(Entity):
    """An address under which a gateway fetches a document that goes out with a message.

    Of the token only its SHA-256 is kept. It answers GET and HEAD until `expires_at`, as long as
    the document is available.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="media_links")
    document = models.ForeignKey("documents.Document", on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("expires_at",), name="media_link_expires"),)

    def __str__(self) -> str:
        return f"Link of {self.message_id}"
