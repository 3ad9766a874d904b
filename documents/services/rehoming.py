"""Documents whose record gets another patient: the rows at once, their bytes afterwards.

`give_documents` changes the rows in the caller's transaction. From then on a document's key names
another patient than its row does, which a worker mends: the bytes are copied to the right key and
read back, the row names the new key, and the old object goes last, when no link to it lives any
more. At each moment the row names an object that has the bytes.

`Document.other_keys` names each further object from before it is written until after it is gone,
so that a death leaves nothing that nobody knows of: `finish_moves` goes on with it, `remove_copies`
and an erasure remove it with the rest. Both steps are done by one process at a time (`only_one`):
who clears up must not meet who moves back.

A legal hold does not stop it: a hold keeps the bytes and the row, and both are kept. What has come
from a number that was nobody's must be able to become its patient's, held or not.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.tenancy import current_schema
from documents.keys import ObjectKeyError, belongs_to, key_of_patient, parse_key
from documents.models import Document
from documents.registry import policy_for_content_type
from documents.services.copies import stored_hash
from documents.services.locking import lock_owners
from documents.services.restructuring.copying import Taken, taken
from documents.services.showing import ANNOUNCED
from documents.services.verifying import (
    COLUMNS,
    WITH_BYTES,
    WITHOUT_BYTES,
    Expected,
    has_bytes_of,
)
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectExistsError
from documents.storage.doors import Doors
from jobs.errors import ItemError
from jobs.services.queueing import send_for_worker
from jobs.services.workers import only_one

TASK = "documents.tasks.rehome_documents"
AT_ONCE = 500  # rows of one statement, ids of one message to the workers
MARGIN = timedelta(minutes=5)  # between the end of the last link and the removal
log = logging.getLogger(__name__)


def give_documents(
    *, content_type_id: int, object_ids: Iterable[UUID], patient_id: UUID | None
) -> None:
    """Give the documents of some records to a patient (or nobody), of every state.

    In the caller's transaction, in which the records get their patient. Files that are on their
    way wait for its end and follow. After the commit the workers are sent for; what they are not
    told of, the sweep finds.
    """
    left = iter(object_ids)
    while some := list(islice(left, AT_ONCE)):
        lock_owners((content_type_id, one) for one in some)
        rows = Document.objects.of(content_type_id=content_type_id, object_ids=some)
        locked = list(rows.select_for_update(of=("self",)).order_by("pk"))
        moving = [one.pk for one in locked if _give(one, patient_id)]
        fields = ["patient", "other_keys", "updated_at"]
        Document.objects.bulk_update(locked, fields, batch_size=AT_ONCE)
        if moving:
            transaction.on_commit(partial(send_for_worker, TASK, [str(pk) for pk in moving]))


def rehome_all(document_ids: Iterable[UUID]) -> int:
    """Move the bytes of some documents; return how many were moved. Safe to run twice, at once.

    What cannot be moved now stays readable where it is, and the sweep tries again.
    """
    return sum(_tried(pk, rehome_document) for pk in document_ids)


def finish_moves(*, links_die_after: timedelta | None = None) -> int:
    """Finish what was begun and not finished; return how many rows were brought further.

    `links_die_after`: how long an old object stays for links to it; the policy's time when None.
    """
    done = 0
    moving = Document.objects.exclude(other_keys=[]).order_by("updated_at", "pk")
    for pk in moving.values_list("pk", flat=True).iterator(chunk_size=AT_ONCE):
        done += _tried(pk, rehome_document)
        done += _tried(pk, lambda pk: clear_other_keys(pk, links_die_after=links_die_after))
    return done


def rehome_document(document_id: UUID) -> bool:
    """Move a document's bytes to the key of its patient; say whether this call did.

    Not inside a transaction. Raises `StoreError`, and `ItemError` where the object is not what
    the row says: then nothing is moved, for the copy would be as bad.
    """
    with only_one(role_of(document_id)) as ours:
        row = _announced(document_id) if ours else None
        if row is None:
            return False
        wanted = right_key(row)
        with taken(Doors(), row.s3_key) as held:
            _compare(row, held)
            _put(row, held, wanted)
        return _follow(row, wanted)


def clear_other_keys(document_id: UUID, *, links_die_after: timedelta | None = None) -> bool:
    """Remove the objects that a document has left, when no link to them lives any more.

    Not inside a transaction. Raises `StoreError`.
    """
    with only_one(role_of(document_id)) as ours:
        row = Document.objects.filter(pk=document_id).exclude(other_keys=[]).first()
        if not ours or row is None or not _is_left(row, links_die_after):
            return False
        gone = [key for key in row.other_keys if key != row.s3_key]
        for key in gone:
            if belongs_to(key, current_schema()):  # else of the clinic that this one was made from
                object_store().remove(key)
        with transaction.atomic():
            locked = Document.objects.select_for_update().get(pk=document_id)
            locked.other_keys = [key for key in locked.other_keys if key not in {*gone, row.s3_key}]
            _note_target(locked)  # it may have got another patient meanwhile
            locked.save(update_fields=["other_keys"])
    return True


def right_key(document: Document) -> str:
    """Return the key of the document's patient; its own where no key with a patient is."""
    try:
        return key_of_patient(document.s3_key, document.patient_id)
    except ObjectKeyError:
        return document.s3_key


