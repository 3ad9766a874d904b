"""ZIPs that are made by a job, because they are too large to be made while they are sent.

Announce, write, show, as with documents (decision 1): the row names the key before the first byte
goes there, and becomes `ready` when all of them are there. A process may die between any two; the
next attempt removes what the last one announced and begins anew, under a key of its own. So no half
archive is ever given out, and two who make the same one at once cannot mix their bytes.
"""

import hashlib
import secrets
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotPermittedError
from accounts.models import Membership
from accounts.policies import membership_of
from accounts.tenancy import current_schema
from documents import keys
from documents.errors import MOST_ARCHIVES, TooManyArchivesError
from documents.models import ArchiveFile, ArchiveKind, ArchiveState, Document, Retention
from documents.policies import PATIENTS
from documents.registry import policy_for_slug
from documents.storage import object_store
from jobs.models import Job, JobState
from jobs.services.background import start_in_background
from jobs.services.workers import only_one

MAKE_ARCHIVE = "make_archive"
FOLDER = "exports"  # under `system/`; nothing but archives lies there
ZIP = "application/zip"
LONGEST = timedelta(days=7)
LOGGED_AT_ONCE = 1_000  # ids in one row of the access log


class ArchiveGivenUpError(Exception):
    """Somebody else has this archive in hand, or it has expired: this attempt is to end."""


@dataclass(frozen=True)
class Contents:
    """What was written into an archive."""

    document_ids: list[UUID]
    patient_ids: list[UUID]
    is_complete: bool


def lifetime() -> timedelta:
    """Return how long an archive is given out: ARCHIVE_HOURS, at most seven days."""
    return min(timedelta(hours=settings.ARCHIVE_HOURS), LONGEST)


def order_archive(
    *, membership: Membership, ids: Collection[UUID] = (), patient_id: UUID | None = None
) -> ArchiveFile:
    """Have a ZIP made in the background; who asks again for the same gets the same one.

    The caller has checked what the member may have. Raises `TooManyArchivesError`.
    """
    if not membership.may("documents.view"):
        raise NotPermittedError
    chosen = sorted(set(ids))
    return start_archive(
        membership=membership,
        kind=ArchiveKind.ZIP,
        job_kind=MAKE_ARCHIVE,
        patient_id=patient_id,
        chosen=chosen,
    )


def start_archive(
    *,
    membership: Membership | None,
    kind: ArchiveKind,
    job_kind: str,
    patient_id: UUID | None,
    chosen: Collection[UUID] = (),
) -> ArchiveFile:
    """Note what is asked for and start its job. Raises `TooManyArchivesError`."""
    with transaction.atomic():
        archive = announce_archive(
            membership=membership, kind=kind, patient_id=patient_id, chosen=chosen
        )
        user = membership.user if membership is not None else None
        job = start_in_background(
            kind=job_kind, parameters={"archive": str(archive.pk)}, requested_by=user
        )
        if archive.job_id != job.pk:
            archive.job = job
            archive.save(update_fields=["job", "updated_at"])
    return archive


def announce_archive(
    *,
    membership: Membership | None,
    kind: ArchiveKind,
    patient_id: UUID | None,
    chosen: Collection[UUID] = (),
) -> ArchiveFile:
    """Return the row of an archive that is to be made: the one that is being made, or a new one."""
    user_id = membership.user_id if membership is not None else None
    with transaction.atomic():
        if membership is not None:  # two requests at once must not both pass the limit
            Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        making = ArchiveFile.objects.filter(
            requested_by=user_id, state=ArchiveState.MAKING, created_at__gt=timezone.now() - LONGEST
        ).exclude(job__state=JobState.CANCELLED)
        same = making.filter(kind=kind, patient_uuid=patient_id, chosen=list(chosen)).first()
        if same is not None:
            return same
        if membership is not None and making.count() >= MOST_ARCHIVES:
            raise TooManyArchivesError
        return ArchiveFile.objects.create(
            kind=kind, requested_by_id=user_id, patient_uuid=patient_id, chosen=list(chosen)
        )


def requester_of(archive: ArchiveFile) -> Membership:
    """Return who asked for an archive, as they are a member now. Raises `NotPermittedError`."""
    found = membership_of(str(archive.requested_by_id), schema_name=current_schema())
    if found is None:
        raise NotPermittedError("Who asked for this archive is no member of the clinic any more.")
    return found


