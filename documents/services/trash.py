"""available ⇄ trashed: what was deleted by mistake comes back to the very record."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import ProblemError
from accounts.models import Membership
from documents.errors import DocumentStateError, TooManyDocumentsError
from documents.models import Document, DocumentState
from documents.policies import require
from documents.registry import DocumentPolicy, policy_for_content_type
from documents.services.announcing import places_left
from documents.services.locking import lock_owners

Changed = Document | ProblemError


def trash_document(*, membership: Membership, document: Document) -> Document:
    """Put a document into the trash for DOCUMENT_TRASH_DAYS; its bytes stay.

    Raises `DocumentStateError` when it is not available (any more) or under a legal hold.
    """
    return _only(trash_documents(membership=membership, documents=[document]))


def trash_documents(
    *, membership: Membership, documents: Sequence[Document]
) -> dict[UUID, Changed]:
    """Put several into the trash, in one transaction; say of each what became of it.

    What stands against one is its `ProblemError` and touches none of the others.
    """
    results, allowed = _allowed(membership, documents)
    now = timezone.now()
    with transaction.atomic():
        locked = _locked(allowed, DocumentState.AVAILABLE)
        for document in allowed:
            row = locked.get(document.pk)
            if row is None:
                results[document.pk] = _changed_meanwhile()
            elif row.legal_hold:
                text = "The document is under a legal hold."
                results[document.pk] = DocumentStateError(text, code="legal_hold")
            else:
                results[document.pk] = row
        _write(
            results,
            state=DocumentState.TRASHED,
            trashed_at=now,
            trashed_by=membership.user,
            purge_after=now + trash_time(),
        )
    return results


def restore_document(*, membership: Membership, document: Document) -> Document:
    """Take a document out of the trash, back to its record.

    Raises `TooManyDocumentsError` when the record has been filled up meanwhile.
    """
    return _only(restore_documents(membership=membership, documents=[document]))


def restore_documents(
    *, membership: Membership, documents: Sequence[Document]
) -> dict[UUID, Changed]:
    """Take several out of the trash, in one transaction; say of each what became of it.

    Where a record has not room for all of them, the first ones come back.
    """
    results, allowed = _allowed(membership, documents)
    with transaction.atomic():
        lock_owners((one.content_type_id, one.object_id) for one in allowed)
        locked = _locked(allowed, DocumentState.TRASHED)
        places = places_left(allowed)
        for document in allowed:
            row, owner = locked.get(document.pk), (document.content_type_id, document.object_id)
            limit = policy_of(document).max_files
            if row is None:
                results[document.pk] = _changed_meanwhile()
            elif limit is not None and places[owner] <= 0:
                results[document.pk] = TooManyDocumentsError(limit=limit)
            else:
                results[document.pk] = row
                if limit is not None:
                    places[owner] -= 1
        _write(
            results,
            state=DocumentState.AVAILABLE,
            trashed_at=None,
            trashed_by=None,
            purge_after=None,
        )
    return results


def trash_time() -> timedelta:
    """Return how long a document lies in the trash."""
    return timedelta(days=settings.DOCUMENT_TRASH_DAYS)


def policy_of(document: Document) -> DocumentPolicy:
    policy = policy_for_content_type(document.content_type_id)
    if policy is None:
        raise DocumentStateError("This kind of record does not carry documents any more.")
    return policy


def _allowed(
    membership: Membership, documents: Sequence[Document]
) -> tuple[dict[UUID, Changed], list[Document]]:
    """Return who is refused, and those that the member may put into the trash and restore."""
    results: dict[UUID, Changed] = {}
    allowed: list[Document] = []
    for document in documents:
        try:
            require(membership, policy_of(document), "delete")
        except ProblemError as error:
            results[document.pk] = error
        else:
            allowed.append(document)
    return results, allowed


def _locked(documents: Sequence[Document], state: DocumentState) -> dict[UUID, Document]:
    rows = Document.objects.filter(pk__in=[one.pk for one in documents], state=state)
    return {row.pk: row for row in rows.select_for_update().order_by("pk")}


def _write(results: dict[UUID, Changed], **values: Any) -> None:
    rows = [row for row in results.values() if isinstance(row, Document)]
    values["updated_at"] = timezone.now()
    Document.objects.filter(pk__in=[row.pk for row in rows]).update(**values)
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)


def _only(results: dict[UUID, Changed]) -> Document:
    (result,) = results.values()
    if isinstance(result, ProblemError):
        raise result
    return result


def _changed_meanwhile() -> DocumentStateError:
    return DocumentStateError("Somebody has changed this document meanwhile; load it again.")
