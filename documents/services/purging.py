"""trashed or quarantined → purging → purged: the bytes go for good.

From the trash what has lain there long enough, from the quarantine what staff delete.

The row first, so that nobody restores what is about to go; then the bytes, those of its previews
too; then the receipt. A
process may die between any two: whatever is `purging` is gone on with by the next run.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentQuerySet, DocumentState
from documents.retention import purgeable
from documents.services.copies import old_key_opened, remove_copies
from documents.services.preview_removal import clear_previews, withdraw_previews
from documents.storage import StoreError, object_store

TRASH, QUARANTINE = "trash", "quarantine"  # a `state_reason`: whence it is being purged


def to_purge() -> DocumentQuerySet:
    """Return what may be purged now, and what an earlier run has begun with."""
    return Document.objects.filter(
        purgeable() | Q(state=DocumentState.PURGING, state_reason__in=(TRASH, QUARANTINE))
    ).order_by("pk")


def purge_document(document: Document, *, allowed: Q | None = None, whence: str = TRASH) -> bool:
    """Remove the bytes of a document in the trash; its row stays as the receipt.

    Returns False where it may not be purged (any more): it was restored, held, or kept longer
    meanwhile. `allowed` is the condition for another way than from the trash, noted as `whence`.
    Safe to call twice, and at once. Raises `StoreUnavailableError`; then it is `purging`, and to be
    purged again. Must not run inside a transaction.
    """
    with transaction.atomic():
        row = Document.objects.select_for_update().filter(pk=document.pk)
        begun = row.filter(
            state=DocumentState.PURGING, state_reason__in=(TRASH, QUARANTINE)
        ).exists()
        if not begun and not row.filter(purgeable() if allowed is None else allowed).update(
            state=DocumentState.PURGING, state_reason=whence, updated_at=timezone.now()
        ):
            return False
        withdraw_previews([document.pk])
        key = row.get().s3_key  # it may have been moved since the caller loaded the document
    try:
        with old_key_opened(document.pk, key):
            object_store().remove(key)
        remove_copies(document.pk)
        clear_previews([document.pk])
    except StoreError as error:
        raise StoreUnavailableError("The store cannot remove the bytes now.") from error
    Document.objects.filter(pk=document.pk, state=DocumentState.PURGING).update(
        state=DocumentState.PURGED, purged_at=timezone.now(), updated_at=timezone.now()
    )
    return True
