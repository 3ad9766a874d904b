"""Addresses under which a gateway fetches the files of a message, for a few hours.

A link of the store will not do: it is signed for one method, and gateways ask with HEAD and GET.
The address holds 256 random bits; we keep their SHA-256 only.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotFoundError
from accounts.password_links import clinic_address
from accounts.policies import current_account
from documents.models import Document, DocumentState
from documents.services.reading import stored_bytes
from sms_integration.models import MediaLink, Message
from sms_integration.services.outgoing_files import MOST_BYTES
from sms_integration.services.stripping import without_metadata

LIVES = timedelta(hours=4)  # gateways fetch within minutes, and once more after a failure
KEPT = timedelta(days=1)  # for which a dead link's row is left lying
LONGEST = 100  # characters of anything that could be a token


@dataclass(frozen=True)
class GivenFile:
    content: bytes = field(repr=False)
    mime: str


def public_address() -> str:
    """Return where the clinic is reached from outside, without a slash at the end."""
    return clinic_address(current_account(), scheme="https" if settings.HTTPS else "http")


def make_links(message: Message, files: Sequence[Document]) -> list[str]:
    """Return an address for each file. Nobody else ever has it; asked again, there are new ones."""
    tokens = [secrets.token_urlsafe(32) for _ in files]
    MediaLink.objects.bulk_create(
        MediaLink(
            message=message,
            document=file,
            token_hash=hash_of(token),
            expires_at=timezone.now() + LIVES,
        )
        for file, token in zip(files, tokens, strict=True)
    )
    return [f"{public_address()}/sms/media/{token}" for token in tokens]


def open_link(token: str) -> GivenFile:
    """Return the file behind a token, without position and camera, and note that it was fetched.

    Raises `NotFoundError` where there is none (any more), `StoreUnavailableError`.
    """
    found = (
        MediaLink.objects.select_related("document")
        .filter(
            token_hash=hash_of(token[:LONGEST]),
            expires_at__gt=timezone.now(),
            document__state=DocumentState.AVAILABLE,
        )
        .first()
    )
    if found is None:
        raise NotFoundError
    document = found.document
    record_access(
        membership=None,
        action=AccessAction.DOWNLOAD,
        object_type="documents.document",
        object_ids=[document.pk],
        patient=str(document.patient_id) if document.patient_id else None,
        message=str(found.message_id),
    )
    with _content(document) as content:
        return GivenFile(without_metadata(content, document.file_type), document.file_type)


def sweep_links() -> int:
    """Remove the rows of links that have been dead for a day; return how many. Twice is once."""
    return MediaLink.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()[0]


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@contextmanager
def _content(document: Document) -> Iterator[bytes]:
    """Yield the bytes, of which there are few: `outgoing_files.MOST_BYTES` in a message."""
    if document.file_size > MOST_BYTES:
        raise NotFoundError
    with stored_bytes(document) as chunks:
        yield b"".join(chunks)
