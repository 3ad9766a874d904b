"""What a class's time is over for: temporary files go, messages when somebody has looked at them.

Everything else is kept, whatever its age; a lifecycle rule of the bucket moves it to where keeping
it costs less. What goes takes the way through the trash, in one step: the row says so first.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from documents.models import Document, DocumentQuerySet, DocumentState, Retention
from documents.retention import kept_by_people, past
from documents.services.purging import purge_document

SHOWN = (DocumentState.AVAILABLE, DocumentState.TRASHED)


def temporary(now: datetime | None = None) -> DocumentQuerySet:
    """Return the temporary documents whose days are over."""
    return _over(Retention.TEMP, now)


def to_review() -> DocumentQuerySet:
    """Return the messages whose years are over, for somebody to look at."""
    return _over(Retention.MESSAGE)


def _over(retention: Retention, now: datetime | None = None) -> DocumentQuerySet:
    found = Document.objects.available().filter(past(retention, now))
    return found.filter(~kept_by_people(now)).order_by("pk")


def retire_document(document: Document, *, reviewed: bool = False) -> bool:
    """Remove the bytes of a document whose time is over; its row stays as the receipt.

    A message goes only when it was `reviewed`. Returns False where it may not go (any more). Safe
    to call twice. Raises `StoreUnavailableError`; then the trash's purge goes on with it.
    """
    now = timezone.now()
    with transaction.atomic():
        # Locked first: a hold that is set at this moment is seen, or finds it gone.
        Document.objects.select_for_update().filter(pk=document.pk).first()
        may = to_review() if reviewed else temporary()
        may.filter(pk=document.pk).order_by().update(
            state=DocumentState.TRASHED, trashed_at=now, purge_after=now, updated_at=now
        )
    return purge_document(document)


def reviewable(ids: Iterable[UUID]) -> set[UUID]:
    """Return those of some documents that may go after a review."""
    return set(to_review().filter(pk__in=list(ids)).order_by().values_list("pk", flat=True))


def counts_by_class() -> dict[str, dict[str, int]]:
    """Return of each class: how many there are, are past their time, and what keeps those."""
    found = {}
    for retention in Retention:
        documents = Document.objects.filter(retention=retention, state__in=SHOWN)
        over = documents.filter(past(retention))
        found[retention.value] = {
            "documents": documents.count(),
            "past": over.count(),
            "held": over.filter(legal_hold=True).count(),
            "kept_until": over.filter(legal_hold=False).filter(kept_by_people()).count(),
        }
    return found
