"""Writing messages and sending them off; `delivering.py` then hands them to the gateway."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from accounts.idempotency import whole_key
from accounts.models import Membership, User
from accounts.policies import current_account
from patients.models import Patient, PatientStatus
from patients.policies import patients_visible_to
from sms_integration.errors import (
    KeyUsedError,
    NoPhoneError,
    NotDraftError,
    NotReachableError,
    SuppressedError,
)
from sms_integration.gateways.clients import client_class_of
from sms_integration.models import Conversation, Direction, Message, MessageStatus, Template
from sms_integration.policies import get_conversation_for, get_message_for
from sms_integration.services.conversing import conversation_of, note_message
from sms_integration.services.gateways import active_gateway
from sms_integration.services.outgoing_files import lock_files, sendable_files
from sms_integration.services.placeholders import fill
from sms_integration.services.queueing import send_for_delivery
from sms_integration.services.segments import count_segments
from sms_integration.services.suppressing import is_suppressed
from sms_integration.services.texts import checked_text

FARTHEST = timedelta(days=366)  # into the future that a message may be scheduled
WRITTEN_TO = (PatientStatus.ACTIVE, PatientStatus.INACTIVE)


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
    """Write a message to a patient or into a conversation; files are added before it is sent.

    The text is `body` as it is, or a template filled in. The same key with the same content gives
    the message that there is, in whatever state. Raises `NotFoundError`, `NoPhoneError`,
    `NotReachableError`, `SuppressedError`, `KeyUsedError`, `ProblemError`, `NotPermittedError`.
    """
    if not membership.may("messages.add"):
        raise NotPermittedError
    if (patient_id is None) == (conversation is None):
        raise ProblemError("Name a patient or a conversation, one of them.", field="patient_id")
    if conversation is not None:
        # Held first: who gives it to a patient meanwhile takes this message along, or is seen.
        rows = Conversation.objects.select_for_update(no_key=True).order_by()
        rows.filter(pk=conversation.pk).first()
        talk = get_conversation_for(membership, conversation.pk)
    else:
        talk = _conversation_with(membership, patient_id)  # type: ignore[arg-type]
    if not talk.phone:
        raise NoPhoneError(field="conversation_id")
    if template is not None and body:
        raise ProblemError("Send a text or a template, not both.", field="body")
    if template is not None and not template.is_active:
        raise ProblemError("This template is switched off.", field="template_id")
    text = fill(template.body, talk.patient) if template is not None else body
    draft = Message(
        conversation=talk,
        patient_id=talk.patient_id,
        direction=Direction.OUTBOUND,
        status=MessageStatus.DRAFT,
        body=checked_text(text),
        segments=count_segments(checked_text(text)),
        recipient=str(talk.phone),
        template=template,
        sent_by=membership.user,
        idempotency_key=whole_key(membership.user_id, idempotency_key),
    )
    return _once(draft)


@transaction.atomic
def send_message(
    *, membership: Membership, message: Message, scheduled_at: datetime | None = None
) -> Message:
    """Draft → waiting to be sent, or scheduled. A moment without a zone is by the clinic's clock.

    Raises `NotDraftError` for the second of two who send it, `NoGatewayError`, `SuppressedError`,
    `FilesNotReadyError` and whatever else `sendable_files` does, `ProblemError`.
    """
    if not membership.may("messages.add"):
        raise NotPermittedError
    get_message_for(membership, message.pk)
    lock_files(message)  # first, as who adds a file does
    row = locked(message)
    if row.status != MessageStatus.DRAFT:
        raise NotDraftError
    moment = _checked_moment(scheduled_at)
    row.sent_by = membership.user
    return queue(row, scheduled_at=moment)


@transaction.atomic
def write_message(
    *,
    membership: Membership,
    scheduled_at: datetime | None = None,
    patient_id: UUID | None = None,
    conversation: Conversation | None = None,
    body: str = "",
    template: Template | None = None,
    idempotency_key: str = "",
) -> Message:
    """Draft a message and send it off in one step: both or nothing.

    Asked again with the same key, nothing is sent twice: the answer is the message as it is now.
    Raises what `draft_message` and `send_message` do.
    """
    draft = draft_message(
        membership=membership,
        patient_id=patient_id,
        conversation=conversation,
        body=body,
        template=template,
        idempotency_key=idempotency_key,
    )
    if draft.status != MessageStatus.DRAFT:
        moment = _in_clinic(scheduled_at) if scheduled_at else None
        if draft.scheduled_at != moment:
            raise KeyUsedError
        return draft
    return send_message(membership=membership, message=draft, scheduled_at=scheduled_at)


@transaction.atomic
def send_text(
    *,
    conversation: Conversation,
    body: str,
    idempotency_key: str,
    by: User | None = None,
    template: Template | None = None,
) -> Message:
    """Send what the system itself answers, or a job, once for a key; nobody's leave is asked.

    `template` is what the text was made of. Raises what `queue` does.
    """
    draft = Message(
        conversation=conversation,
        patient_id=conversation.patient_id,
        direction=Direction.OUTBOUND,
        status=MessageStatus.DRAFT,
        body=checked_text(body),
        recipient=str(conversation.phone),
        template=template,
        sent_by=by,
        idempotency_key=idempotency_key,
    )
    row = _once(draft)
    return queue(row) if row.status == MessageStatus.DRAFT else row


def queue(row: Message, *, scheduled_at: datetime | None = None) -> Message:
    """Let a draft wait for the workers; the caller holds its lock and `lock_files`.

    Raises `NoGatewayError`, `SuppressedError`, `ProblemError` for a message without anything in it,
    and what `sendable_files` does.
    """
    gateway = active_gateway()
    if is_suppressed(row.recipient):
        raise SuppressedError
    files = sendable_files(row, client_class_of(gateway.provider))
    if not row.body and not files:
        raise ProblemError("Write a text or add a file.", field="body", code="required")
    now = timezone.now()
    row.gateway, row.provider, row.sender = gateway, gateway.provider, gateway.sender
    row.segments = count_segments(row.body)
    row.scheduled_at = scheduled_at
    row.status = MessageStatus.SCHEDULED if scheduled_at else MessageStatus.QUEUED
    row.occurred_at = row.due_at = scheduled_at or now
    row.save()
    if scheduled_at is None:  # else when its time has come
        note_message(row)
        send_for_delivery(row.pk)
    return row


def locked(message: Message) -> Message:
    """Return a message as it is now, locked, and before it its conversation.

    In this order, as whoever gives the conversation to another patient does.
    """
    lock_conversation(message)
    rows = Message.objects.select_related("conversation").select_for_update(of=("self",))
    return rows.get(pk=message.pk)


def lock_conversation(message: Message) -> None:
    """Let whoever adds to the conversation of a message, or moves it, wait for us."""
    rows = Conversation.objects.select_for_update(no_key=True).order_by()
    rows.filter(pk=message.conversation_id).first()


def _conversation_with(membership: Membership, patient_id: UUID) -> Conversation:
    patient = patients_visible_to(membership).filter(pk=patient_id).first()
    if patient is None:
        raise NotFoundError("There is no such patient for you.", field="patient_id")
    return conversation_with(patient)


def conversation_with(patient: Patient) -> Conversation:
    """Return the conversation in which one writes to a patient.

    Raises `NotReachableError` for the archived and deceased, `NoPhoneError`, `SuppressedError`.
    """
    if patient.status not in WRITTEN_TO:
        raise NotReachableError(field="patient_id")
    if not patient.phone:
        raise NoPhoneError(field="patient_id")
    if is_suppressed(str(patient.phone)):
        raise SuppressedError(field="patient_id")
    return conversation_of(phone=str(patient.phone), patient=patient)


def _once(draft: Message) -> Message:
    """Store a draft, or return what there is for its key. Raises `KeyUsedError`."""
    if not draft.idempotency_key:
        _insert(draft)
        return draft
    try:
        with transaction.atomic():
            _insert(draft)
    except IntegrityError:
        there = Message.objects.select_related("conversation").get(
            idempotency_key=draft.idempotency_key
        )
        if not _is_same(there, draft):
            raise KeyUsedError from None
        return there
    return draft


def _insert(draft: Message) -> None:
    draft.full_clean(
        exclude=["conversation", "patient", "sent_by", "template"],
        validate_unique=False,
        validate_constraints=False,
    )
    draft.save(force_insert=True)


def _is_same(there: Message, asked: Message) -> bool:
    """Say whether two ask for the same; of a template, the text may have become another since."""
    to = (there.conversation_id, there.template_id) == (asked.conversation_id, asked.template_id)
    return to and (asked.template_id is not None or there.body == asked.body)


def _checked_moment(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    moment, now = _in_clinic(moment), timezone.now()
    if not now < moment <= now + FARTHEST:
        raise ProblemError(
            "Choose a time in the future, a year from now at most.", field="scheduled_at"
        )
    return moment


def _in_clinic(moment: datetime) -> datetime:
    """Return a moment; one without a zone is what the clinic's clock shows.

    An hour that a clock skips when summer time begins does not exist, and is refused; of one that
    comes twice it is the first. Raises `ProblemError`, also for a year that cannot be meant.
    """
    if (
        abs(moment.year - timezone.now().year) > 1 + FARTHEST.days // 365
    ):  # near the calendar's ends
        raise ProblemError(
            "Choose a time in the future, a year from now at most.", field="scheduled_at"
        )
    if timezone.is_aware(moment):
        return moment
    zone = ZoneInfo(current_account().time_zone)
    found = moment.replace(tzinfo=zone)
    if found.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != moment:
        raise ProblemError(
            "The clinic's clock skips this hour: summer time begins.", field="scheduled_at"
        )
    return found
