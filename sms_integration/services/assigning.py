"""Giving a conversation to a patient: its messages, what is unread and its files go with it."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from psycopg2.errors import DeadlockDetected

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership
from documents.models import Document
from documents.registry import policy_for_model
from documents.services.locking import lock_owners
from documents.services.rehoming import give_documents
from patients.models import Patient
from patients.policies import get_patient_for
from sms_integration.models import (
    Conversation,
    Direction,
    InboundMedia,
    MediaState,
    Message,
    MessageStatus,
)
from sms_integration.policies import get_conversation_for

AT_ONCE = 1_000  # rows of one statement
# What is written and not sent (yet) is nothing that was said.
NOT_SAID = (MessageStatus.DRAFT, MessageStatus.SCHEDULED, MessageStatus.CANCELED)
TRIES = 3  # somebody may make the very conversation that is to be


class AssignedMeanwhileError(ConflictError):
    code = "assigned_meanwhile"
    detail = "Somebody else has given this conversation to a patient meanwhile. Look at it again."


@dataclass(frozen=True)
class Given:
    """What became of a conversation: the one that has its messages now.

    `merged` are the ids of the messages that came to one that was there before.
    """

    conversation: Conversation
    merged: list[UUID] = field(default_factory=list)


def assign_conversation(
    *, membership: Membership, conversation: Conversation, patient_id: UUID
) -> Conversation:
    """Give a conversation, of nobody or of the wrong patient, to a patient the member sees.

    Where that patient has one with this number already, the messages come to that one, and the
    empty one goes. The files' bytes follow by a worker (documents/services/rehoming.py). Returns
    the conversation that has the messages now; asked twice, the second time changes nothing.
    Raises `AssignedMeanwhileError` where it is no longer whose `conversation` says,
    `NotFoundError` for what the member does not see, `NotPermittedError`.
    """
    if not membership.may("messages.change"):
        raise NotPermittedError
    get_conversation_for(membership, conversation.pk)
    patient = get_patient_for(membership, patient_id)
    given = give_conversation(
        conversation_id=conversation.pk, was_of=conversation.patient_id, patient_id=patient.pk
    )
    return given.conversation


def give_conversation(
    *,
    conversation_id: UUID,
    was_of: UUID | None,
    patient_id: UUID | None,
    only: list[UUID] | None = None,
) -> Given:
    """Give a conversation to a patient, or back to nobody, asking nobody's leave.

    `was_of` is whose the caller believes it to be. With `only`, some of its messages go, and the
    conversation stays. Raises `AssignedMeanwhileError`, `NotFoundError`.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                # First, as who adds or sends files does.
                lock_owners((_kind(), pk) for pk in _with_files(conversation_id))
                return _give(conversation_id, was_of, patient_id, only)
        except IntegrityError:
            # Somebody has made the patient's conversation at this moment: now it is found. Or the
            # patient has been erased.
            if not left or not _is_there(patient_id):
                raise NotFoundError from None
        except OperationalError as error:
            # Somebody added a file to a message that came in this moment, and sent it.
            if not left or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise AssertionError  # not reached: the last try returns or raises


def _is_there(patient_id: UUID | None) -> bool:
    return patient_id is None or Patient.objects.filter(pk=patient_id).exists()


def _give(
    conversation_id: UUID, was_of: UUID | None, patient_id: UUID | None, only: list[UUID] | None
) -> Given:
    source, target = _locked(conversation_id, patient_id)
    if source is None:
        raise AssignedMeanwhileError
    if source.patient_id == patient_id:
        return Given(source)
    if source.patient_id != was_of:
        raise AssignedMeanwhileError
    rows = Message.objects.filter(conversation=source).order_by("pk")
    rows = rows if only is None else rows.filter(pk__in=only)
    messages = list(rows.values_list("pk", flat=True))
    if target is None and only is None:
        source.patient_id = patient_id
        source.save(update_fields=["patient", "updated_at"])
        _hand_over(messages, source)
        return Given(source)
    if target is None:
        target = Conversation.objects.create(
            phone=source.phone, email=source.email, patient_id=patient_id
        )
    _hand_over(messages, target)
    recount(target)
    if only is None:
        source.delete()
    else:
        recount(source)
    return Given(target, messages)


def _locked(
    conversation_id: UUID, patient_id: UUID | None
) -> tuple[Conversation | None, Conversation | None]:
    """Lock all conversations with the number, in one order; return this one and the patient's.

    All of them: two who give them to each other's patients must not wait for each other.
    """
    named = Conversation.objects.filter(pk=conversation_id).values_list("phone", "email").first()
    if named is None:
        return None, None
    phone, email = named
    same = Q(phone=phone) if phone else Q(phone="", email=email)
    rows = list(Conversation.objects.select_for_update().filter(same).order_by("pk"))
    source = next((one for one in rows if one.pk == conversation_id), None)
    target = next(
        (one for one in rows if one.patient_id == patient_id and one.pk != conversation_id), None
    )
    return source, target


def _hand_over(pks: list[UUID], target: Conversation) -> None:
    """Put messages into this conversation; they are of its patient then, and their documents."""
    for start in range(0, len(pks), AT_ONCE):
        Message.objects.filter(pk__in=pks[start : start + AT_ONCE]).update(
            conversation=target, patient_id=target.patient_id, updated_at=timezone.now()
        )
    moved = set(pks)
    files = [pk for pk in _with_files(target.pk) if pk in moved]
    give_documents(content_type_id=_kind(), object_ids=files, patient_id=target.patient_id)


def _with_files(conversation_id: UUID) -> list[UUID]:
    """Return the messages that have files, or may get some yet; each of them takes a lock."""
    documents = Document.objects.filter(content_type_id=_kind(), object_id=OuterRef("pk"))
    coming = InboundMedia.objects.filter(message=OuterRef("pk")).exclude(state=MediaState.STORED)
    rows = Message.objects.filter(conversation=conversation_id).filter(
        Exists(documents) | Exists(coming) | Q(status=MessageStatus.DRAFT)
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _kind() -> int:
    return policy_for_model(Message).content_type_id


def recount(conversation: Conversation) -> None:
    """Count again what is unread, and when the last message was. The caller holds its lock."""
    messages = Message.objects.filter(conversation=conversation)
    said = messages.exclude(status__in=NOT_SAID).order_by("-occurred_at", "-id")
    conversation.last_message_at = said.values_list("occurred_at", flat=True).first()
    conversation.unread_count = messages.filter(direction=Direction.INBOUND, read_at=None).count()
    conversation.save(update_fields=["last_message_at", "unread_count", "updated_at"])
