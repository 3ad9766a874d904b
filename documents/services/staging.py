"""The place in the store where a client's bytes wait to be looked at: kept and cleared."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from documents.keys import staged_document, staging_key
from documents.models import DirectUpload, DocumentState
from documents.storage import object_store

UNDER_WAY = (DocumentState.PENDING, DocumentState.VERIFYING, DocumentState.PURGING)
LATE = timedelta(hours=1)  # what is sent with a link in its last moment has arrived by then


def clear_staging(upload: DirectUpload) -> None:
    """Remove what a client has sent; safe to call twice. Raises `StoreError`."""
    store, key = object_store(), staging_key(upload.document_id)
    if upload.part_size is not None:
        store.abort_multipart(key, upload.multipart_id)
    store.remove(key)


def clear_for_good(upload: DirectUpload) -> None:
    """Remove what was sent after the upload's end with a link that was good still."""
    clear_staging(upload)
    now = timezone.now()
    DirectUpload.objects.filter(pk=upload.pk).update(cleared_at=now, updated_at=now)


def is_needed(key: str) -> bool:
    """Say whether what lies at a staging key is waited for, or will be removed by the sweep."""
    pk = staged_document(key)
    if pk is None:
        return False
    swept_by = timezone.now() - 2 * LATE
    open_still = Q(document__state__in=UNDER_WAY) | Q(links_until__gt=swept_by)
    return DirectUpload.objects.filter(open_still, document_id=pk, cleared_at=None).exists()


def keeping_time() -> timedelta:
    """Return how long an upload may take, and a large one may wait to be verified."""
    return timedelta(hours=settings.DIRECT_UPLOAD_HOURS)


def link_time() -> timedelta:
    """Return how long a link to send bytes with is good."""
    return timedelta(minutes=settings.DIRECT_UPLOAD_LINK_MINUTES)
