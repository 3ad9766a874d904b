"""Announcing documents: rows that take one of the record's places and name the key of the bytes.

All of it happens under the records' locks: that the record is there and open, which patient it has,
how many places are left, and which number a key gets.
"""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, Q

from accounts.errors import ConflictError, NotFoundError
from documents.errors import TooManyDocumentsError
from documents.keys import key_of_patient, numbered_key
from documents.models import Document, DocumentState
from documents.registry import DocumentPolicy, never_closed, policy_for_content_type
from documents.services.locking import lock_owners

OCCUPIED = (  # what takes one of the record's places
    DocumentState.PENDING,
    DocumentState.VERIFYING,
    DocumentState.AVAILABLE,
    DocumentState.QUARANTINED,
)


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


def require_open(document: Document, policy: DocumentPolicy) -> None:
    """Refuse somebody's file where the record takes none any more: a message that has been sent.

    The caller holds the record's lock (`lock_owners`), as whoever closes the record does.
    """
    if document.uploaded_by_id is None:  # the system's own, such as what came with a message
        return
    owner = policy.model_class._default_manager.filter(pk=document.object_id).first()
    if owner is not None and (reason := policy.closed(owner)):
        raise ConflictError(reason, code="record_closed")


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


def _require_owners(documents: Sequence[Document]) -> None:
    wanted: dict[int, set[UUID]] = {}
    for document in documents:
        wanted.setdefault(document.content_type_id, set()).add(document.object_id)
    for content_type_id, ids in wanted.items():
        model = ContentType.objects.get_for_id(content_type_id).model_class()
        if model is None or model._default_manager.filter(pk__in=ids).count() != len(ids):
            raise NotFoundError("The record has been removed meanwhile.")


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
