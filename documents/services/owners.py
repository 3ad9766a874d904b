"""Records that carry documents, and their removal."""

from django.db.models import Model

from accounts.errors import ConflictError
from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from documents.services.locking import lock_owners

RECEIPTS = (DocumentState.REJECTED, DocumentState.PURGED)  # rows without bytes


def require_no_documents(owner: Model, *, remedy: str) -> None:
    """Refuse to remove a record that has documents, in the trash or on their way in too.

    Call it in the transaction that removes the record: until its end no document can be added.
    """
    policy = policy_for_model(owner)
    lock_owners([(policy.content_type_id, owner.pk)])
    documents = Document.objects.of(content_type_id=policy.content_type_id, object_ids=[owner.pk])
    if documents.exclude(state__in=RECEIPTS).exists():
        raise ConflictError(remedy, code="has_documents")
