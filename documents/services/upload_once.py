"""The same upload, sent again: one document, whatever of it, or of its answer, was lost.

A client gives its request a key (`Idempotency-Key`) and sends it again with the same key when the
answer did not come. The key stands in the announced row, where it is unique; so it holds from the
moment from which there is anything to be doubled. One request at a time works on a key: the lock is
let go in the moment in which a process dies, so that the next one knows that nobody finishes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from django.db.models import Model
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.idempotency import whole_key
from accounts.models import Membership
from documents.errors import UploadBusyError, UploadKeyUsedError
from documents.models import DirectUpload, Document, DocumentState
from documents.names import clean_name
from documents.policies import require
from documents.registry import DocumentPolicy
from documents.services.direct_uploads import Announced, begin_upload
from documents.services.finishing import is_there_already
from documents.services.preparing import NewDocument, sha256_of
from documents.services.showing import show, store_bytes, withdrawn_on_failure
from documents.services.staging import link_time
from documents.services.upload import upload_document
from documents.storage.base import ObjectMissingError
from jobs.services.workers import only_one

# In which a document's key is free again; as the constraint `document_upload_key` says it.
CAME_TO_NOTHING = (DocumentState.REJECTED, DocumentState.PURGING, DocumentState.PURGED)


def upload_document_once(
    *, membership: Membership, policy: DocumentPolicy, owner: Model, new: NewDocument, key: str
) -> Document:
    """Upload a file, or return what became of it when it was sent with this key before.

    It is returned in whatever state it is by now, which may be the trash; what is said of it
    besides (description, category …) is as it was sent first. An upload whose process died is
    finished. Raises what `upload_document` does, `UploadKeyUsedError`, `UploadBusyError`.
    """
    require(membership, policy, "upload")
    whole = whole_key(membership.user_id, key)
    new = replace(new, upload_key=whole)
    with _alone_with(whole):
        there = _there(whole)
        if there is None:
            return upload_document(membership=membership, policy=policy, owner=owner, new=new)
        same = there.sha256 == sha256_of(new.content) and not _is_direct(there)
        if not same or not _is_same(there, policy, owner, new.filename):
            raise UploadKeyUsedError
        if there.state == DocumentState.PENDING:
            _finish(there, new.content)
        return there


def begin_upload_once(
    *,
    membership: Membership,
    policy: DocumentPolicy,
    owner: Model,
    announced: Announced,
    key: str,
) -> DirectUpload:
    """Announce a direct upload, or return the one that was announced with this key.

    It is returned as it stands by now; links given out for it live as long as those of a new one.
    Raises what `begin_upload` does, `UploadKeyUsedError`, `UploadBusyError`.
    """
    require(membership, policy, "upload")
    whole = whole_key(membership.user_id, key)
    with _alone_with(whole):
        there = _there(whole)
        if there is None:
            return begin_upload(
                membership=membership,
                policy=policy,
                owner=owner,
                announced=replace(announced, upload_key=whole),
            )
        upload = DirectUpload.objects.select_related("document").filter(document=there).first()
        if (
            upload is None
            or (upload.sha256, there.file_size) != (announced.sha256, announced.size)
            or not _is_same(there, policy, owner, announced.filename)
        ):
            raise UploadKeyUsedError
        if there.state == DocumentState.PENDING:
            now = timezone.now()
            DirectUpload.objects.filter(pk=upload.pk).update(
                links_until=Greatest("links_until", now + link_time()),
                cleared_at=None,
                updated_at=now,
            )
            upload.refresh_from_db(fields=["links_until"])
        return upload


@contextmanager
def _alone_with(whole: str) -> Iterator[None]:
    """Work on a key while nobody else does; without a key there is nobody to wait for."""
    if not whole:
        yield
        return
    with only_one(f"upload-key:{whole}") as ours:
        if not ours:
            raise UploadBusyError
        yield


def _there(whole: str) -> Document | None:
    if not whole:
        return None
    rows = Document.objects.select_related("uploaded_by", "direct_upload")
    return rows.filter(upload_key=whole).exclude(state__in=CAME_TO_NOTHING).first()


def _is_same(there: Document, policy: DocumentPolicy, owner: Model, filename: str) -> bool:
    place = (there.content_type_id, there.object_id)
    named = there.original_filename == clean_name(filename)
    return named and place == (policy.content_type_id, owner.pk)


def _finish(document: Document, content: BinaryIO) -> None:
    """Do what a process that died has not done any more."""
    with withdrawn_on_failure(document):
        try:
            written = is_there_already(document)
        except ObjectMissingError:
            written = False
    if not written:
        store_bytes(document, content)
    show(document)


def _is_direct(document: Document) -> bool:
    return getattr(document, "direct_upload", None) is not None
