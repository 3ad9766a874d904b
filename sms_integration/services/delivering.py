"""Handing messages to the gateway: take, say so, hand over, note. Nothing is sent twice unasked.

A message that is due is taken by one worker (row lock), marked `sending` with a lease, and that is
committed before the gateway hears of it. So whatever dies, wherever:

    before the commit        it waits as before, and the next worker takes it
    after it                 the lease ends; the gateway is asked whether it has the message
    the gateway knows it     it is sent, and was sent once
    it does not              it waits again
    it cannot be asked       `unclear`: people say what happened (docs/messages.md)
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import ProblemError
from sms_integration.gateways.base import Accepted, GatewayClient, GatewayError, Outgoing
from sms_integration.gateways.clients import client_class_of, client_for
from sms_integration.models import Message, MessageStatus, SuppressionReason
from sms_integration.services.conversing import note_message
from sms_integration.services.gateways import active_gateway
from sms_integration.services.media_links import make_links, public_address
from sms_integration.services.outgoing_files import lock_files, sendable_files
from sms_integration.services.queueing import send_for_delivery
from sms_integration.services.sending import WRITTEN_TO, lock_conversation
from sms_integration.services.statuses import FORWARD, move
from sms_integration.services.suppressing import is_suppressed, suppress

LEASE = timedelta(minutes=10)  # far more than connecting and answering may take (gateways/http.py)
ASK_AFTER = timedelta(minutes=1)  # a message may take so long to appear in the gateway's list
ASK_FOR = timedelta(days=1)  # after which people are asked instead
MOST_ATTEMPTS = 6
SWEPT = 1_000  # messages at most; a sweep of a minute does not come to more
FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0  # seconds between attempts
LONGEST_ASKED = 6 * 3600.0  # seconds of a gateway's Retry-After that are obeyed
WAITS = (MessageStatus.SCHEDULED, MessageStatus.QUEUED)
TEXT = 300

_random = random.SystemRandom()


@dataclass(frozen=True)
class Taken:
    """A message in hand. `lease` tells this attempt from any later one; `since`: its beginning."""

    message_id: UUID
    lease: datetime
    client: GatewayClient
    outgoing: Outgoing = field(repr=False)
    since: datetime
    ask: bool = False  # it may have been handed over already


def due_messages() -> list[UUID]:
    """Return ids of the messages that have been due for longest; the next sweep has the rest."""
    rows = Message.objects.filter(_due(timezone.now())).order_by("due_at")
    return list(rows.values_list("pk", flat=True)[:SWEPT])


def deliver_message(message_id: UUID) -> bool:
    """Hand a message over if it is due; say whether there was something to do.

    Safe to call twice, and at once. Must not run inside a transaction: the mark would not be
    committed before the gateway is called.
    """
    taken = _take(message_id)
    if taken is None:
        return False
    try:
        if taken.ask:
            accepted = taken.client.find(taken.outgoing, since=taken.since, known=_known(taken))
        else:
            accepted = taken.client.send(taken.outgoing)
    except GatewayError as error:
        _note_refusal(taken, error)
        return True
    if accepted is not None:
        _note_accepted(taken, accepted)
    else:
        _note_absent(taken)
    return True


def _due(now: datetime) -> Q:
    return Q(status__in=(*WAITS, MessageStatus.SENDING), due_at__lte=now)


@transaction.atomic
def _take(message_id: UUID) -> Taken | None:
    """Mark a message as being sent. None where it is not due, or another worker has it."""
    now = timezone.now()
    rows = Message.objects.filter(_due(now), pk=message_id)
    seen = rows.first()
    if seen is None:
        return None
    lock_files(seen)
    lock_conversation(seen)
    row = (
        rows.select_related("conversation__patient")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if row is None:
        return None
    if row.status == MessageStatus.SENDING:
        return _take_to_ask(row, now)
    return _take_to_send(row, now)


def _take_to_send(row: Message, now: datetime) -> Taken | None:
    patient = row.conversation.patient
    if row.status == MessageStatus.SCHEDULED and patient and patient.status not in WRITTEN_TO:
        row.status, row.due_at = MessageStatus.CANCELED, None
        _say(row, f"patient_{patient.status}", f"The patient is {patient.status} by now.")
        row.save()
        return None
    if is_suppressed(row.recipient):
        _fail(row, "opted_out", "The number wants no messages any more.")
        return None
    try:
        row.gateway = active_gateway()  # another one, perhaps, than when it was written
        client = client_for(row.gateway)
        files = sendable_files(row, type(client))
    except (ProblemError, GatewayError) as error:
        _fail(row, error.code, error.detail)
        return None
    if not row.body and not files:
        _fail(row, "empty", "Its files have been removed, and it has no text.")
        return None
    row.provider, row.sender = row.gateway.provider, row.gateway.sender
    row.status, row.attempts, row.due_at = MessageStatus.SENDING, row.attempts + 1, now + LEASE
    row.occurred_at = now
    _say(row, "", "")
    row.save()
    note_message(row)
    return Taken(
        row.pk,
        row.due_at,
        client,
        _outgoing(row, make_links(row, files)),
        since=now,
    )


def _take_to_ask(row: Message, now: datetime) -> Taken | None:
    """The lease of an attempt has ended, and nobody has noted what became of it."""
    if row.gateway is None or not client_class_of(row.gateway.provider).can_be_asked:
        _unclear(
            row, "The process ended while it was handed over, and the gateway cannot be asked."
        )
        return None
    try:
        client = client_for(row.gateway)
    except GatewayError as error:
        _unclear(row, error.detail, code=error.code)
        return None
    row.due_at = now + LEASE
    row.save(update_fields=["due_at", "updated_at"])
    media = [""] * row.media_links.filter(created_at__gte=row.occurred_at).count()
    outgoing = _outgoing(row, media)
    return Taken(row.pk, row.due_at, client, outgoing, since=row.occurred_at, ask=True)


def _outgoing(row: Message, media: list[str]) -> Outgoing:
    return Outgoing(
        message_id=row.pk,
        recipient=row.recipient,
        sender=row.sender,
        body=row.body,
        media=media,
        callback_url=f"{public_address()}/sms/{row.gateway_id}/status/{row.pk}",
    )


def _known(taken: Taken) -> set[str]:
    """Return the gateway's ids of our other messages to this number."""
    rows = Message.objects.filter(recipient=taken.outgoing.recipient).exclude(
        provider_message_id=""
    )
    return set(
        rows.filter(occurred_at__gte=taken.since - LEASE).values_list(
            "provider_message_id", flat=True
        )
    )