def make_archive_file(
    archive: ArchiveFile, write: Callable[[IO[bytes]], Contents], *, keep_on: Callable[[], None]
) -> ArchiveFile:
    """Have `write` fill a temporary file, put it into the store and show it.

    `keep_on` is called before each step and raises when the work is to end. An archive that is
    ready already is returned as it is. Raises `ArchiveGivenUpError`, `StoreError`, `OSError`, and
    what `write` raises; then nothing is given out and the archive is to be made again. Must not run
    inside a transaction.
    """
    with only_one(f"archive:{archive.pk}") as alone:
        archive.refresh_from_db()
        if archive.state == ArchiveState.READY:
            return archive
        if not alone or archive.state != ArchiveState.MAKING:
            raise ArchiveGivenUpError
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as spool:
            contents = write(spool)
            keep_on()
            size, sha256 = spool.tell(), _sha256(spool)
            _forget_last_attempt(archive)
            key = _announce_key(archive)
            spool.seek(0)
            object_store().put(
                key,
                cast(BinaryIO, spool),
                size=size,
                content_type=ZIP,
                sha256=sha256,
                tags={"retention": Retention.TEMP.value},
            )
        return _show(archive, key, contents, size=size, sha256=sha256)


def _sha256(spool: IO[bytes]) -> str:
    spool.seek(0)
    return hashlib.file_digest(spool, "sha256").hexdigest()  # type: ignore[arg-type]


def _forget_last_attempt(archive: ArchiveFile) -> None:
    """Remove what an attempt has left that died; its key stays in the row until that is done."""
    if archive.s3_key:
        object_store().remove(archive.s3_key)


def _announce_key(archive: ArchiveFile) -> str:
    key = keys.system_key(FOLDER, f"{archive.pk}-{secrets.token_hex(8)}.zip")
    alive = ArchiveFile.objects.filter(
        pk=archive.pk, state=ArchiveState.MAKING, s3_key=archive.s3_key
    )
    if not alive.update(s3_key=key, updated_at=timezone.now()):
        raise ArchiveGivenUpError
    return key


def _show(
    archive: ArchiveFile, key: str, contents: Contents, *, size: int, sha256: str
) -> ArchiveFile:
    """Make an archive ready, and note who got which documents: both or neither."""
    with transaction.atomic():
        is_all_there = _is_all_there(archive, contents)
        locked = ArchiveFile.objects.select_for_update().get(pk=archive.pk)
        ours = is_all_there and locked.state == ArchiveState.MAKING and locked.s3_key == key
        if ours:
            locked.state, locked.expires_at = ArchiveState.READY, timezone.now() + lifetime()
            locked.file_size, locked.sha256 = size, sha256
            locked.document_ids, locked.patient_ids = contents.document_ids, contents.patient_ids
            locked.is_complete = contents.is_complete
            locked.save()
            _note_documents(locked)
    if not ours:
        object_store().remove(key)
        raise ArchiveGivenUpError
    return locked


def _is_all_there(archive: ArchiveFile, contents: Contents) -> bool:
    """Say whether nothing in an archive was erased while it was made, and let nothing be for now.

    An erasure locks the same rows in the same order, and looks for archives after that: one of the
    two sees the other.
    """
    patients = policy_for_slug(PATIENTS)
    if archive.patient_uuid is not None and patients is not None:
        patient = patients.model_class._base_manager.filter(pk=archive.patient_uuid)
        if not patient.select_for_update(no_key=True).exists():
            return False
    rows = Document.objects.filter(pk__in=contents.document_ids).order_by("pk")
    locked = rows.select_for_update(no_key=True).values_list("pk", flat=True)
    return len(locked) == len(contents.document_ids)


def _note_documents(archive: ArchiveFile) -> None:
    membership = requester_of(archive) if archive.requested_by_id else None
    one = archive.patient_ids[0] if len(archive.patient_ids) == 1 else None
    for begin in range(0, len(archive.document_ids), LOGGED_AT_ONCE):
        record_access(
            membership=membership,
            action=AccessAction.DOWNLOAD,
            object_type="documents.document",
            object_ids=archive.document_ids[begin : begin + LOGGED_AT_ONCE],
            patient=str(one) if one else None,
            archive=str(archive.pk),
        )


def is_of_an_archive(key: str) -> bool:
    """Say whether an archive has an object, or is writing it."""
    return ArchiveFile.objects.filter(s3_key=key).exists()


def has_failed(archive: ArchiveFile) -> bool:
    """Say whether an archive is not made, and nobody is making it."""
    job: Job | None = archive.job
    ended = {JobState.FAILED, JobState.CANCELLED}
    return archive.state == ArchiveState.MAKING and job is not None and job.state in ended
