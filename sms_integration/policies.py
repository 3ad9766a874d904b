"""Which conversations and messages a member sees."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.errors import NotFoundError
from accounts.models import Membership, ProviderScope
from accounts.policies import current_account
from accounts.roles import Role
from patients.models import Patient
from patients.policies import patients_visible_to
from sms_integration.models import (
    Conversation,
    Gateway,
    InboundMedia,
    MediaState,
    Message,
    Suppression,
    Template,
)


def conversations_visible_to(membership: Membership) -> QuerySet[Conversation]:
    """Return the conversations of the patients whom the member sees, and who may, of nobody yet."""
    return _visible(membership, Conversation.objects.select_related("patient"))


def messages_visible_to(membership: Membership) -> QuerySet[Message]:
    """As the conversations that they are in."""
    return _visible(membership, Message.objects.all())


def get_conversation_for(membership: Membership, conversation_id: UUID) -> Conversation:
    """Return one conversation, or raise `NotFoundError`."""
    found = conversations_visible_to(membership).filter(pk=conversation_id).first()
    if found is None:
        raise NotFoundError
    return found


def get_message_for(membership: Membership, message_id: UUID) -> Message:
    """Return one message with its conversation, or raise `NotFoundError`."""
    seen = messages_visible_to(membership).select_related("conversation", "patient")
    found = seen.filter(pk=message_id).first()
    if found is None:
        raise NotFoundError
    return found


def inbound_media_visible_to(membership: Membership) -> QuerySet[InboundMedia]:
    """Return the files of messages the member sees that are no documents to be looked at."""
    seen = messages_visible_to(membership).order_by().values("pk")
    rows = InboundMedia.objects.filter(message__in=seen)
    return rows.exclude(state=MediaState.STORED, error_code="")


def sees_unmatched(membership: Membership) -> bool:
    """Say whether a member sees what came from numbers of nobody yet.

    It may be about any patient, so only who sees all of them does.
    """
    if not membership.may("messages.view"):
        return False
    everything = current_account().provider_scope == ProviderScope.ALL
    return membership.role == Role.ADMIN or (membership.is_staff and everything)


def _visible(membership: Membership, rows: QuerySet[Any]) -> QuerySet[Any]:
    if not membership.may("messages.view"):
        return rows.none()
    if membership.role == Role.ADMIN:
        return rows
    seen = Q(patient__in=patients_visible_to(membership).order_by().values("pk"))
    if sees_unmatched(membership):
        seen |= Q(patient__isnull=True)
    return rows.filter(seen)


def templates_visible_to(membership: Membership) -> QuerySet[Template]:
    found = Template.objects.all()
    return found if membership.may("templates.view") else found.none()


def suppressions_visible_to(membership: Membership) -> QuerySet[Suppression]:
    """Return the numbers that want no messages: of the patients the member sees, and of nobody."""
    found = Suppression.objects.all()
    if not membership.may("messages.view"):
        return found.none()
    if membership.role == Role.ADMIN:
        return found
    seen = patients_visible_to(membership).order_by().filter(phone=OuterRef("phone"))
    anybody = Patient.objects.order_by().filter(phone=OuterRef("phone"))
    return found.filter(Exists(seen) | ~Exists(anybody))


def gateways_visible_to(membership: Membership) -> QuerySet[Gateway]:
    found = Gateway.objects.all()
    return found if membership.may("gateways.view") else found.none()
