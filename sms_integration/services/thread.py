"""The messages of a conversation with their files, as whoever shows them needs them."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject, Left

from accounts.models import Membership
from documents.models import Document
from documents.policies import documents_visible_to
from documents.registry import policy_for_model
from sms_integration.models import Conversation, InboundMedia, MediaState, Message, Suppression
from sms_integration.policies import messages_visible_to
from sms_integration.services.assigning import NOT_SAID

BEGINNING = 120  # characters of a message in a list


def with_last(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add `last`: the beginning of each conversation's last message, in the same query."""
    rows = Message.objects.filter(conversation=OuterRef("pk")).exclude(status__in=NOT_SAID)
    last = rows.order_by("-occurred_at", "-id").values(
        found=JSONObject(direction="direction", status="status", text=Left("body", BEGINNING))
    )
    return conversations.annotate(last=Subquery(last[:1]))


def with_opted_out(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add `opted_out`: whether each conversation's number wants no messages, in the same query."""
    open_rows = Suppression.objects.filter(phone=OuterRef("phone"), lifted_at__isnull=True)
    return conversations.annotate(opted_out=Exists(open_rows.order_by()))


def messages_of(membership: Membership, conversation: Conversation) -> QuerySet[Message]:
    """Return what was said in a conversation, the last first."""
    rows = messages_visible_to(membership).filter(conversation=conversation)
    return rows.select_related("sent_by").order_by("-occurred_at", "-id")


def files_of(membership: Membership, messages: Iterable[Message]) -> dict[UUID, list[Document]]:
    """Return the files of some messages, by the message's id; one query."""
    documents = documents_visible_to(membership).available()
    rows = documents.of(
        content_type_id=policy_for_model(Message).content_type_id,
        object_ids=[message.pk for message in messages],
    )
    found: dict[UUID, list[Document]] = defaultdict(list)
    for document in rows.select_related("uploaded_by").order_by("pk"):
        found[document.object_id].append(document)
    return dict(found)


def media_of(messages: Iterable[Message]) -> dict[UUID, list[InboundMedia]]:
    """Return what came with some messages and is no document of theirs (yet); one query."""
    rows = InboundMedia.objects.filter(message__in=[message.pk for message in messages])
    found: dict[UUID, list[InboundMedia]] = defaultdict(list)
    for media in rows.exclude(state=MediaState.STORED).order_by("message", "ordinal"):
        found[media.message_id].append(media)
    return dict(found)
