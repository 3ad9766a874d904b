"""A document's way in: verify, announce, write the bytes, and only then show it.

Crash anywhere and nothing is lost or shown too early: the announced row (`pending`) is seen by
nobody and names the key, so the sweep (services/sweep.py) finds what was left behind.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Count, Model, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.errors import ConflictError, NotFoundError, ProblemError
from accounts.fields import uuid7
from accounts.models import Membership, User
from documents.errors import (
    DocumentStateError,
    StoreUnavailableError,
    TooManyDocumentsError,
)
from documents.keys import KeyContext, current_tenant, key_of_patient, numbered_key
from documents.models import Document, DocumentState, ImageBatch
from documents.names import clean_name
from documents.policies import require
from documents.registry import DocumentPolicy, never_closed, policy_for_content_type
from documents.services.arrival import SHOWN, landing, landings, note_scan
from documents.services.packing import encoding_for
from documents.services.sending_previews import send_for_previews
from documents.services.storing import put_bytes
from documents.storage import StoreError, object_store
from documents.verification import Verified, expected, verify_file

CHUNK = 256 * 1024
ANNOUNCED = (DocumentState.PENDING, DocumentState.VERIFYING)  # from which a document is shown
DESCRIPTION_LENGTH = 500  # characters, as the column
UNFINISHED = "unfinished"  # a `state_reason`: the sweep clears the bytes
OCCUPIED = (  # what takes one of the record's places
    DocumentState.PENDING,
    DocumentState.VERIFYING,
    DocumentState.AVAILABLE,
    DocumentState.QUARANTINED,
)


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A file and what its sender says of it. `content` is open at any position, `size` in bytes."""

    content: BinaryIO
    filename: str
    size: int
    declared_type: str = ""
    description: str = ""
    category: str = ""
    document_date: date | None = None
    tags: list[str] = field(default_factory=list)
    source: str = ""
    source_id: str = ""
    upload_key: str = ""


def upload_document(
    *,
    membership: Membership,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    batch: ImageBatch | None = None,
) -> Document:
    """Verify a file and attach it to a record that the caller got from `get_owner_for`.

    Raises `DocumentRefusedError` and the like for a file that is not accepted (nothing is kept),
    `TooManyDocumentsError`, `NotPermittedError`, `StoreUnavailableError`.
    """
    require(membership, policy, "upload")
    if isinstance(owner, ImageBatch):
        batch = owner
    return attach_document(
        policy=policy, owner=owner, new=new, uploaded_by=membership.user, batch=batch
    )


def attach_document(
    *,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    uploaded_by: User | None,
    batch: ImageBatch | None = None,
) -> Document:
    """Verify a file and attach it, asking nobody's leave: for what the system itself makes.

    Raises what `upload_document` does. Must not run inside a transaction: the announcement would
    not be committed before the bytes are written.
    """
    document = prepare_document(
        policy=policy, owner=owner, new=new, uploaded_by=uploaded_by, batch=batch
    )
    announce(document, policy)
    store_bytes(document, new.content)
    show(document)
    return document


def prepare_document(
    *,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    uploaded_by: User | None,
    batch: ImageBatch | None = None,
    is_here: bool = True,
) -> Document:
    """Verify a file, have it scanned, and return the row that it will have; nothing is written.

    What the scanner finds is no refusal: it stands in the row (`arrival.py`), and `show` puts the
    document into the quarantine. Of a file that is not here yet only what is said of it is
    verified; the hash stays empty.
    """
    filename = clean_name(new.filename)
    category = _category(new.category, policy)
    if len(new.description) > DESCRIPTION_LENGTH:
        raise ProblemError("The description has more than 500 characters.", field="description")
    if is_here:
        verified = verify_file(
            new.content,
            filename=filename,
            size=new.size,
            declared_type=new.declared_type,
            policy=policy,
        )
    else:
        verified = expected(filename=filename, size=new.size, policy=policy)
    document = Document(
        id=uuid7(),
        content_type_id=policy.content_type_id,
        object_id=owner.pk,
        patient_id=policy.patient_id_of(owner),
        batch=batch,
        original_filename=filename,
        file_type=verified.file_type,
        file_size=new.size,
        sha256=sha256_of(new.content) if is_here else "",
        s3_bucket=object_store().bucket_name,
        encoding=encoding_for(new.content, file_type=verified.file_type, size=new.size),
        category=category,
        description=new.description,
        document_date=new.document_date,
        tags=new.tags,
        metadata=verified.metadata,
        uploaded_by=uploaded_by,
        retention=policy.retention,
        source=new.source,
        source_id=new.source_id,
        upload_key=new.upload_key,
    )
    document.s3_key = policy.key(_key_context(document, owner, policy, verified))
    if is_here:
        note_scan(document, new.content)
    return document


