"""available ⇄ trashed: what was deleted by mistake comes back to the very record."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from documents.errors import DocumentStateError
from documents.models import Document, DocumentState
from documents.policies import require
from documents.registry import DocumentPolicy, policy_for_content_type
from documents.services.upload import lock_owners, require_place


def trash_document(*, membership: Membership, document: Document) -> Document:
    """Put a document into the trash for DOCUMENT_TRASH_DAYS; its bytes stay.

    Raises `DocumentStateError` when it is not available (any more) or under a legal hold.
    """
    require(membership, policy_of(document), "delete")
    now = timezone.now()
    with transaction.atomic():
        locked = _locked(document, DocumentState.AVAILABLE)
        if locked.legal_hold:
            raise DocumentStateError("The document is under a legal hold.", code="legal_hold")
        locked.state = DocumentState.TRASHED
        locked.trashed_at = now
        locked.trashed_by_id = membership.user_id
        locked.purge_after = now + trash_time()
        locked.save()
    return locked


def restore_document(*, membership: Membership, document: Document) -> Document:
    """Take a document out of the trash, back to its record.

    Raises `TooManyDocumentsError` when the record has been filled up meanwhile.
    """
    policy = policy_of(document)
    require(membership, policy, "delete")
    with transaction.atomic():
        lock_owners([(document.content_type_id, document.object_id)])
        locked = _locked(document, DocumentState.TRASHED)
        require_place(document, policy)
        locked.state = DocumentState.AVAILABLE
        locked.trashed_at = locked.trashed_by = locked.purge_after = None
        locked.save()
    return locked


def trash_time() -> timedelta:
    """Return how long a document lies in the trash."""
    return timedelta(days=settings.DOCUMENT_TRASH_DAYS)


def policy_of(document: Document) -> DocumentPolicy:
    policy = policy_for_content_type(document.content_type_id)
    if policy is None:
        raise DocumentStateError("This kind of record does not carry documents any more.")
    return policy


def _locked(document: Document, state: DocumentState) -> Document:
    found = Document.objects.select_for_update().filter(pk=document.pk, state=state).first()
    if found is None:
        raise DocumentStateError("Somebody has changed this document meanwhile; load it again.")
    return found
