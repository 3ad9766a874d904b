"""Several documents as one ZIP: which go in, under which names, and who got them.

The choice is made here, with all its queries, before the first byte leaves; `zipping.py` then reads
the store and asks the database nothing. Folders are named after the kind of record and the end of
its id, never after people: archives are passed on, and folders are seen over shoulders.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from accounts.models import Membership
from accounts.tenancy import current_tenant
from documents.archive_names import EntryNames, safe_name
from documents.errors import (
    ArchiveTooLargeError,
    NothingToArchiveError,
    StoreUnavailableError,
)
from documents.models import DocumentQuerySet, ImageBatch
from documents.policies import PATIENTS, documents_visible_to, get_owner_for, get_policy, require
from documents.registry import DocumentPolicy, policy_for_content_type
from documents.services.pictures import BATCHES, in_order
from documents.services.zipping import (
    INCOMPLETE,
    MANIFEST,
    Archive,
    Entry,
    LeftOut,
    StoredFile,
    unknown_file,
    zip_chunks,
)
from documents.storage import StoreError, object_store

MAX_IDS = 5_000
JOB_FILES = 50_000  # of an archive that a job makes
JOB_SIZE = 50 * 1024**3  # bytes of its files together; a worker has an hour for it
MAX_FILES = 500  # of an archive that is made while it is sent
MAX_SIZE = 1024**3  # bytes of its files together
LOGGED_AT_ONCE = 1_000  # ids in one row of the access log
SHORT_ID = 8  # the last digits of a record's id; its first are the time and alike


def archive_of_documents(*, membership: Membership, ids: Collection[UUID]) -> Archive:
    """Choose documents by their ids; one that is named twice comes once.

    Raises `NotFoundError` when the member may not know of one of them, or it is not available, and
    `ArchiveTooLargeError` above 500 files or 1 GB.
    """
    found = _readable(membership)
    wanted = set(ids)
    if len(wanted) > MAX_IDS:
        raise ProblemError(f"Ask for at most {MAX_IDS:,} documents at once.", field="ids")
    files = _files(found.filter(pk__in=wanted))
    if not files or len(files) != len(wanted):
        raise NotFoundError
    _require_small(len(files), sum(file.file_size for file in files))
    return _archive(membership, files)


def archive_of_patient(*, membership: Membership, patient_id: UUID) -> Archive:
    """Choose all documents of a patient and of the patient's records that the member may see.

    Raises `NotFoundError` when the patient is none of theirs, `NothingToArchiveError` when there
    are no documents, and `ArchiveTooLargeError` above 500 files or 1 GB.
    """
    found = _readable(membership)
    patient = get_owner_for(membership, get_policy(PATIENTS), patient_id)
    found = found.filter(patient_id=patient.pk)
    facts = found.aggregate(number=Count("*"), size=Sum("file_size", default=0))
    _require_small(facts["number"], facts["size"])  # before the rows are read: there may be many
    files = _files(found)
    if not files:
        raise NothingToArchiveError
    return _archive(membership, files)


def archive_of_batch(*, membership: Membership, batch_id: UUID) -> Archive:
    """Choose the pictures of an image batch, in the order that people have put them.

    Their names begin with their numbers, so that the order outlives the unpacking. Raises
    `NotFoundError` when the batch is none of the member's, `NothingToArchiveError` when it is
    empty, and `ArchiveTooLargeError` above 500 files or 1 GB.
    """
    files = _pictures(membership, batch_id)
    _require_small(len(files), sum(file.file_size for file in files))
    return _archive(membership, files, numbered=True)


def ids_of_batch(*, membership: Membership, batch_id: UUID) -> list[UUID]:
    """Return the pictures of a batch that is too large for `archive_of_batch`, which raises."""
    return [file.id for file in _pictures(membership, batch_id)]


def _pictures(membership: Membership, batch_id: UUID) -> list[StoredFile]:
    found = _readable(membership)
    policy = get_policy(BATCHES)
    batch = cast("ImageBatch", get_owner_for(membership, policy, batch_id))
    files = _files(found.of(content_type_id=policy.content_type_id, object_ids=[batch.pk]))
    if not files:
        raise NothingToArchiveError(field="batch")
    places = {pk: place for place, pk in enumerate(in_order(batch, [one.id for one in files]))}
    files.sort(key=lambda file: places[file.id])
    return files


def require_makeable(number: int, size: int) -> None:
    """Raise `ArchiveTooLargeError` for what no job makes one archive of either."""
    if number > JOB_FILES or size > JOB_SIZE:
        raise ArchiveTooLargeError(files=number, size=size, max_files=JOB_FILES, max_size=JOB_SIZE)


def archive_to_make(
    *, membership: Membership, ids: Collection[UUID], patient_id: UUID | None
) -> Archive:
    """Choose what a job puts into an archive, by what the member may have now.

    What was chosen by its id and is not available to them any more is among `left_out`. Raises
    `NotFoundError`, `ArchiveTooLargeError`.
    """
    found = _readable(membership)
    if patient_id is not None:
        patient = get_owner_for(membership, get_policy(PATIENTS), patient_id)
        found = found.filter(patient_id=patient.pk)
    else:
        found = found.filter(pk__in=ids)
    facts = found.aggregate(number=Count("*"), size=Sum("file_size", default=0))
    require_makeable(facts["number"], facts["size"])
    files = _files(found)
    gone = set(ids) - {file.id for file in files}
    left_out = [LeftOut(unknown_file(pk), "", "gone") for pk in sorted(gone)]
    archive = _archive(membership, files)
    return replace(archive, left_out=(*archive.left_out, *left_out))


def give_out_archive(archive: Archive, *, membership: Membership) -> Iterator[bytes]:
    """Return the ZIP, made while it is read; who gets which files is noted before.

    Raises `StoreUnavailableError` when the store is away. The iterator raises `StoreError` when it
    goes away later: what was sent by then is no valid ZIP, and must not be ended as if it were.
    """
    try:
        object_store().check()
    except StoreError as error:
        raise StoreUnavailableError(
            "The documents cannot be read at the moment. Try again later."
        ) from error
    note_archive(archive, membership=membership)
    return zip_chunks(archive)


def note_archive(archive: Archive, *, membership: Membership) -> None:
    """Write into the access log that the member got each of the files."""
    patients = {entry.file.patient_id for entry in archive.entries}
    one = patients.pop() if len(patients) == 1 else None
    ids = [entry.file.id for entry in archive.entries]
    for begin in range(0, len(ids), LOGGED_AT_ONCE):
        record_access(
            membership=membership,
            action=AccessAction.DOWNLOAD,
            object_type="documents.document",
            object_ids=ids[begin : begin + LOGGED_AT_ONCE],
            patient=str(one) if one else None,
            archive=True,
        )


def _readable(membership: Membership) -> DocumentQuerySet:
    if not membership.may("documents.view"):
        raise NotPermittedError
    return documents_visible_to(membership).available()


def _require_small(number: int, size: int) -> None:
    if number > MAX_FILES or size > MAX_SIZE:
        raise ArchiveTooLargeError(files=number, size=size, max_files=MAX_FILES, max_size=MAX_SIZE)


def _files(found: DocumentQuerySet) -> list[StoredFile]:
    """Read the rows, record by record."""
    names = [field.name for field in fields(StoredFile)]
    rows = found.order_by("content_type_id", "object_id", "pk").values_list(*names)
    return [StoredFile(*row) for row in rows]


def _archive(
    membership: Membership, files: Sequence[StoredFile], *, numbered: bool = False
) -> Archive:
    account = current_tenant()
    zone = ZoneInfo(account.time_zone)
    kinds = {file.content_type_id: _policy(file) for file in files}
    given, left_out = [], []
    for file in files:
        policy = kinds[file.content_type_id]
        reason = _refusal(membership, policy)
        if policy is None or reason:
            left_out.append(LeftOut(file, policy.slug if policy else "", reason))
        else:
            given.append((file, policy))
    return Archive(
        entries=tuple(_entries(given, zone, numbered=numbered)),
        left_out=tuple(left_out),
        made_at=timezone.now().astimezone(zone),
        account=account,
    )


def _policy(file: StoredFile) -> DocumentPolicy | None:
    return policy_for_content_type(file.content_type_id)


def _refusal(membership: Membership, policy: DocumentPolicy | None) -> str:
    """Return why documents of a kind are not given out; empty where they are."""
    if policy is None:
        return "kind_unknown"
    try:
        require(membership, policy, "download")
    except NotPermittedError as error:
        return error.code
    return ""


def _entries(
    files: Sequence[tuple[StoredFile, DocumentPolicy]], zone: ZoneInfo, *, numbered: bool
) -> Iterator[Entry]:
    names = EntryNames(MANIFEST, INCOMPLETE)
    folders: dict[tuple[int, UUID], str] = {}
    several = len({(file.content_type_id, file.object_id) for file, _ in files}) > 1
    digits = len(str(len(files)))
    for number, (file, policy) in enumerate(files, 1):
        record = (file.content_type_id, file.object_id)
        if record not in folders:
            folders[record] = _folder(names, policy, file.object_id) if several else ""
        name = (
            f"{number:0{digits}} {file.original_filename}" if numbered else file.original_filename
        )
        place = names.place(folders[record], name)
        yield Entry(file, policy.slug, place, _modified(file, zone))


def _folder(names: EntryNames, policy: DocumentPolicy, record: UUID) -> str:
    kind = str(policy.model_class._meta.verbose_name_plural)
    return names.place(safe_name(kind[:1].upper() + kind[1:]), record.hex[-SHORT_ID:])


def _modified(file: StoredFile, zone: ZoneInfo) -> datetime:
    """Return the document's own date, else when it was uploaded, by the clinic's clock."""
    if file.document_date is not None:
        day = file.document_date
        return datetime(day.year, day.month, day.day, tzinfo=zone)
    return (file.uploaded_at or timezone.now()).astimezone(zone)