def role_of(document_id: UUID) -> str:
    """Return the name of the lock that who moves a document's bytes holds."""
    return f"rehome:{document_id}"


def is_being_moved(key: str) -> bool:
    """Say whether a message's file has left a key, or is about to take it."""
    try:
        message = parse_key(key).parts["message"]
    except (ObjectKeyError, KeyError):
        return False
    return Document.objects.filter(object_id=message, other_keys__contains=[key]).exists()


# --- The rows ------------------------------------------------------------------------------------


def _give(document: Document, patient_id: UUID | None) -> bool:
    """Set the patient, not stored yet; say whether the bytes have to move now."""
    document.patient_id, document.updated_at = patient_id, timezone.now()
    return _note_target(document) and document.state in WITH_BYTES


def _note_target(document: Document) -> bool:
    wanted = right_key(document)
    alive = document.state in {*WITH_BYTES, *ANNOUNCED}
    if wanted == document.s3_key or not alive:
        return False
    if wanted not in document.other_keys:
        document.other_keys = [*document.other_keys, wanted]
    return True


def _announced(document_id: UUID) -> Document | None:
    """Return a document whose bytes are to move, its new key noted; None where there is no need."""
    with transaction.atomic():
        rows = Document.objects.select_for_update().filter(pk=document_id, state__in=WITH_BYTES)
        row = rows.first()
        if row is None or right_key(row) == row.s3_key:
            return None
        noted = list(row.other_keys)
        if _note_target(row) and row.other_keys != noted:
            row.save(update_fields=["other_keys"])
    return row


def _follow(moved: Document, wanted: str) -> bool:
    """Let the row name the new key, unless it wants none or another by now."""
    with transaction.atomic():
        rows = Document.objects.select_for_update().filter(pk=moved.pk, state__in=WITH_BYTES)
        row = rows.first()
        if row is None or row.s3_key != moved.s3_key or right_key(row) != wanted:
            return False  # the note stays: what was copied is cleared by the sweep
        row.other_keys = [*(key for key in row.other_keys if key != wanted), row.s3_key]
        row.s3_key, row.s3_bucket = wanted, object_store().bucket_name
        row.updated_at = timezone.now()
        row.save(update_fields=["s3_key", "s3_bucket", "other_keys", "updated_at"])
    return True


def _is_left(row: Document, links_die_after: timedelta | None) -> bool:
    if row.state in WITHOUT_BYTES:
        return True
    if row.state not in WITH_BYTES or right_key(row) != row.s3_key:
        return False
    if links_die_after is None:
        policy = policy_for_content_type(row.content_type_id)
        links_die_after = (policy.link_ttl if policy else timedelta(0)) + MARGIN
    return row.updated_at <= timezone.now() - links_die_after


# --- The store -----------------------------------------------------------------------------------


def _compare(row: Document, held: Taken) -> None:
    """Refuse an object that has not the document's bytes. Raises `ItemError`."""
    wanted = Expected(*(getattr(row, name) for name in COLUMNS))
    if not has_bytes_of(wanted, held.chunks(), hashlib.sha256()):
        raise ItemError("hash_differs", "The object has not the document's bytes.")


def _put(row: Document, held: Taken, key: str) -> None:
    """Write the copy once and read it back; what an earlier attempt wrote is as good."""
    held.content.seek(0)
    store = object_store()
    try:
        store.put(
            key,
            held.content,
            size=held.size,
            content_type=row.file_type,
            sha256=held.sha256,
            tags={"retention": row.retention},
            encoding=row.encoding,
        )
    except ObjectExistsError:
        log.info("The copy of document %s is there already.", row.pk)
    if stored_hash(store, key) != held.sha256:
        raise ItemError("target_occupied", "Other bytes lie at the key that it is to have.")


def _tried(pk: UUID, step: Callable[[UUID], bool]) -> bool:
    """Do a step; what does not work now stops nothing else, and is seen in the log."""
    try:
        return step(pk)
    except StoreError as error:
        log.warning("Document %s cannot be moved yet: %s", pk, type(error).__name__)
    except ItemError as error:
        log.warning("Document %s cannot be moved: %s", pk, error.code)
    return False