def require_open(document: Document, policy: DocumentPolicy) -> None:
    """Refuse somebody's file where the record takes none any more: a message that has been sent.

    The caller holds the record's lock (`lock_owners`), as whoever closes the record does.
    """
    if document.uploaded_by_id is None:  # the system's own, such as what came with a message
        return
    owner = policy.model_class._default_manager.filter(pk=document.object_id).first()
    if owner is not None and (reason := policy.closed(owner)):
        raise ConflictError(reason, code="record_closed")


def announce(document: Document, policy: DocumentPolicy) -> None:
    """Commit the row that takes one of the record's places and names the key."""
    with transaction.atomic():
        lock_owners([(document.content_type_id, document.object_id)])
        _require_owners([document])
        if policy.closed is not never_closed:
            require_open(document, policy)
        require_place(document, policy)
        _insert([document])


def announce_imported(documents: Sequence[Document]) -> None:
    """Commit the rows of several documents together, or of none.

    They are not limited in number: what the other system held is not left behind.
    """
    with transaction.atomic():
        lock_owners((one.content_type_id, one.object_id) for one in documents)
        _require_owners(documents)
        _insert(documents)


def _require_owners(documents: Sequence[Document]) -> None:
    wanted: dict[int, set[UUID]] = {}
    for document in documents:
        wanted.setdefault(document.content_type_id, set()).add(document.object_id)
    for content_type_id, ids in wanted.items():
        model = ContentType.objects.get_for_id(content_type_id).model_class()
        if model is None or model._default_manager.filter(pk__in=ids).count() != len(ids):
            raise NotFoundError("The record has been removed meanwhile.")


def _number(documents: Sequence[Document]) -> None:
    """Give keys that are told apart by a number theirs; the caller holds the records' locks."""
    taken: dict[tuple[int, UUID], int] = {}
    for document in documents:
        policy = policy_for_content_type(document.content_type_id)
        if policy is None or not policy.numbered:
            continue
        place = (document.content_type_id, document.object_id)
        if place not in taken:  # rows are never removed but with their record: none comes twice
            rows = Document.objects.of(content_type_id=place[0], object_ids=[place[1]])
            taken[place] = rows.count()
        document.s3_key = numbered_key(document.s3_key, taken[place])
        taken[place] += 1


def _follow_patients(documents: Sequence[Document]) -> None:
    """Name the patient whom a message has by now: it may have been given to another meanwhile.

    The caller holds the records' locks, as whoever gives them to a patient does (`rehoming.py`).
    """
    for document in documents:
        policy = policy_for_content_type(document.content_type_id)
        if policy is None or not policy.numbered:
            continue
        rows = policy.model_class._default_manager.filter(pk=document.object_id)
        patient_id = rows.values_list(policy.patient_of, flat=True).first()
        if patient_id != document.patient_id:
            document.patient_id = patient_id
            document.s3_key = key_of_patient(document.s3_key, patient_id)


def _insert(documents: Sequence[Document]) -> None:
    _follow_patients(documents)
    _number(documents)
    for document in documents:
        document.state = DocumentState.PENDING
        unknown = ["sha256"] if not document.sha256 else []  # of bytes that are still to come
        document.full_clean(
            exclude=["content_type", "patient", "uploaded_by", "trashed_by", "batch", *unknown],
            validate_unique=False,
            validate_constraints=False,
        )
    Document.objects.bulk_create(documents)


def require_place(document: Document, policy: DocumentPolicy) -> None:
    """Refuse one file too many; the caller holds the record's lock (`lock_owners`)."""
    if policy.max_files is not None and min(places_left([document]).values()) <= 0:
        raise TooManyDocumentsError(limit=policy.max_files)


def places_left(documents: Sequence[Document]) -> dict[tuple[int, UUID], int]:
    """Return how many more files the records of documents may have, where there is a limit.

    The caller holds the records' locks (`lock_owners`).
    """
    found: dict[tuple[int, UUID], int] = {}
    for document in documents:
        policy = policy_for_content_type(document.content_type_id)
        if policy is not None and policy.max_files is not None:
            found[document.content_type_id, document.object_id] = policy.max_files
    if found:
        records = Q()
        for content_type_id, object_id in found:
            records |= Q(content_type_id=content_type_id, object_id=object_id)
        rows = Document.objects.filter(records, state__in=OCCUPIED).order_by()
        taken = rows.values_list("content_type_id", "object_id").annotate(number=Count("*"))
        for content_type_id, object_id, number in taken:
            found[content_type_id, object_id] -= number
    return found