@transaction.atomic
def _note_accepted(taken: Taken, accepted: Accepted) -> None:
    """Note that the gateway has it, whatever has become of the row since: that is what is true."""
    rows = Message.objects.select_for_update(of=("self",))
    row = rows.filter(pk=taken.message_id).first()
    if row is None:  # the patient was erased meanwhile
        return
    # A call of the gateway may have been faster than its answer, and one of an earlier sending may
    # have come late: the answer is right.
    row.provider_message_id = accepted.provider_message_id
    if accepted.segments:
        row.segments = accepted.segments
    if row.cost is None and accepted.cost is not None:
        row.cost, row.currency = accepted.cost, accepted.currency
    if accepted.status in FORWARD.get(row.status, frozenset()):
        move(row, accepted.status, timezone.now())
        _say(row, "", "")
    row.save()


@transaction.atomic
def _note_absent(taken: Taken) -> None:
    """The gateway does not know it, so it was not sent: it waits again."""
    row = _ours(taken)
    if row is None:
        return
    if row.attempts >= MOST_ATTEMPTS:
        _fail(row, row.error_code or "not_taken", "The gateway did not take it, however often.")
        return
    row.status, row.due_at = MessageStatus.QUEUED, timezone.now()
    row.save(update_fields=["status", "due_at", "updated_at"])
    send_for_delivery(row.pk)


@transaction.atomic
def _note_refusal(taken: Taken, error: GatewayError) -> None:
    row = _ours(taken)
    if row is None:
        return
    now = timezone.now()
    if taken.ask:
        if error.permanent or now - taken.since > ASK_FOR:
            _unclear(row, f"The gateway cannot be asked: {error.detail}")
            return
        row.due_at = now + _wait(row.attempts, error)
        _say(row, error.code, error.detail)
        row.save()
        return
    if error.opted_out:
        suppress(phone=row.recipient, reason=SuppressionReason.GATEWAY)
    if error.unclear:
        if not taken.client.can_be_asked:
            _unclear(row, error.detail, code=error.code)
            return
        row.due_at = now + ASK_AFTER
        _say(row, error.code, error.detail)
        row.save()
    elif error.permanent or error.opted_out or row.attempts >= MOST_ATTEMPTS:
        _fail(row, "opted_out" if error.opted_out else error.code, error.detail)
    else:
        row.status, row.due_at = MessageStatus.QUEUED, now + _wait(row.attempts, error)
        _say(row, error.code, error.detail)
        row.save()


def _ours(taken: Taken) -> Message | None:
    """Return the row, locked, if it is still in this attempt's hand."""
    rows = Message.objects.select_for_update(of=("self",))
    return rows.filter(
        pk=taken.message_id, status=MessageStatus.SENDING, due_at=taken.lease
    ).first()


def _wait(attempts: int, error: GatewayError) -> timedelta:
    """Return how long to leave the gateway alone: full jitter, and what it asks for at least."""
    most = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(attempts - 1, 0))
    asked = min(error.retry_after or 0.0, LONGEST_ASKED)
    return timedelta(seconds=asked + _random.uniform(1.0, most))


def _fail(row: Message, code: str, detail: str) -> None:
    row.status, row.due_at = MessageStatus.FAILED, None
    _say(row, code, detail)
    row.save()


def _unclear(row: Message, detail: str, *, code: str = "unclear") -> None:
    row.status, row.due_at = MessageStatus.UNCLEAR, None
    _say(row, code, detail)
    row.save()


def _say(row: Message, code: str, detail: str) -> None:
    row.error_code, row.error = code[:40], detail[:TEXT]
