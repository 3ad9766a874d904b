"""A conversation as its page shows it: days, bubbles, ticks and pictures."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from documents.models import Document
from documents.services.previews import is_previewed
from sms_integration.models import Conversation, Direction, InboundMedia, Message, MessageStatus
from sms_integration.services.thread import files_of, media_of, messages_of

PAGE = 40  # messages of a page; earlier ones are behind a link
# A sign (Material Symbols) for each state; the words beside it are for everybody.
SIGNS = {
    MessageStatus.DRAFT: "edit",
    MessageStatus.SCHEDULED: "schedule",
    MessageStatus.QUEUED: "hourglass_empty",
    MessageStatus.SENDING: "hourglass_empty",
    MessageStatus.SENT: "check",
    MessageStatus.DELIVERED: "done_all",
    MessageStatus.READ: "done_all",
    MessageStatus.UNCLEAR: "help",
    MessageStatus.UNDELIVERED: "error",
    MessageStatus.FAILED: "error",
    MessageStatus.CANCELED: "block",
}
WRONG = {MessageStatus.UNDELIVERED, MessageStatus.FAILED, MessageStatus.UNCLEAR}


@dataclass(frozen=True)
class Attachment:
    """A file of a message: `picture` is its thumbnail's address, empty where it has none."""

    name: str
    link: str
    picture: str


@dataclass(frozen=True)
class Bubble:
    """A message on the page. `day` is set on the first one of each day, by the clinic's clock."""

    message: Message
    day: date | None
    files: list[Attachment] = field(default_factory=list)
    media: list[InboundMedia] = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        return self.message.direction == Direction.OUTBOUND

    @property
    def is_new(self) -> bool:
        return not self.is_ours and self.message.read_at is None

    @property
    def sign(self) -> str:
        return SIGNS.get(MessageStatus(self.message.status), "")

    @property
    def is_wrong(self) -> bool:
        return self.message.status in WRONG


@dataclass(frozen=True)
class Thread:
    """A page of a conversation, the last message at its end."""

    bubbles: list[Bubble]
    earlier: UUID | None  # the first message shown, where there are earlier ones
    documents: list[UUID]  # whose names and pictures are shown


def thread_of(
    membership: Membership, conversation: Conversation, *, before: UUID | None = None
) -> Thread:
    """Return the last messages of a conversation, or those before one of them; a few queries."""
    rows = messages_of(membership, conversation)
    if before is not None and (mark := rows.filter(pk=before).first()) is not None:
        at = mark.occurred_at
        rows = rows.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=mark.pk))
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE][::-1]
    files, media = files_of(membership, shown), media_of(shown)
    bubbles: list[Bubble] = []
    last: Any = None
    for message in shown:
        day = timezone.localdate(message.occurred_at)
        attached = [_attachment(one) for one in files.get(message.pk, ())]
        bubbles.append(
            Bubble(message, None if day == last else day, attached, media.get(message.pk, []))
        )
        last = day
    return Thread(
        bubbles=bubbles,
        earlier=shown[0].pk if len(found) > PAGE else None,
        documents=[one.pk for some in files.values() for one in some],
    )


def _attachment(document: Document) -> Attachment:
    picture = reverse("admin:documents_document_thumbnail", args=[document.pk])
    return Attachment(
        name=document.original_filename,
        link=f"/api/v1/files/{document.pk}/download",
        picture=picture if is_previewed(document) else "",
    )
