"""What people do with a message that has not gone its way by itself."""

from django.db import transaction

from accounts.errors import ConflictError
from accounts.models import Membership
from sms_integration.models import Message, MessageStatus
from sms_integration.policies import get_message_for

CANCELABLE = (MessageStatus.DRAFT, MessageStatus.SCHEDULED, MessageStatus.QUEUED)


@transaction.atomic
def cancel_message(*, membership: Membership, message: Message) -> Message:
    """Draft, scheduled or waiting → cancelled."""
    get_message_for(membership, message.pk)
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.status not in CANCELABLE:
        raise ConflictError("This message cannot be cancelled any more.", code="message_state")
    row.status, row.due_at = MessageStatus.CANCELED, None
    row.save(update_fields=["status", "due_at", "updated_at"])
    return row
