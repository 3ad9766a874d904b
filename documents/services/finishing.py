"""A direct upload's end: what the client has sent is read, verified and only then a document.

What lies at the staging key is believed in nothing, for its sender may replace it at any time. The
bytes are read once, into a file of ours; those very bytes are hashed, verified and written to the
document's own key. The steps can be done again after a crash at any of them:

1. the parts are joined          found joined the next time
2. bytes at the document's key   found there, and compared, the next time
3. the row is shown, or refused  one conditional update decides between this and the sweep
4. the staging object goes       by this or by the sweep
"""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import NotFoundError, ProblemError
from accounts.models import Membership
from documents.encodings import EncodingError, original
from documents.errors import (
    DocumentRefusedError,
    DocumentStateError,
    StoreUnavailableError,
    UploadIncompleteError,
)
from documents.keys import staging_key
from documents.models import DirectUpload, Document, DocumentState, Encoding
from documents.policies import require
from documents.services.finishing_later import kills_workers, leave_to_workers
from documents.services.preparing import NewDocument, prepare_document
from documents.services.showing import ANNOUNCED, UNFINISHED, show
from documents.services.staging import clear_staging
from documents.services.storing import put_bytes
from documents.services.sweep import clear, role_of
from documents.services.trash import policy_of
from documents.storage import ObjectInfo, StoreError, object_store
from documents.storage.base import ObjectExistsError, ObjectMissingError
from jobs.services.workers import only_one

FOUND = ("sha256", "file_type", "metadata", "encoding", "scanned_at")  # what only the bytes tell
REFUSED = 400, 500  # statuses that blame the file; above them it may be tried again
MOST_NAMED = 100
log = logging.getLogger(__name__)


def complete_upload(*, membership: Membership, upload: DirectUpload) -> DirectUpload:
    """Finish an upload, or let the workers do it where it is large; return it as it is then.

    To be called again as long as it is pending or verifying; twice, and twice at once, is the same
    as once. Raises `UploadIncompleteError` while bytes are missing, `StoreUnavailableError`.
    """
    require(membership, policy_of(upload.document), "upload")
    with only_one(role_of(upload.document_id)) as ours:
        upload.document.refresh_from_db()
        upload.refresh_from_db()
        if not ours:
            return upload
        document = upload.document
        if document.state == DocumentState.PENDING:
            with _store_needed():
                joined = _join_parts(upload)
            if joined and document.file_size > settings.DIRECT_UPLOAD_VERIFY_AT_ONCE:
                leave_to_workers(upload, membership)
            elif joined:
                finish_upload(upload)
        elif document.state == DocumentState.VERIFYING:
            if kills_workers(upload):
                text = "It cannot be verified: each worker that read it died. Do not send it again."
                give_up(upload, "cannot_verify", text)
            else:
                leave_to_workers(upload, membership)
    upload.document.refresh_from_db()
    upload.refresh_from_db()
    return upload


def finish_upload(upload: DirectUpload) -> None:
    """Read, verify and show what was sent, or refuse it; the caller holds `role_of`.

    The rows say how it ended. Raises `UploadIncompleteError` when nothing is there,
    `StoreUnavailableError` when it is to be tried again.
    """
    with _store_needed(), _read(upload) as (source, content):
        try:
            document = _verified(upload, source, content)
        except ProblemError as error:
            if not REFUSED[0] <= error.status < REFUSED[1]:
                raise
            give_up(upload, error.code, error.detail)
            return
        try:
            _write(document, source, content)
        except _OtherBytesError:
            text = "Other bytes were sent while the upload was being finished. Begin a new one."
            give_up(upload, "bytes_changed", text)
            return
    _show(upload, document)


def give_up(upload: DirectUpload, code: str, detail: str) -> None:
    """Refuse an upload for good: the row first, then the bytes, then the receipt.

    Nothing is done where it has been shown meanwhile. Where the store is away, the sweep goes on.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = Document.objects.filter(pk=upload.document_id, state__in=ANNOUNCED)
        if not rows.update(state=DocumentState.PURGING, state_reason=UNFINISHED, updated_at=now):
            return
        DirectUpload.objects.filter(pk=upload.pk).update(
            refusal=code[:50], refusal_detail=detail[:500], updated_at=now
        )
    clear(upload.document_id)


class _OtherBytesError(Exception):
    """At the document's own key lie other bytes than those that were verified now."""


@contextmanager
def _store_needed() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise StoreUnavailableError(
            "The documents' store cannot be reached. Nothing is lost; complete the upload later."
        ) from error
    except OSError as error:  # of the temporary file; somebody has to make room
        log.exception("Uploads cannot be read into FILE_UPLOAD_TEMP_DIR")
        raise StoreUnavailableError(
            "The server cannot look at the file now. Nothing is lost; complete the upload later."
        ) from error


