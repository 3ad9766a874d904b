"""Previews go with their documents: the rows are withdrawn first, then the objects, then the rows.

Whoever removes a document for good calls `withdraw_previews` in the transaction that hides it and
`clear_previews` once its own bytes are gone. The sweep finds whatever a death left in between.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from documents.models import DocumentState
from documents.preview_models import Preview, PreviewState
from documents.storage import StoreError, object_store

GRACE = timedelta(hours=1)  # by then the last write of a maker has ended, however slow
GOING = (PreviewState.REMOVING, PreviewState.ABANDONED)
GONE = (DocumentState.PURGING, DocumentState.PURGED, DocumentState.REJECTED)
log = logging.getLogger(__name__)


def withdraw_previews(document_ids: Collection[UUID]) -> None:
    """Let nobody see the previews of some documents any more, in the caller's transaction."""
    _withdraw(Preview.objects.filter(document__in=document_ids))


def withdraw_page(document_id: UUID, page: int) -> None:
    """Withdraw what is shown of a page; what is being made of it is left alone."""
    rows = Preview.objects.filter(document=document_id, page=page)
    _withdraw(rows.exclude(state=PreviewState.MAKING))


def clear_previews(document_ids: Collection[UUID], *, at_once: bool = False) -> None:
    """Remove the objects of withdrawn previews, then their rows. Raises `StoreError`.

    Rows of what somebody was still writing stay for an hour, and the sweep looks at their objects
    once more; `at_once` removes these too, for who knows that nobody writes. Safe to call twice.
    """
    for row in Preview.objects.filter(document__in=document_ids, state__in=GOING):
        _clear(row, at_once=at_once)


def sweep_previews() -> int:
    """Clear up behind makers and removers that died; return how many rows were cleared.

    One object that cannot be removed does not stop the others. Safe to run twice, and at once.
    """
    late = timezone.now() - GRACE
    with transaction.atomic():
        stale = Preview.objects.filter(state=PreviewState.MAKING, updated_at__lt=late)
        stale.update(state=PreviewState.REMOVING, updated_at=timezone.now())
        _withdraw(Preview.objects.filter(document__state__in=GONE))
    cleared = 0
    for row in Preview.objects.filter(state__in=GOING).order_by("pk").iterator():
        try:
            cleared += _clear(row)
        except StoreError as error:
            log.warning("Preview %s cannot be removed yet: %s", row.pk, error)
    return cleared


def _withdraw(rows: "QuerySet[Preview]") -> None:
    now = timezone.now()
    rows.filter(state=PreviewState.FAILED).delete()
    rows.filter(state=PreviewState.MADE).update(state=PreviewState.REMOVING, updated_at=now)
    rows.filter(state=PreviewState.MAKING).update(state=PreviewState.ABANDONED, updated_at=now)


def _clear(row: Preview, *, at_once: bool = False) -> int:
    object_store().remove(str(row.s3_key))
    settled = Q(state=PreviewState.REMOVING) | Q(updated_at__lt=timezone.now() - GRACE)
    rows = Preview.objects.filter(pk=row.pk, state__in=GOING)
    if not at_once:
        rows = rows.filter(settled)
    return rows.delete()[0]
