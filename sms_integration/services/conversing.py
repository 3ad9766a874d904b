"""Finding or making the conversation with a number."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from patients.models import Patient
from sms_integration.models import Conversation, Direction, Message


@transaction.atomic
def conversation_of(*, phone: str, patient: Patient | UUID | None) -> Conversation:
    """Return the conversation with a number (E.164) about a patient, or about nobody yet.

    Of two who ask at once both get the same: the database lets one make it. It is locked until the
    caller's transaction ends, so that what the caller adds is there for whoever gives the
    conversation to a patient (`assigning.py`), and is not added to one that has just gone.
    """
    patient_id = patient.pk if isinstance(patient, Patient) else patient
    wanted = Q(phone=phone) & (
        Q(patient__isnull=True) if patient_id is None else Q(patient_id=patient_id)
    )
    rows = Conversation.objects.select_for_update(no_key=True).order_by().filter(wanted)
    while (found := rows.first()) is None:
        new = Conversation(phone=phone, patient_id=patient_id)
        new.full_clean(exclude=["patient"], validate_unique=False, validate_constraints=False)
        Conversation.objects.bulk_create([new], ignore_conflicts=True)
    return found


def note_message(message: Message) -> None:
    """Move a conversation up for a message that came in or goes out, and count what is unread."""
    unread = message.direction == Direction.INBOUND and message.read_at is None
    moment = Value(message.occurred_at)
    Conversation.objects.filter(pk=message.conversation_id).update(
        last_message_at=Greatest(Coalesce(F("last_message_at"), moment), moment),
        unread_count=F("unread_count") + (1 if unread else 0),
        updated_at=timezone.now(),
    )
