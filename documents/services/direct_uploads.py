"""Beginning a direct upload, and what its client may ask until the bytes are there.

The row is announced first, as with every upload; so whatever is begun in the store afterwards
belongs to a row that the sweep will find.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.errors import ConflictError, ProblemError
from accounts.models import Membership
from documents.errors import DocumentStateError, DocumentTooLargeError, StoreUnavailableError
from documents.keys import staging_key
from documents.models import DirectUpload, DocumentState, ImageBatch
from documents.policies import require
from documents.registry import DocumentPolicy
from documents.services.announcing import announce
from documents.services.finishing import give_up
from documents.services.preparing import NewDocument, prepare_document
from documents.services.staging import keeping_time, link_time
from documents.services.sweep import role_of
from documents.services.trash import policy_of
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError, Part, PostForm
from jobs.services.workers import only_one

MIB = 1024 * 1024
LARGEST = 5 * 1024 * MIB  # bytes that S3 takes in one call, as the last copy is
MOST_PARTS = 10_000  # S3's
MOST_SIGNED = 100  # links to parts that are given out at a time
TAKEN_BACK = "taken_back"


@dataclass(frozen=True, kw_only=True)
class Announced:
    """What a client says of a file that it will send. `size` in bytes, `sha256` hexadecimal."""

    filename: str
    size: int
    sha256: str = ""
    category: str = ""
    description: str = ""
    document_date: date | None = None
    upload_key: str = ""


@dataclass(frozen=True)
class Signed:
    """A part, its exact bytes, and where to PUT it; None where the application takes it itself."""

    number: int
    size: int
    url: str | None


def begin_upload(
    *, membership: Membership, policy: DocumentPolicy, owner: Model, announced: Announced
) -> DirectUpload:
    """Announce a file that its client will send straight to the store.

    It takes one of the record's places. Raises what `upload_document` raises for a file of such a
    name, size and category, `TooManyDocumentsError`, `NotPermittedError`.
    """
    require(membership, policy, "upload")
    if announced.size > LARGEST and policy.size_limit > LARGEST:
        raise DocumentTooLargeError(limit=LARGEST)
    document = prepare_document(
        policy=policy,
        owner=owner,
        new=NewDocument(
            content=io.BytesIO(),
            filename=announced.filename,
            size=announced.size,
            category=announced.category,
            description=announced.description,
            document_date=announced.document_date,
            upload_key=announced.upload_key,
        ),
        uploaded_by=membership.user,
        batch=owner if isinstance(owner, ImageBatch) else None,
        is_here=False,
    )
    now = timezone.now()
    with transaction.atomic():
        announce(document, policy)
        return DirectUpload.objects.create(
            document=document,
            sha256=announced.sha256,
            part_size=_part_size(announced.size),
            expires_at=now + keeping_time(),
            links_until=now + link_time(),
        )


def post_form(upload: DirectUpload) -> PostForm | None:
    """Return the form of an upload in one piece; None where the application takes it itself.

    Raises `StoreUnavailableError`; the upload is given up then, as nobody could use it.
    """
    try:
        return object_store().presign_post(
            staging_key(upload.document_id), size=upload.document.file_size, ttl=link_time()
        )
    except StoreError as error:
        give_up(upload, "store_unavailable", "The store gave no form to send the file with.")
        raise StoreUnavailableError from error


def sign_parts(
    *, membership: Membership, upload: DirectUpload, numbers: Sequence[int]
) -> list[Signed]:
    """Return where some parts go. Each link is good for `link_time()` and for just its bytes.

    Raises `DocumentStateError` where nothing is waited for, `ProblemError` for numbers that the
    upload has not, `StoreUnavailableError`.
    """
    require(membership, policy_of(upload.document), "upload")
    _require_pending(upload)
    sizes = upload.part_sizes
    wrong = [number for number in numbers if number not in sizes]
    if wrong or not numbers:
        raise ProblemError(
            f"Name parts from 1 to {len(sizes)}."
            if sizes
            else "This upload has no parts: post the file.",
            field="numbers",
            code="invalid",
        )
    if len(set(numbers)) > MOST_SIGNED:
        raise ProblemError(
            f"Ask for at most {MOST_SIGNED} parts at a time.", field="numbers", code="too_many"
        )
    _begin_in_store(upload)
    until = timezone.now() + link_time()
    DirectUpload.objects.filter(pk=upload.pk).update(
        links_until=Greatest("links_until", until), cleared_at=None, updated_at=timezone.now()
    )
    wanted = {number: sizes[number] for number in sorted(set(numbers))}
    try:
        links = object_store().sign_parts(
            staging_key(upload.document_id), upload.multipart_id, wanted, ttl=link_time()
        )
    except StoreError as error:
        raise StoreUnavailableError from error
    return [Signed(number, size, (links or {}).get(number)) for number, size in wanted.items()]


def arrived_parts(upload: DirectUpload) -> list[Part]:
    """Return the parts that the store has. Raises `StoreUnavailableError`."""
    if not upload.multipart_id:
        return []
    try:
        return object_store().list_parts(staging_key(upload.document_id), upload.multipart_id)
    except ObjectMissingError:
        return []
    except StoreError as error:
        raise StoreUnavailableError from error


def abort_upload(*, membership: Membership, upload: DirectUpload) -> None:
    """Take an upload back; its place is free again and what was sent is removed. Twice is fine.

    Raises `DocumentStateError` when it has been finished, or is being finished at this moment.
    """
    require(membership, policy_of(upload.document), "upload")
    with only_one(role_of(upload.document_id)) as ours:
        upload.document.refresh_from_db()
        state = upload.document.state
        if state in (DocumentState.PURGING, DocumentState.REJECTED):
            return
        if state != DocumentState.PENDING or not ours:
            raise DocumentStateError(
                "This upload is complete. Delete the document instead, once it is available."
            )
        give_up(upload, TAKEN_BACK, "The upload was taken back.")


def _part_size(size: int) -> int | None:
    if size <= settings.DIRECT_UPLOAD_PARTS_ABOVE:
        return None
    return max(int(settings.DIRECT_UPLOAD_PART_SIZE), -(-size // MOST_PARTS))


def _require_pending(upload: DirectUpload) -> None:
    if upload.document.state != DocumentState.PENDING:
        raise DocumentStateError("Nothing is waited for any more; look at the upload's state.")


def _begin_in_store(upload: DirectUpload) -> None:
    """Begin the upload in parts and note the store's id, unless somebody has done both.

    What is begun and cannot be noted is found by its key when the upload is cleared.
    """
    with only_one(role_of(upload.document_id)) as ours:
        upload.refresh_from_db(fields=["multipart_id"])
        if upload.multipart_id and _is_known(upload):
            return
        if not ours:
            raise ConflictError("Another request begins with this upload; ask again.", code="busy")
        try:
            made = object_store().begin_multipart(staging_key(upload.document_id))
        except StoreError as error:
            raise StoreUnavailableError from error
        DirectUpload.objects.filter(pk=upload.pk).update(
            multipart_id=made, updated_at=timezone.now()
        )
        upload.multipart_id = made


def _is_known(upload: DirectUpload) -> bool:
    """Say whether the store has the upload still; a bucket's rule may have ended it."""
    try:
        object_store().list_parts(staging_key(upload.document_id), upload.multipart_id)
    except ObjectMissingError:
        return False
    except StoreError as error:
        raise StoreUnavailableError from error
    return True
