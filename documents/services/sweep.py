"""Clearing up behind processes that died in the middle, and clients that never came back."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from documents.models import DirectUpload, Document, DocumentQuerySet, DocumentState
from documents.services.showing import ANNOUNCED, UNFINISHED
from documents.services.staging import LATE, UNDER_WAY, clear_for_good, clear_staging
from documents.storage import StoreError, object_store
from jobs.services.workers import only_one

UNFINISHED_AFTER = timedelta(hours=1)
log = logging.getLogger(__name__)


def sweep_unfinished_uploads(*, older_than: timedelta = UNFINISHED_AFTER) -> int:
    """Give up uploads that nobody finished; return how many were cleared.

    The row first (`purging`, so that the upload can no longer finish), then the bytes, then the
    receipt (`rejected`). Safe to run twice, at once, and to be killed anywhere. Direct uploads
    have their own time (`DirectUpload.expires_at`).
    """
    limit = timezone.now() - older_than
    rows = Document.objects.filter(direct_upload=None, state__in=ANNOUNCED, created_at__lt=limit)
    for pk in _pks(rows):
        with transaction.atomic():
            Document.objects.filter(pk=pk, state__in=ANNOUNCED).update(
                state=DocumentState.PURGING, state_reason=UNFINISHED, updated_at=timezone.now()
            )
    _expire_direct_uploads()
    cleared = 0
    given_up = Document.objects.filter(state=DocumentState.PURGING, state_reason=UNFINISHED)
    for pk in _pks(given_up):
        cleared += clear(pk)
    _clear_staging_for_good()
    return cleared


def clear(pk: UUID) -> int:
    """Remove the bytes of a document that was given up; return 1 when it is `rejected` by this.

    Where the store fails, the row stays `purging` and the next sweep tries again.
    """
    document = Document.objects.select_related("direct_upload").get(pk=pk)
    upload: DirectUpload | None = getattr(document, "direct_upload", None)
    try:
        if upload is not None:
            clear_staging(upload)
        object_store().remove(document.s3_key)
    except StoreError as error:
        log.warning("Document %s cannot be cleared yet: %s", pk, error)
        return 0
    reason = upload.refusal if upload is not None and upload.refusal else UNFINISHED
    return Document.objects.filter(pk=pk, state=DocumentState.PURGING).update(
        state=DocumentState.REJECTED, state_reason=reason, updated_at=timezone.now()
    )


def role_of(document_id: UUID) -> str:
    """Return the name of the lock that who finishes or gives up a direct upload holds."""
    return f"upload:{document_id}"


def _pks(rows: DocumentQuerySet) -> list[UUID]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _expire_direct_uploads() -> None:
    """Give up those whose time is over, but for one that is being finished at this moment."""
    now = timezone.now()
    for pk in _pks(Document.objects.filter(state__in=ANNOUNCED, direct_upload__expires_at__lt=now)):
        with only_one(role_of(pk)) as ours:
            if ours:
                Document.objects.filter(
                    pk=pk, state__in=ANNOUNCED, direct_upload__expires_at__lt=now
                ).update(
                    state=DocumentState.PURGING, state_reason=UNFINISHED, updated_at=timezone.now()
                )


def _clear_staging_for_good() -> None:
    """A link outlives its upload: when all of them are dead, look once more and note it."""
    over = DirectUpload.objects.filter(cleared_at=None, links_until__lt=timezone.now() - LATE)
    for upload in over.exclude(document__state__in=UNDER_WAY).order_by("pk"):
        try:
            clear_for_good(upload)
        except StoreError as error:
            log.warning("What was sent for %s cannot be cleared yet: %s", upload, error)
