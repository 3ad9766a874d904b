"""A message comes in: kept in one transaction, once, whoever sent it and however often.

Nothing is asked of anybody else here, so that the gateway is answered at once. Files are written
down with the message and fetched by workers (`fetching.py`).
"""

import logging
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import ProblemError
from jobs.services.queueing import send_for_worker
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.models import (
    Conversation,
    Direction,
    Gateway,
    InboundMedia,
    MediaState,
    Message,
    MessageStatus,
)
from sms_integration.services.conversing import conversation_of, note_message
from sms_integration.services.keywords import obey_keyword
from sms_integration.services.matching import number_of, patients_with_number

TRIES = 3
FETCH = "sms_integration.tasks.fetch_media"
NO_SENDER = "unknown"
SENDER_LENGTH, RECIPIENT_LENGTH, TYPE_LENGTH, ID_LENGTH = 40, 254, 100, 100  # as the columns
MOST_SEGMENTS = 32_767
log = logging.getLogger(__name__)


class NotKeptError(ProblemError):
    """Others were faster again and again; the gateway has to call once more."""

    status = 503
    code = "not_kept"
    detail = "The message was not kept. Send it again."


def receive_message(*, gateway: Gateway, inbound: Inbound) -> Message:
    """Keep a message that came in, and return it; the same one again returns the first.

    It goes to the conversation of the one patient with that number; where there are several or
    none, to the number's conversation with nobody yet, where people look. STOP, START and HELP are
    obeyed in the same transaction, so that they are exactly when the message is kept. Raises
    `NotKeptError`.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _known(gateway, inbound) or _received(gateway, inbound)
        except (IntegrityError, Conversation.DoesNotExist):
            # The same message at the same time, a patient who is being erased, a conversation that
            # is put together with another: look again.
            log.info("A message that came in is tried again: attempt %d.", attempt)
    raise NotKeptError  # and not the database's error, whose words hold the number


def _known(gateway: Gateway, inbound: Inbound) -> Message | None:
    return Message.objects.filter(
        provider=gateway.provider, provider_message_id=inbound.provider_message_id[:ID_LENGTH]
    ).first()


def _received(gateway: Gateway, inbound: Inbound) -> Message:
    phone = number_of(inbound.sender)
    found = _conversation(phone, inbound.sender)
    # Whoever gives it to a patient holds this lock too: what comes in goes where the rest is.
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=found.pk)
    message = Message(
        conversation=conversation,
        patient_id=conversation.patient_id,
        direction=Direction.INBOUND,
        status=MessageStatus.RECEIVED,
        occurred_at=min(inbound.received_at or timezone.now(), timezone.now()),
        body=_storable(inbound.body),
        segments=min(max(inbound.segments, 0), MOST_SEGMENTS),
        sender=phone or _storable(inbound.sender)[:SENDER_LENGTH],
        recipient=_storable(inbound.recipient)[:RECIPIENT_LENGTH],
        gateway=gateway,
        provider=gateway.provider,
        provider_message_id=inbound.provider_message_id[:ID_LENGTH],
    )
    message.save(force_insert=True)
    media = InboundMedia.objects.bulk_create(
        [_waiting(message, place, item) for place, item in enumerate(inbound.media)]
    )
    note_message(message)
    if phone:
        obey_keyword(message=message, phone=phone)
    for item in media:
        if item.state == MediaState.WAITING:
            transaction.on_commit(partial(send_for_media, str(item.pk)))
    return message


def _conversation(phone: str, sender: str) -> Conversation:
    if not phone:
        return _conversation_with_name(sender)
    found = patients_with_number(phone)
    return conversation_of(phone=phone, patient=found[0] if len(found) == 1 else None)


def _conversation_with_name(sender: str) -> Conversation:
    """Return the conversation with a name or a short code, which stands in place of a number.

    Nobody can answer it, but what it says is kept and shown among those of nobody yet.
    """
    name = _storable(sender).strip()[:SENDER_LENGTH] or NO_SENDER
    Conversation.objects.bulk_create([Conversation(phone=name)], ignore_conflicts=True)
    return Conversation.objects.get(phone=name, patient=None)


def _waiting(message: Message, place: int, item: MediaItem) -> InboundMedia:
    media = InboundMedia(
        message=message,
        ordinal=place,
        url=_storable(item.url),
        declared_type=_storable(item.declared_type)[:TYPE_LENGTH],
        due_at=timezone.now(),
    )
    if not item.url:
        media.state, media.due_at = MediaState.REFUSED, None
        media.error_code = "no_address"
        media.error = "The gateway announced a file and did not say where it is."
    return media


def _storable(text: str) -> str:
    """Return a text without what PostgreSQL cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def send_for_media(media_id: str, *, expires: int | None = None) -> None:
    """Send for a worker. A message that is lost costs time only: the sweep finds the file due."""
    send_for_worker(FETCH, media_id, expires=expires)
