"""Messages carry documents: what came with an MMS, and what goes out with one."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import Membership
from documents.keys import message_key
from documents.registry import MB, DocumentPolicy, register
from sms_integration.models import Message, MessageStatus
from sms_integration.policies import messages_visible_to, sees_unmatched


def _direction(message: Message) -> dict[str, Any]:
    return {"direction": message.direction}


def _unmatched(membership: Membership) -> QuerySet[Message] | None:
    """What came from numbers of nobody is not for all who see documents without a patient."""
    return None if sees_unmatched(membership) else Message.objects.filter(patient__isnull=True)


def _closed(message: Message) -> str:
    if message.status == MessageStatus.DRAFT:
        return ""
    return "Files are added to a message before it is sent. Write a new message."


register(
    DocumentPolicy(
        slug="messages",
        model="sms_integration.Message",
        extensions=(
            ".jpg",
            ".jpeg",
            ".png",
            ".gif",
            ".webp",
            ".heic",
            ".bmp",
            ".tiff",
            ".pdf",
            ".txt",
        ),
        max_size=20 * MB,
        max_files=10,
        categories=("picture", "document", "other"),
        visible_to=messages_visible_to,
        hidden_from=_unmatched,
        key=message_key,
        key_facts=_direction,
        numbered=True,
        closed=_closed,
        retention="message",
    )
)
