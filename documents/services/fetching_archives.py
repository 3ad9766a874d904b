"""Giving out an archive that a job has made: to whom asked for it, while it lives."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotFoundError
from accounts.models import Membership
from documents.errors import ArchiveExpiredError, ArchiveNotReadyError, StoreUnavailableError
from documents.models import ArchiveFile, ArchiveKind, ArchiveState
from documents.policies import documents_visible_to, get_archive_for
from documents.services.stored_archives import ZIP
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError

ASKED_AT_ONCE = 5_000  # ids in one query
LINK_LIVES = timedelta(hours=1)


def fetchable(membership: Membership, archive_id: UUID) -> ArchiveFile:
    """Return an archive that may be given out now.

    The member must still see every document and patient in it: what was taken from them since, they
    do not get out of an archive either. Raises `NotFoundError`, `ArchiveNotReadyError`,
    `ArchiveExpiredError`.
    """
    archive = get_archive_for(membership, archive_id)
    if archive.state == ArchiveState.MAKING:
        raise ArchiveNotReadyError
    if archive.state != ArchiveState.READY or archive.expires_at <= timezone.now():  # type: ignore[operator]
        raise ArchiveExpiredError
    if archive.kind == ArchiveKind.PATIENT_EXPORT and not membership.may("patients.export"):
        raise NotFoundError
    visible = documents_visible_to(membership)
    for begin in range(0, len(archive.document_ids), ASKED_AT_ONCE):
        asked = archive.document_ids[begin : begin + ASKED_AT_ONCE]
        if visible.filter(pk__in=asked).count() != len(asked):
            raise NotFoundError
    return archive


def link_to_archive(archive: ArchiveFile, *, membership: Membership) -> str | None:
    """Return an address in the store for `fetchable`'s archive, or None where it has none.

    It lives no longer than the archive, and an hour at most: the next one asks again who may.
    """
    left = archive.expires_at - timezone.now()  # type: ignore[operator]
    with _readable():
        link = object_store().link(
            str(archive.s3_key),
            ttl=max(min(left, LINK_LIVES), timedelta(seconds=1)),
            filename=file_name(archive),
            content_type=ZIP,
        )
    if link is not None:
        _note_fetch(archive, membership, AccessAction.LINK)
    return link


def require_readable(archive: ArchiveFile) -> None:
    """Say whether the bytes of `fetchable`'s archive are there, as HEAD asks; nothing is noted."""
    with _readable():
        object_store().stat(str(archive.s3_key))


@contextmanager
def open_archive(
    archive: ArchiveFile, *, membership: Membership, start: int = 0, end: int | None = None
) -> Iterator[Iterator[bytes]]:
    """Open the bytes from `start` to `end` (inclusive). Raises `StoreUnavailableError`."""
    _note_fetch(archive, membership, AccessAction.DOWNLOAD)
    with _readable(), object_store().read(str(archive.s3_key), start=start, end=end) as chunks:
        yield chunks


def file_name(archive: ArchiveFile) -> str:
    """Return a name that says what it is and when, and nobody's name."""
    what = "patient" if archive.kind == ArchiveKind.PATIENT_EXPORT else "documents"
    return f"{what}-{archive.created_at:%Y-%m-%d}.zip"


def _note_fetch(archive: ArchiveFile, membership: Membership, action: AccessAction) -> None:
    record_access(
        membership=membership,
        action=action,
        object_type="documents.archivefile",
        object_ids=[archive.pk],
        documents=len(archive.document_ids),
    )


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ObjectMissingError as error:
        raise ArchiveExpiredError from error
    except StoreError as error:
        raise StoreUnavailableError(
            "The archive cannot be read at the moment. Try again later."
        ) from error