@contextmanager
def withdrawn_on_failure(document: Document) -> Iterator[None]:
    """Take the announcement back when the store fails, and raise `StoreUnavailableError`."""
    try:
        yield
    except StoreError as error:
        _withdraw(document)
        raise StoreUnavailableError from error


def store_bytes(document: Document, content: BinaryIO) -> None:
    """Write the object; when the store fails, take the announcement back."""
    with withdrawn_on_failure(document):
        put_bytes(document, content)


def show(document: Document) -> None:
    """Pending or verifying → available, or → quarantined: its bytes are in the store."""
    if not show_all([document]):
        if _is_given_up(document):  # never what another process has shown: its bytes are these
            discard(document)
        raise DocumentStateError("The upload took too long and was given up. Send the file again.")
    send_for_previews(document)


def show_all(documents: Sequence[Document]) -> list[Document]:
    """Show several, or put them into the quarantine; return those that arrived.

    At the others the sweep has been, perhaps before their bytes were; the caller discards these.
    """
    now = timezone.now()
    rows = Document.objects.filter(pk__in=[one.pk for one in documents])
    landed = landings(documents)
    changed = rows.filter(state__in=ANNOUNCED).update(
        **landing(landed),
        uploaded_at=Coalesce("uploaded_at", Value(now)),  # of an import, it is known already
        updated_at=now,
    )
    shown = list(documents)
    if changed != len(shown):
        ours = rows.filter(state__in=SHOWN, updated_at=now)
        there = set(ours.values_list("pk", flat=True))
        shown = [one for one in documents if one.pk in there]
    for document in shown:
        document.state, document.state_reason = landed[document.pk]
        document.uploaded_at = document.uploaded_at or now
    return shown


def _withdraw(document: Document) -> None:
    """Reject an announced document whose bytes did not arrive.

    Where even the removal fails, the row stays `pending` and the sweep tries again.
    """
    try:
        object_store().remove(document.s3_key)
    except StoreError:
        return
    Document.objects.filter(pk=document.pk, state=DocumentState.PENDING).update(
        state=DocumentState.REJECTED, state_reason="store_unavailable", updated_at=timezone.now()
    )


def _is_given_up(document: Document) -> bool:
    given_up = (DocumentState.PURGING, DocumentState.REJECTED)
    return Document.objects.filter(pk=document.pk, state__in=given_up).exists()


def discard(document: Document) -> None:
    """Remove the bytes of a document that was given up; where that fails, the sweep tries again."""
    try:
        object_store().remove(document.s3_key)
    except StoreError:
        Document.objects.filter(pk=document.pk).exclude(state__in=OCCUPIED).update(
            state=DocumentState.PURGING, state_reason=UNFINISHED, updated_at=timezone.now()
        )


def lock_owners(owners: Iterable[tuple[int, UUID]]) -> None:
    """Let what adds documents to a record, and what removes it, wait for each other.

    `owners` are content types and ids. All take the locks in one order, so that nobody waits for
    somebody who waits for them.
    """
    tenant, numbers = current_tenant(), set()
    for content_type_id, object_id in owners:
        text = f"{tenant}:{content_type_id}:{object_id}"
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        numbers.add(int.from_bytes(digest, "big", signed=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [sorted(numbers)]
        )


def _key_context(
    document: Document, owner: Model, policy: DocumentPolicy, verified: Verified
) -> KeyContext:
    return KeyContext(
        tenant=current_tenant(),
        document_id=document.pk,
        owner_id=owner.pk,
        extension=verified.extension,
        patient_id=document.patient_id,
        batch_id=document.batch_id,
        on=document.document_date or timezone.localdate(),
        source_id=document.source_id,
        **policy.key_facts(owner),
    )


def _category(category: str, policy: DocumentPolicy) -> str:
    chosen = category or policy.default_category
    if chosen not in policy.categories:
        raise ProblemError(
            f"{chosen[:50]!r} is no category here; choose one of {', '.join(policy.categories)}.",
            field="category",
            code="invalid_choice",
        )
    return chosen


def sha256_of(content: BinaryIO) -> str:
    """Return a file's SHA-256; one that was hashed while it was received is not read again."""
    known = getattr(content, "sha256", None)
    if known:
        return str(known)
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in _chunks(content):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(content: BinaryIO) -> Iterable[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk
