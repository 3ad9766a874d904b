"""What was said between the clinic and one number."""

import pghistory
from django.db import models
from django.db.models import F, Q
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Entity


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def unmatched(self) -> "ConversationQuerySet":
        """Those of nobody yet: people say whose they are."""
        return self.filter(patient__isnull=True)

    def unread(self) -> "ConversationQuerySet":
        return self.filter(unread_count__gt=0)


@pghistory.track(exclude=["last_message_at", "unread_count"])
class Conversation(Entity):
    """The messages with one number, about one patient or nobody yet.

    A number that several patients share (a mother's) has one conversation for each of them and
    one for what is nobody's yet. Old chats may have an e-mail address instead of a number.
    `conversation_of` finds or makes it, `assign_conversation` gives it to a patient.
    """

    phone = PhoneNumberField(blank=True)
    email = models.EmailField("e-mail", max_length=254, blank=True, help_text="of old chats only")
    patient = models.ForeignKey(
        "patients.Patient",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="conversations",
    )
    last_message_at = models.DateTimeField(null=True, blank=True, editable=False)
    unread_count = models.PositiveIntegerField("unread", default=0, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = (F("last_message_at").desc(nulls_last=True), "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("phone", "patient"),
                condition=~Q(phone=""),
                nulls_distinct=False,
                name="conversation_one_each",
            ),
            models.UniqueConstraint(
                fields=("email", "patient"),
                condition=Q(phone=""),
                nulls_distinct=False,
                name="conversation_one_each_email",
            ),
            models.CheckConstraint(
                condition=~Q(phone="", email=""), name="conversation_with_somebody"
            ),
        )
        indexes = (
            models.Index(fields=("patient", "-last_message_at"), name="conversation_patient"),
            models.Index(
                F("last_message_at").desc(nulls_last=True), F("id").desc(), name="conversation_last"
            ),
            models.Index(
                F("last_message_at").desc(nulls_last=True),
                F("id").desc(),
                condition=Q(patient__isnull=True),
                name="conversation_unmatched",
            ),
        )

    def __str__(self) -> str:
        return str(self.patient) if self.patient_id else "A conversation with nobody yet"
