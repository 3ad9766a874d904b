"""Writing messages and sending them off."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.errors import ConflictError, NotPermittedError, ProblemError
from accounts.models import Membership
from patients.policies import get_patient_for
from sms_integration.errors import NoGatewayError, NoPhoneError
from sms_integration.models import (
    Conversation,
    Direction,
    Gateway,
    Message,
    MessageStatus,
    Template,
)
from sms_integration.policies import get_conversation_for, get_message_for
from sms_integration.services.conversing import conversation_of, note_message


@transaction.atomic
def draft_message(
    *,
    membership: Membership,
    patient_id: UUID | None = None,
    conversation: Conversation | None = None,
    body: str = "",
    template: Template | None = None,
    idempotency_key: str = "",
) -> Message:
    """Write a message to a patient or into a conversation; files are added before it is sent."""
    if not membership.may("messages.add"):
        raise NotPermittedError
    if conversation is not None:
        talk = get_conversation_for(membership, conversation.pk)
    elif patient_id is not None:
        patient = get_patient_for(membership, patient_id)
        if not patient.phone:
            raise NoPhoneError(field="patient_id")
        talk = conversation_of(phone=str(patient.phone), patient=patient)
    else:
        raise ProblemError("Name a patient or a conversation.", field="patient_id")
    if not talk.phone:
        raise NoPhoneError(field="conversation_id")
    key = f"{membership.user_id}:{idempotency_key}" if idempotency_key else ""
    if key and (there := Message.objects.filter(idempotency_key=key).first()):
        return there
    return Message.objects.create(
        conversation=talk,
        patient_id=talk.patient_id,
        direction=Direction.OUTBOUND,
        status=MessageStatus.DRAFT,
        body=template.body if template else body,
        recipient=str(talk.phone),
        template=template,
        sent_by=membership.user,
        idempotency_key=key,
    )


@transaction.atomic
def send_message(
    *, membership: Membership, message: Message, scheduled_at: datetime | None = None
) -> Message:
    """Draft → waiting to be sent, or scheduled."""
    get_message_for(membership, message.pk)
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.status != MessageStatus.DRAFT:
        raise ConflictError("This message has been sent off already.", code="not_draft")
    gateway = Gateway.objects.filter(is_active=True).first()
    if gateway is None:
        raise NoGatewayError
    row.gateway, row.provider, row.sender = gateway, gateway.provider, gateway.sender
    row.scheduled_at = scheduled_at
    row.status = MessageStatus.SCHEDULED if scheduled_at else MessageStatus.QUEUED
    row.occurred_at = row.due_at = scheduled_at or timezone.now()
    row.save()
    if scheduled_at is None:
        note_message(row)
    return row
