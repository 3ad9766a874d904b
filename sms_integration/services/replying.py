"""Answering in a conversation in one step: the text, its files, and what was read is read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.errors import ConflictError
from accounts.fields import uuid7
from accounts.models import Membership
from documents.models import Document
from documents.registry import policy_for_model
from documents.services.upload import NewDocument, upload_document
from jobs.services.workers import only_one
from sms_integration.models import Conversation, Message, MessageStatus, Template
from sms_integration.services.reading import mark_read
from sms_integration.services.sending import draft_message, send_message
from sms_integration.services.settling import cancel_message


class AlreadySendingError(ConflictError):
    code = "already_sending"
    detail = "This answer is being sent at this moment. Look at the conversation again."


class InterruptedReplyError(ConflictError):
    code = "reply_interrupted"
    detail = "This answer was begun and not sent. Write it again."


def reply(
    *,
    membership: Membership,
    conversation: Conversation,
    body: str = "",
    template: Template | None = None,
    files: Sequence[Any] = (),
    scheduled_at: datetime | None = None,
    idempotency_key: str = "",
    seen: UUID | None = None,
) -> Message:
    """Send an answer; what was seen when it was written (`seen`, a message's id) is read then.

    `files` are uploaded files. One that is not accepted, and whatever else hinders the sending,
    takes the draft back: nothing half is left to be sent. Asked again with the same key, nothing
    is sent twice. Not inside a transaction. Raises what `draft_message`, `upload_document` and
    `send_message` do.
    """
    with only_one(f"reply:{membership.user_id}:{idempotency_key or uuid7()}") as ours:
        if not ours:
            raise AlreadySendingError
        draft = draft_message(
            membership=membership,
            conversation=conversation,
            body=body,
            template=template,
            idempotency_key=idempotency_key,
        )
        if draft.status not in {MessageStatus.DRAFT, MessageStatus.CANCELED}:
            return draft  # the button was pressed twice
        sent = _sent(membership, draft, files, scheduled_at)
    if seen is not None:
        mark_read(membership=membership, conversation=conversation, up_to=seen)
    return sent


def _sent(
    membership: Membership, draft: Message, files: Sequence[Any], scheduled_at: datetime | None
) -> Message:
    try:
        _require_untouched(draft)
        for file in files:
            upload_document(
                membership=membership,
                policy=policy_for_model(Message),
                owner=draft,
                new=NewDocument(
                    content=file,
                    filename=file.name,
                    size=file.size,
                    declared_type=file.content_type or "",
                ),
            )
        return send_message(membership=membership, message=draft, scheduled_at=scheduled_at)
    except Exception:
        if Message.objects.filter(pk=draft.pk, status=MessageStatus.DRAFT).exists():
            cancel_message(membership=membership, message=draft)
        raise


def _require_untouched(draft: Message) -> None:
    """Refuse what an earlier attempt has begun and not sent: it may have some of the files."""
    rows = Document.objects.of(
        content_type_id=policy_for_model(Message).content_type_id, object_ids=[draft.pk]
    )
    if draft.status == MessageStatus.CANCELED or rows.exists():
        raise InterruptedReplyError
