"""ready → expired → removed: archives go, the row first, then the bytes, then the note of it."""

import re

from django.db.models import Q
from django.utils import timezone

from accounts.tenancy import current_schema
from documents.models import ArchiveFile, ArchiveState
from documents.services.stored_archives import FOLDER, LONGEST, is_of_an_archive
from documents.storage import object_store
from jobs.models import JobState

OURS = re.compile(r"(?P<archive>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{16}\.zip")


def expire_archive(archive: ArchiveFile) -> None:
    """Give an archive out no more and remove its bytes; safe to call twice. Raises `StoreError`."""
    now = timezone.now()
    ArchiveFile.objects.filter(
        pk=archive.pk, state__in=(ArchiveState.MAKING, ArchiveState.READY)
    ).update(state=ArchiveState.EXPIRED, updated_at=now)
    archive.refresh_from_db()
    if archive.state != ArchiveState.EXPIRED:
        return
    if archive.s3_key:
        object_store().remove(archive.s3_key)
    ArchiveFile.objects.filter(pk=archive.pk, state=ArchiveState.EXPIRED).update(
        state=ArchiveState.REMOVED, s3_key=None, updated_at=now
    )


def sweep_archives() -> int:
    """Expire what is to expire, and clear what attempts have left; return how many went.

    A key is noted in its row before anything is written there, so an object whose name begins with
    an archive's id and that the archive does not have is of an attempt that another one has taken
    over from. Other objects of the folder are not ours to remove. Raises `StoreError`.
    """
    now = timezone.now()
    never = Q(state=ArchiveState.MAKING) & (
        Q(created_at__lte=now - LONGEST) | Q(job__state=JobState.CANCELLED)
    )
    due = ArchiveFile.objects.filter(
        Q(state=ArchiveState.READY, expires_at__lte=now) | Q(state=ArchiveState.EXPIRED) | never
    )
    swept = 0
    for archive in due.order_by("pk").iterator(chunk_size=100):
        expire_archive(archive)
        swept += 1
    for info in object_store().keys(f"{current_schema()}/system/{FOLDER}/"):
        if _is_left_over(info.key):
            object_store().remove(info.key)
            swept += 1
    return swept


def _is_left_over(key: str) -> bool:
    found = OURS.fullmatch(key.rpartition("/")[2])
    if found is None or not ArchiveFile.objects.filter(pk=found["archive"]).exists():
        return False
    return not is_of_an_archive(key)
