"""Mending whatever a death can leave of documents on their way: the one place, run by beat.

| left | mended by |
|---|---|
| `pending` or `verifying` for too long | the sweep: bytes away, `rejected` |
| `purging`, of an upload that was given up | the sweep: bytes away, `rejected` |
| `purging`, from the trash or the quarantine | `finish_purges`: bytes away, `purged` |
| bytes that came after their row was `rejected` | `sweep_late_bytes`: bytes away |
| bytes on their way to another patient's keys, or left at the old one | `finish_moves` |

Each is safe to run twice, at once, and to be killed anywhere. What the store refuses now is left as
it is and tried by the next run; it stops nothing else.
"""

import logging
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentState
from documents.services.purging import QUARANTINE, TRASH, purge_document
from documents.services.rehoming import finish_moves
from documents.services.sweep import UNFINISHED_AFTER, sweep_unfinished_uploads
from documents.services.verifying import is_there
from documents.storage import StoreError, object_store

LATE_AFTER = timedelta(days=1)  # no process writes for so long
AT_ONCE = 1_000  # of a kind; the next run goes on
log = logging.getLogger(__name__)


def reconcile(
    *, older_than: timedelta = UNFINISHED_AFTER, late_after: timedelta = LATE_AFTER
) -> int:
    """Mend what is older than this; return how many rows were brought to their end."""
    return (
        sweep_unfinished_uploads(older_than=older_than)
        + finish_purges(older_than=older_than)
        + sweep_late_bytes(older_than=late_after)
        + finish_moves()
    )


def finish_purges(*, older_than: timedelta = UNFINISHED_AFTER) -> int:
    """Go on with removals that were begun and have no receipt."""
    begun = Document.objects.filter(
        state=DocumentState.PURGING, state_reason__in=(TRASH, QUARANTINE)
    )
    done = 0
    for document in _older(begun, older_than):
        try:
            done += purge_document(document)
        except StoreUnavailableError as error:
            log.warning("Document %s cannot be purged yet: %s", document.pk, error.code)
    return done


def sweep_late_bytes(*, older_than: timedelta = LATE_AFTER) -> int:
    """Remove once more what rejected rows name; `purged_at` notes that this was done.

    An upload that took longer than the sweep waits may write its bytes when its row is rejected
    already, and die before it can remove them. The key is the row's own: nothing else lies there.
    """
    rejected = Document.objects.filter(state=DocumentState.REJECTED, purged_at=None)
    done = 0
    for document in _older(rejected, older_than):
        try:
            if is_there(document.s3_key):  # else a bucket with versions would note a removal
                object_store().remove(document.s3_key)
        except StoreError as error:
            log.warning("Document %s cannot be cleared yet: %s", document.pk, type(error).__name__)
            continue
        done += Document.objects.filter(pk=document.pk, state=DocumentState.REJECTED).update(
            purged_at=timezone.now(), updated_at=timezone.now()
        )
    return done


def _older(rows: QuerySet[Document], age: timedelta) -> QuerySet[Document]:
    return rows.filter(updated_at__lt=timezone.now() - age).order_by("pk")[:AT_ONCE]