def _join_parts(upload: DirectUpload) -> bool:
    """See that the object is there; return False when it was refused for its size.

    Raises `UploadIncompleteError` where something is missing still.
    """
    store, key = object_store(), staging_key(upload.document_id)
    try:
        info = store.stat(key)
    except ObjectMissingError:
        _join(upload, key)
        info = store.stat(key)
    return _has_its_size(upload, info)


def _join(upload: DirectUpload, key: str) -> None:
    sizes = upload.part_sizes
    if not sizes:
        raise UploadIncompleteError
    store = object_store()
    try:
        parts = store.list_parts(key, upload.multipart_id) if upload.multipart_id else []
    except ObjectMissingError:
        parts = []
    there = {part.number: part.size for part in parts}
    missing = [number for number, size in sizes.items() if there.get(number) != size]
    if missing:
        raise UploadIncompleteError(missing=missing[:MOST_NAMED])
    store.complete_multipart(key, upload.multipart_id, [p for p in parts if p.number in sizes])


def _has_its_size(upload: DirectUpload, info: ObjectInfo) -> bool:
    said = upload.document.file_size
    if info.size != said:
        text = f"{info.size:,} bytes were sent; {said:,} were announced. Begin a new upload."
        give_up(upload, "size_differs", text)
        return False
    return True


@contextmanager
def _read(upload: DirectUpload) -> Iterator[tuple[ObjectInfo, BinaryIO]]:
    """Copy what was sent into a file without a name; memory stays flat."""
    said = upload.document.file_size
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as content:
        try:
            with object_store().fetch(staging_key(upload.document_id)) as (info, chunks):
                if info.size == said:
                    for chunk in chunks:
                        content.write(chunk)
        except ObjectMissingError as error:
            raise UploadIncompleteError from error
        if info.size == said and content.tell() != said:
            raise StoreError("The store broke off while it was read.")
        yield info, content


def _verified(upload: DirectUpload, source: ObjectInfo, content: BinaryIO) -> Document:
    """Return the document as its bytes are, under the id and key that it has; raises refusals."""
    document = upload.document
    if source.size != document.file_size:
        raise DocumentRefusedError(
            f"{source.size:,} bytes were sent; {document.file_size:,} were announced."
            " Begin a new upload.",
            code="size_differs",
        )
    policy = policy_of(document)
    owner = policy.model_class._default_manager.filter(pk=document.object_id).first()
    if owner is None:
        raise NotFoundError("The record has been removed meanwhile.")
    found = prepare_document(
        policy=policy,
        owner=owner,
        new=NewDocument(
            content=content,
            filename=document.original_filename,
            size=document.file_size,
            category=document.category,
            description=document.description,
            document_date=document.document_date,
        ),
        uploaded_by=document.uploaded_by,
        batch=document.batch,
    )
    if upload.sha256 and upload.sha256 != found.sha256:
        raise DocumentRefusedError(
            "The bytes that arrived have another SHA-256 than was announced. Begin a new upload.",
            code="hash_differs",
        )
    found.pk, found.s3_key, found.state = document.pk, document.s3_key, document.state
    return found


def _write(document: Document, source: ObjectInfo, content: BinaryIO) -> None:
    """Write the verified bytes to the document's own key, or find them there."""
    try:
        if document.encoding != Encoding.NONE or not _copied(document, source):
            put_bytes(document, content)
    except ObjectExistsError as error:
        if not is_there_already(document):
            raise _OtherBytesError from error


def _copied(document: Document, source: ObjectInfo) -> bool:
    """Let the store copy what was read; return False where the bytes must be sent instead."""
    try:
        made = object_store().copy(
            source,
            document.s3_key,
            content_type=document.file_type,
            sha256=document.sha256,
            tags={"retention": document.retention},
        )
    except ObjectMissingError:  # removed since it was read; the bytes are at hand
        return False
    return made is not None


def is_there_already(document: Document) -> bool:
    """Say whether an attempt that died has written these very bytes."""
    digest, length = hashlib.sha256(), 0
    try:
        with object_store().read(document.s3_key) as chunks:
            for chunk in original(chunks, document.encoding):
                digest.update(chunk)
                length += len(chunk)
    except EncodingError:
        return False
    return (length, digest.hexdigest()) == (document.file_size, document.sha256)


def _show(upload: DirectUpload, document: Document) -> None:
    """Show the document; where the sweep was faster, its bytes are gone again."""
    Document.objects.filter(pk=document.pk, state__in=ANNOUNCED).update(
        **{name: getattr(document, name) for name in FOUND}, updated_at=timezone.now()
    )
    try:
        show(document)
    except DocumentStateError:  # the sweep was faster, or another request; the row says which
        return
    try:
        clear_staging(upload)
    except StoreError as error:  # the sweep does it
        log.warning("What was sent for %s cannot be cleared yet: %s", upload, error)
