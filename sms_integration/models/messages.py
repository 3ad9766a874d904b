"""Messages, inbound and outbound, and how far each has come."""

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import shared_key
from accounts.folding import folded, grams
from accounts.models import Entity
from accounts.search import search_rows
from sms_integration.models.conversations import Conversation
from sms_integration.models.gateways import Gateway, Provider
from sms_integration.models.templates import Template


class Direction(models.TextChoices):
    INBOUND = "inbound", "From the patient"
    OUTBOUND = "outbound", "To the patient"


class MessageStatus(models.TextChoices):
    """How far a message has come. It only goes forward (`statuses.py` has the order).

    Outbound: draft → scheduled → queued → sending → sent → delivered → read; it can end as
    undelivered, failed or canceled. `unclear` is one of which nobody knows whether it went out:
    the process died while it was handed over, and the company cannot be asked. Inbound: received.
    """

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    READ = "read", "Read"
    UNDELIVERED = "undelivered", "Not delivered"
    FAILED = "failed", "Not sent"
    UNCLEAR = "unclear", "Nobody knows whether it was sent"
    CANCELED = "canceled", "Cancelled"
    RECEIVED = "received", "Received"


class MessageQuerySet(models.QuerySet["Message"]):
    def search(self, text: str) -> "MessageQuerySet":
        """Return those with each word of the text in them, whatever its case and accents."""
        return search_rows(self, text, order="id")  # type: ignore[return-value]


@pghistory.track(exclude=["search_text"])
class Message(Entity):
    """One message. Pictures and other files that came or go with it are its documents.

    Outbound: `send_message`, `schedule_message`, `cancel_message`, `retry_message`; a worker hands
    it over (`deliver_message`) and callbacks take it further (`note_status`). Inbound:
    `receive_message`.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="messages"
    )
    # As the conversation says; here too, for documents and lists.
    patient = models.ForeignKey(
        "patients.Patient",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
    )
    direction = models.CharField(max_length=10, choices=Direction.choices)
    body = models.TextField(max_length=1600, blank=True)
    status = models.CharField(max_length=12, choices=MessageStatus.choices)
    # When it came in, was handed over, or is to be: the order of a conversation.
    occurred_at = models.DateTimeField("when", default=timezone.now)
    segments = models.PositiveSmallIntegerField(
        default=0, help_text="how many text messages it is charged as; 0: not known"
    )
    sender = models.CharField(max_length=40, blank=True)  # a number, a name or an old e-mail
    recipient = models.CharField(max_length=254, blank=True)
    gateway = models.ForeignKey(
        Gateway, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    provider = models.CharField(max_length=20, choices=Provider.choices, blank=True)
    provider_message_id = models.CharField(max_length=100, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    # When a worker may take it (up): its time, the next try, or the end of an attempt's lease.
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    scheduled_at = models.DateTimeField("to be sent", null=True, blank=True)
    sent_at = models.DateTimeField("sent", null=True, blank=True)
    delivered_at = models.DateTimeField("delivered", null=True, blank=True)
    read_at = models.DateTimeField(
        "read", null=True, blank=True, help_text="inbound: by the clinic; outbound: by the patient"
    )
    read_by = shared_key("accounts.User", verbose_name="read by", null=True, blank=True)
    template = models.ForeignKey(
        Template, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    sent_by = shared_key("accounts.User", verbose_name="sent by", null=True, blank=True)
    # Who asks twice with the same key gets the same message.
    idempotency_key = models.CharField(max_length=100, blank=True, editable=False)

    search_text = models.GeneratedField(
        expression=folded("body"), output_field=models.TextField(), db_persist=True
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-occurred_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("provider", "provider_message_id"),
                condition=~Q(provider_message_id=""),
                name="message_provider_id_unique",
            ),
            models.UniqueConstraint(
                fields=("idempotency_key",),
                condition=~Q(idempotency_key=""),
                name="message_idempotency_unique",
            ),
            models.CheckConstraint(
                condition=(Q(direction="inbound") & Q(status="received"))
                | (Q(direction="outbound") & ~Q(status="received")),
                name="message_status_of_direction",
            ),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(scheduled_at__isnull=False),
                name="message_scheduled_for",
            ),
        )
        indexes = (
            models.Index(
                fields=("conversation", "-occurred_at", "-id"), name="message_conversation"
            ),
            models.Index(fields=("patient", "-occurred_at"), name="message_patient"),
            models.Index(
                fields=("due_at",),
                # Not `IN`: PostgreSQL writes that otherwise in a clone than in what was cloned.
                condition=Q(status="scheduled") | Q(status="queued") | Q(status="sending"),
                name="message_due",
            ),
            models.Index(
                fields=("conversation",),
                condition=Q(direction="inbound", read_at__isnull=True),
                name="message_unread",
            ),
            GinIndex(grams("search_text"), name="message_grams"),
        )

    def __str__(self) -> str:
        return f"Message {self.get_direction_display().lower()}"
