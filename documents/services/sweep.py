"""Clearing up behind processes that died in the middle."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from documents.models import Document, DocumentState
from documents.services.upload import UNFINISHED as GIVEN_UP
from documents.storage import StoreError, object_store

UNFINISHED = (DocumentState.PENDING, DocumentState.VERIFYING)
UNFINISHED_AFTER = timedelta(hours=1)
log = logging.getLogger(__name__)


def sweep_unfinished_uploads(*, older_than: timedelta = UNFINISHED_AFTER) -> int:
    """Give up uploads that nobody finished; return how many were cleared.

    The row first (`purging`, so that the upload can no longer finish), then the bytes, then the
    receipt (`rejected`). Safe to run twice, at once, and to be killed anywhere.
    """
    limit = timezone.now() - older_than
    for pk in _pks(UNFINISHED, limit):
        with transaction.atomic():
            Document.objects.filter(pk=pk, state__in=UNFINISHED).update(
                state=DocumentState.PURGING, state_reason=GIVEN_UP, updated_at=timezone.now()
            )
    cleared = 0
    for pk in _pks((DocumentState.PURGING,), None):
        cleared += _clear(pk)
    return cleared


def _pks(states: tuple[DocumentState, ...], before: datetime | None) -> list[UUID]:
    rows = Document.objects.filter(state__in=states)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    else:
        rows = rows.filter(state_reason=GIVEN_UP)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _clear(pk: UUID) -> int:
    document = Document.objects.get(pk=pk)
    try:
        object_store().remove(document.s3_key)
    except StoreError as error:  # the row stays `purging`; the next sweep tries again
        log.warning("Document %s cannot be cleared yet: %s", pk, error)
        return 0
    return Document.objects.filter(pk=pk, state=DocumentState.PURGING).update(
        state=DocumentState.REJECTED, updated_at=timezone.now()
    )
