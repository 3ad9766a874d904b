"""What the clinic has read of what patients wrote."""

from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from accounts.models import Membership
from sms_integration.models import Conversation, Direction, Message
from sms_integration.policies import conversations_visible_to, get_conversation_for
from sms_integration.services.assigning import recount


def mark_read(
    *, membership: Membership, conversation: Conversation, up_to: UUID | None = None
) -> Conversation:
    """Note that what came in has been read: all of it, or as far as the message `up_to`.

    Say how far you have seen: what arrives in this moment stays unread. Asked twice, the second
    time changes nothing, and who read a message first stays noted. Returns the conversation as it
    is now. Raises `ProblemError` (field `up_to`), `NotFoundError`, `NotPermittedError`.
    """
    _require(membership, conversation)
    with transaction.atomic():
        locked = _locked(conversation)
        unread = Message.objects.filter(
            conversation=locked, direction=Direction.INBOUND, read_at=None
        )
        if up_to is not None:
            last = Message.objects.filter(conversation=locked, pk=up_to).first()
            if last is None:
                raise ProblemError("This conversation has no such message.", field="up_to")
            # As they stand in the conversation: by time, then by id.
            unread = unread.filter(
                Q(occurred_at__lt=last.occurred_at) | Q(occurred_at=last.occurred_at, pk__lte=up_to)
            )
        now = timezone.now()
        unread.update(read_at=now, read_by_id=membership.user_id, updated_at=now)
        recount(locked)
    return locked


def mark_unread(*, membership: Membership, conversation: Conversation) -> Conversation:
    """Let the last message that came in be unread again: somebody else is to look at it.

    Where none has come in, nothing changes. Raises `NotFoundError`, `NotPermittedError`.
    """
    _require(membership, conversation)
    with transaction.atomic():
        locked = _locked(conversation)
        inbound = Message.objects.filter(conversation=locked, direction=Direction.INBOUND)
        last = inbound.order_by("-occurred_at", "-id").first()
        if last is not None:
            now = timezone.now()
            inbound.filter(pk=last.pk).update(read_at=None, read_by_id=None, updated_at=now)
        recount(locked)
    return locked


def unread_totals(membership: Membership) -> dict[str, int]:
    """Return for a badge: unread messages, conversations with any, and those of nobody yet."""
    seen = conversations_visible_to(membership).order_by()
    unread = Q(unread_count__gt=0)
    found = seen.filter(unread | Q(patient__isnull=True)).aggregate(
        messages=Sum(F("unread_count")),
        conversations=Count("pk", filter=unread),
        unmatched=Count("pk", filter=Q(patient__isnull=True)),
    )
    return {name: number or 0 for name, number in found.items()}


def _require(membership: Membership, conversation: Conversation) -> None:
    if not membership.may("messages.change"):
        raise NotPermittedError
    get_conversation_for(membership, conversation.pk)


def _locked(conversation: Conversation) -> Conversation:
    """Lock it as those do who add a message and count it (`conversing.py`)."""
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("patient").filter(pk=conversation.pk).first()
    if found is None:
        raise NotFoundError
    return found
