"""A fetched file becomes a document of its message, once.

The order is an upload's: announce, write, show. A document knows the row of `InboundMedia` that it
comes from (`source`, `source_id`; unique), so whoever comes after a crash finds it.
"""

from collections.abc import Iterable
from typing import BinaryIO

from django.db import IntegrityError, transaction

from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from documents.services.showing import UNFINISHED
from documents.services.upload import NewDocument, attach_document
from documents.verification.kinds import sniff
from sms_integration.models import InboundMedia, Message

LEFT_BEHIND = (DocumentState.PENDING, DocumentState.VERIFYING)
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "image/heif": ".heic",
    "image/bmp": ".bmp",
    "image/x-ms-bmp": ".bmp",
    "image/tiff": ".tiff",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
}
PICTURES = frozenset(EXTENSIONS.values()) - {".pdf", ".txt"}


class TypeNotTakenError(Exception):
    """A file of a kind that messages do not carry here."""


class StillBusyError(Exception):
    """Another worker is attaching the same file at this moment."""


def source_of(media: InboundMedia) -> tuple[str, str]:
    """Return what a document of this file has as its source."""
    return f"sms:{media.message.provider}", str(media.pk)


def filed_document(media: InboundMedia) -> Document | None:
    """Return the document that an earlier attempt has shown; let go of one that it has not.

    Bytes of the latter are cleared by the sweep of unfinished uploads, and a worker that is still
    writing them finds its row gone and gives up.
    """
    source, source_id = source_of(media)
    with transaction.atomic():
        same = Document.objects.select_for_update().filter(source=source, source_id=source_id)
        for left in same:
            never_shown = left.state in {*LEFT_BEHIND, DocumentState.REJECTED} or (
                left.state == DocumentState.PURGING and left.state_reason == UNFINISHED
            )
            if not never_shown:
                return left
            if left.state in LEFT_BEHIND:
                left.state, left.state_reason = DocumentState.PURGING, UNFINISHED
            left.source = left.source_id = ""
            left.save()
    return None


def file_media(
    media: InboundMedia, content: BinaryIO, *, size: int, content_type: str = ""
) -> Document:
    """Verify a fetched file and attach it to its message. Not inside a transaction.

    Its kind is told by its bytes, and where these leave it open, by what was said of it. Raises
    `TypeNotTakenError`, `StillBusyError` and what `attach_document` does.
    """
    message = Message.objects.get(pk=media.message_id)  # whose patient may have changed meanwhile
    source, source_id = source_of(media)
    extension = _extension(content, (content_type, media.declared_type))
    word = "picture" if extension in PICTURES else "document"
    new = NewDocument(
        content=content,
        filename=f"{word}-{media.ordinal + 1}{extension}",
        category=word,
        size=size,
        source=source,
        source_id=source_id,
    )
    policy = policy_for_model(message)
    try:
        return attach_document(policy=policy, owner=message, new=new, uploaded_by=None)
    except IntegrityError:
        raise StillBusyError from None


def _extension(content: BinaryIO, said: Iterable[str]) -> str:
    for kind in (sniff(content), *said):
        found = EXTENSIONS.get(kind.partition(";")[0].strip().lower())
        if found:
            return found
    raise TypeNotTakenError
