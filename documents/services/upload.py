"""A document's way in: verify, announce, write the bytes, and only then show it.

Crash anywhere and nothing is lost or shown too early: the announced row (`pending`) is seen by
nobody and names the key, so the sweep (services/sweep.py) finds what was left behind. The steps
stand in `preparing.py`, `announcing.py` and `showing.py`.
"""

from django.db.models import Model

from accounts.models import Membership, User
from documents.models import Document, ImageBatch
from documents.policies import require
from documents.registry import DocumentPolicy
from documents.services.announcing import announce
from documents.services.preparing import NewDocument, prepare_document
from documents.services.showing import show, store_bytes

__all__ = ["NewDocument", "attach_document", "upload_document"]


def upload_document(
    *,
    membership: Membership,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    batch: ImageBatch | None = None,
) -> Document:
    """Verify a file and attach it to a record that the caller got from `get_owner_for`.

    Raises `DocumentRefusedError` and the like for a file that is not accepted (nothing is kept),
    `TooManyDocumentsError`, `NotPermittedError`, `StoreUnavailableError`.
    """
    require(membership, policy, "upload")
    if isinstance(owner, ImageBatch):
        batch = owner
    return attach_document(
        policy=policy, owner=owner, new=new, uploaded_by=membership.user, batch=batch
    )


def attach_document(
    *,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    uploaded_by: User | None,
    batch: ImageBatch | None = None,
) -> Document:
    """Verify a file and attach it, asking nobody's leave: for what the system itself makes.

    Raises what `upload_document` does. Must not run inside a transaction: the announcement would
    not be committed before the bytes are written.
    """
    document = prepare_document(
        policy=policy, owner=owner, new=new, uploaded_by=uploaded_by, batch=batch
    )
    announce(document, policy)
    store_bytes(document, new.content)
    show(document)
    return document
