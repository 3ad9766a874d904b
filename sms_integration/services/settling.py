"""What people do with a message that has not gone its way by itself; and what a restore does."""

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermittedError
from accounts.models import Membership
from sms_integration.errors import MessageStateError
from sms_integration.models import Message, MessageStatus
from sms_integration.policies import get_message_for
from sms_integration.services.outgoing_files import lock_files
from sms_integration.services.sending import locked, queue
from sms_integration.services.statuses import move

CANCELABLE = (MessageStatus.DRAFT, MessageStatus.SCHEDULED, MessageStatus.QUEUED)
RETRYABLE = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)
WAITING = (MessageStatus.SCHEDULED, MessageStatus.QUEUED)
RESTORED = "restored"  # an error code


@transaction.atomic
def cancel_message(*, membership: Membership, message: Message) -> Message:
    """Draft, scheduled or waiting → cancelled. Raises `MessageStateError` once it is handed over.

    A worker that has it in hand holds its row's lock only to say so; what it has taken is "being
    sent", and cannot be called back.
    """
    row = _opened(membership, message)
    if row.status not in CANCELABLE:
        raise _unfit(row, "cancelled")
    row.status, row.due_at = MessageStatus.CANCELED, None
    row.save(update_fields=["status", "due_at", "updated_at"])
    return row


@transaction.atomic
def retry_message(*, membership: Membership, message: Message) -> Message:
    """Not sent or not delivered → waiting, once more over the gateway that is active now.

    Raises `MessageStateError`, and what `sending.queue` does. What its first gateway still says of
    it is no longer about this message: the id goes, and stays in the history.
    """
    row = _opened(membership, message)
    if row.status not in RETRYABLE:
        raise _unfit(row, "sent again")
    return _again(row)


@transaction.atomic
def settle_message(*, membership: Membership, message: Message, was_sent: bool) -> Message:
    """Unclear → sent, or → waiting once more: somebody has asked the patient or the gateway.

    Raises `MessageStateError`, and what `sending.queue` does.
    """
    row = _opened(membership, message)
    if row.status != MessageStatus.UNCLEAR:
        raise _unfit(row, "settled")
    if not was_sent:
        return _again(row)
    changed = move(row, MessageStatus.SENT, timezone.now())
    row.save(update_fields=[*changed, "updated_at"])
    return row


def settle_imported(row: Message) -> None:
    """Let a message of another clinic's export be what it can be here: nothing goes out of it."""
    if row.status in WAITING:
        row.status = MessageStatus.CANCELED
    elif row.status == MessageStatus.SENDING:
        row.status = MessageStatus.UNCLEAR
    else:
        return
    row.due_at = None
    row.error_code = RESTORED
    row.error = "It was waiting to be sent when this was exported."


def _again(row: Message) -> Message:
    row.provider_message_id, row.error_code, row.error = "", "", ""
    row.sent_at = row.delivered_at = row.read_at = None
    row.cost, row.currency, row.attempts = None, "", 0
    return queue(row)


def _opened(membership: Membership, message: Message) -> Message:
    if not membership.may("messages.change"):
        raise NotPermittedError
    get_message_for(membership, message.pk)
    lock_files(message)
    return locked(message)


def _unfit(row: Message, verb: str) -> MessageStateError:
    return MessageStateError(
        f"A message that is {MessageStatus(row.status).label.lower()} cannot be {verb}."
    )
