"""What gateways say became of messages that we sent."""

import logging
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import NotFoundError
from sms_integration.gateways.base import StatusChange
from sms_integration.gateways.twilio.statuses import OPTED_OUT
from sms_integration.models import Direction, Gateway, Message, MessageStatus, SuppressionReason
from sms_integration.services.matching import number_of
from sms_integration.services.statuses import note_status
from sms_integration.services.suppressing import suppress

# Statuses of a message whose id at the gateway may not be known yet, or never.
ON_ITS_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNCLEAR)
log = logging.getLogger(__name__)


@transaction.atomic
def note_callback(*, gateway: Gateway, message_id: UUID | None, change: StatusChange) -> Message:
    """Take a message forward as its gateway says; return it as it was found.

    `message_id` stands in the address that was called; None: the change says which it is. A call
    that comes before the gateway's answer to our sending brings the message's id with it. Raises
    `NotFoundError`.
    """
    message = _find(gateway, message_id, change)
    if message is None:
        raise NotFoundError
    if not _is_about(message, change):
        # We sent twice because the first answer was lost, and this is about the other one.
        log.info("Message %s: a status of another attempt was ignored.", message.pk)
        return message
    if change.error_code == OPTED_OUT and (phone := number_of(message.recipient)):
        suppress(phone=phone, reason=SuppressionReason.GATEWAY)
    if change.status is None:
        log.info("Message %s: the gateway used a word that is not known here.", message.pk)
        return message
    note_status(
        message=message,
        status=change.status,
        error_code=change.error_code,
        cost=change.cost,
        currency=change.currency,
    )
    return message


def _find(gateway: Gateway, message_id: UUID | None, change: StatusChange) -> Message | None:
    ours = Message.objects.filter(gateway=gateway, direction=Direction.OUTBOUND)
    if message_id is not None:
        return ours.filter(pk=message_id).first()
    if not change.provider_message_id:
        return None
    known = ours.filter(provider_message_id=change.provider_message_id).first()
    if known is not None or not change.reference:
        return known
    early = ours.filter(provider_message_id="", status__in=ON_ITS_WAY)
    return next((one for one in early if one.pk.hex.endswith(change.reference)), None)


def _is_about(message: Message, change: StatusChange) -> bool:
    """Say whether the change is of this very sending; learn its id where none is known yet."""
    if message.provider_message_id or not change.provider_message_id:
        return message.provider_message_id == change.provider_message_id
    unknown = Message.objects.filter(pk=message.pk, provider_message_id="")
    # One that waits and was never handed over (any more) has no id yet: this is an earlier one's.
    unknown = unknown.exclude(status=MessageStatus.QUEUED, attempts=0)
    try:
        with transaction.atomic():
            learnt = unknown.update(provider_message_id=change.provider_message_id)
    except IntegrityError:  # it is another message's
        return False
    if not learnt:
        message.refresh_from_db(fields=["provider_message_id"])
    return bool(learnt) or message.provider_message_id == change.provider_message_id
