"""Keeping documents from being removed: a legal hold, and a day until which one is kept."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermittedError, ProblemError
from accounts.models import Membership
from documents.errors import DocumentStateError
from documents.models import Document, DocumentState
from documents.reasons import REASON, checked_reason

__all__ = ["HOLDABLE", "REASON", "hold_document", "keep_document", "release_document"]
HOLDABLE = (DocumentState.AVAILABLE, DocumentState.TRASHED, DocumentState.QUARANTINED)


def hold_document(*, membership: Membership, document: Document, reason: str) -> Document:
    """Put a document under a legal hold: until it is released nobody can delete or purge it.

    Raises `ProblemError` (field `reason`) without a reason, `DocumentStateError` (`legal_hold`)
    where it is held already, `NotPermittedError`.
    """
    reason = checked_reason(reason)
    with transaction.atomic():
        held = _locked(membership, document)
        if held.legal_hold:
            raise DocumentStateError("The document is under a legal hold.", code="legal_hold")
        held.legal_hold, held.hold_reason = True, reason
        held.held_by_id, held.held_at = membership.user_id, timezone.now()
        held.save()
    return held


def release_document(*, membership: Membership, document: Document, reason: str) -> Document:
    """End a legal hold; the history keeps who held it, and why it was released.

    Raises what `hold_document` does, `DocumentStateError` (`not_held`) without a hold.
    """
    reason = checked_reason(reason)
    with transaction.atomic():
        held = _locked(membership, document)
        if not held.legal_hold:
            raise DocumentStateError("The document is not under a legal hold.", code="not_held")
        held.legal_hold, held.hold_reason = False, reason
        held.held_by_id, held.held_at = membership.user_id, timezone.now()
        held.save()
    return held


def keep_document(*, membership: Membership, document: Document, until: date) -> Document:
    """Keep a document at least until the end of a day; the day can only be moved later.

    Raises `ProblemError` (field `until`) for an earlier day, `NotPermittedError`.
    """
    with transaction.atomic():
        kept = _locked(membership, document)
        if kept.retain_until is not None and until < kept.retain_until:
            raise ProblemError(
                f"It is kept until {kept.retain_until}, which can only be moved later.",
                field="until",
            )
        if until < timezone.now().date():
            raise ProblemError("Name a day to come.", field="until")
        kept.retain_until = until
        kept.save()
    return kept


def _locked(membership: Membership, document: Document) -> Document:
    if not membership.may("documents.hold"):
        raise NotPermittedError
    found = Document.objects.select_for_update().filter(pk=document.pk, state__in=HOLDABLE).first()
    if found is None:
        raise DocumentStateError("Somebody has changed this document meanwhile; load it again.")
    return found
