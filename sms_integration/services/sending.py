"""Sending."""

from sms_integration.errors import NoGatewayError
from sms_integration.models import Conversation, Direction, Gateway, Message, MessageStatus
from sms_integration.services.conversing import note_message


def send_text(*, conversation: Conversation, body: str, idempotency_key: str) -> Message:
    """Queue a text that the system itself answers with. Raises `NoGatewayError`."""
    gateway = Gateway.objects.filter(is_active=True).first()
    if gateway is None:
        raise NoGatewayError
    message = Message.objects.create(
        conversation=conversation,
        patient_id=conversation.patient_id,
        direction=Direction.OUTBOUND,
        status=MessageStatus.QUEUED,
        body=body,
        recipient=str(conversation.phone),
        sender=gateway.sender,
        gateway=gateway,
        provider=gateway.provider,
        idempotency_key=idempotency_key,
    )
    note_message(message)
    return message
