"""Giving out a document's bytes, and writing down who got them."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.models import Membership
from documents.encodings import EncodingError, cut, original
from documents.errors import StoreUnavailableError
from documents.models import Document, Encoding
from documents.policies import require
from documents.services.trash import policy_of
from documents.storage import StoreError, object_store


def link_to(document: Document, *, membership: Membership) -> str | None:
    """Return an address in the store that lives as long as the policy says, or None.

    Every link given out is in the access log before anybody has it. What is stored compressed has
    none: not every client would unpack it.
    """
    policy = policy_of(document)
    require(membership, policy, "download")
    if document.encoding != Encoding.NONE:
        return None
    with _readable():
        link = object_store().link(
            document.s3_key,
            ttl=policy.link_ttl,
            filename=document.original_filename,
            content_type=document.file_type,
        )
    if link is not None:
        note_access(document, membership, AccessAction.LINK)
    return link


def require_readable(document: Document, *, membership: Membership) -> None:
    """Say whether the bytes are to be had, as HEAD asks; nobody gets any, and nothing is noted.

    Raises `NotPermittedError`, and `StoreUnavailableError` when they are not there.
    """
    require(membership, policy_of(document), "download")
    with _readable():
        object_store().stat(document.s3_key)


@contextmanager
def open_document(
    document: Document, *, membership: Membership, start: int = 0, end: int | None = None
) -> Iterator[Iterator[bytes]]:
    """Open the bytes, or the span from `start` to `end` (inclusive), as chunks.

    Raises `StoreUnavailableError` when they are not there or the store is away.
    """
    require(membership, policy_of(document), "download")
    note_access(document, membership, AccessAction.DOWNLOAD)
    with stored_bytes(document, start=start, end=end) as chunks:
        yield chunks


@contextmanager
def stored_bytes(
    document: Document, *, start: int = 0, end: int | None = None
) -> Iterator[Iterator[bytes]]:
    """Open the bytes without asking or noting anything; for services that have done both."""
    store = object_store()
    if document.encoding == Encoding.NONE:
        with _readable(), store.read(document.s3_key, start=start, end=end) as chunks:
            yield chunks
    else:  # there is no way to its middle but from its beginning
        with _readable(), store.read(document.s3_key) as chunks:
            yield cut(original(chunks, document.encoding), start, end)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (StoreError, EncodingError) as error:
        raise StoreUnavailableError(
            "The bytes of this document cannot be read at the moment. Try again later."
        ) from error


def note_download(document: Document, membership: Membership) -> None:
    """Note that a member got the bytes of a document in another way than from the store."""
    require(membership, policy_of(document), "download")
    note_access(document, membership, AccessAction.DOWNLOAD)


def note_access(document: Document, membership: Membership, action: AccessAction) -> None:
    record_access(
        membership=membership,
        action=action,
        object_type="documents.document",
        object_ids=[document.pk],
        patient=str(document.patient_id) if document.patient_id else None,
    )
