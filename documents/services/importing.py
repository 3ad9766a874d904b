"""A file of another system comes in exactly once, and never again after people removed it.

The order is an upload's: announce the row, write the bytes, show the document. What an import adds
is the note of where it came from (`SourceLink`), written in the transaction that shows it. So
either there is both, or neither, and then the announced row is what a crashed attempt left behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.errors import ProblemError
from accounts.models import User
from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document, DocumentState, ImageBatch
from documents.registry import DocumentPolicy
from documents.services.trash import trash_time
from documents.services.upload import (
    OCCUPIED,
    UNFINISHED,
    NewDocument,
    announce,
    discard,
    prepare_document,
    show,
    store_bytes,
)
from jobs.errors import ItemError, TransientError
from jobs.kinds import Kind
from jobs.models import SourceLink

LEFT_BEHIND = (DocumentState.PENDING, DocumentState.VERIFYING)
NEVER_SHOWN = (*LEFT_BEHIND, DocumentState.REJECTED, DocumentState.PURGING)


def import_document(  # noqa: PLR0913
    *,
    kind: Kind,
    source_id: str,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    uploaded_by: User | None = None,
    uploaded_at: datetime | None = None,
    batch: ImageBatch | None = None,
    facts: dict[str, Any] | None = None,
) -> tuple[Document, bool]:
    """Attach a file of another system to a record; return the document and whether we made it.

    False means that an earlier job, or an attempt of this one, has made it already. The number of
    files that a record may have is not looked at. In a dry run the file is verified and an unsaved
    document returned. Must not run inside a transaction.

    Raises `ItemError`: `removed_here` where people have removed the document since, the refusal's
    own code where the file is not accepted; `TransientError` where the store is away or another
    worker was faster.
    """
    made_before = _made_before(kind, source_id)
    if made_before is not None:
        return made_before, False
    with _as_item_errors():
        document = prepare_document(
            policy=policy, owner=owner, new=new, uploaded_by=uploaded_by, batch=batch
        )
        if kind.dry_run:
            return document, True
        document.source, document.source_id = kind.source, source_id
        try:
            announce(document, policy, limited=False)
        except IntegrityError:  # there is a row of this source already
            _clear_the_way(document)
            announce(document, policy, limited=False)
        store_bytes(document, new.content)
        try:
            with transaction.atomic():
                show(document, uploaded_at=uploaded_at)
                kind.remember(
                    source_id,
                    document,
                    sha256=document.sha256,
                    size=document.file_size,
                    **(facts or {}),
                )
        except IntegrityError as error:
            _give_up(document)
            raise TransientError("already_made", "Another worker has made it meanwhile.") from error
    return document, True


def take_back_document(document: Document) -> None:
    """Undo an import: the document goes into the trash and no longer counts as imported.

    Raises `ItemError("changed_since")` where people have worked on it. Inside a transaction.
    """
    locked = Document.objects.select_for_update().get(pk=document.pk)
    if locked.legal_hold:
        raise ItemError("legal_hold", "The document is under a legal hold.", "Release it first.")
    if locked.state == DocumentState.AVAILABLE:
        now = timezone.now()
        locked.state, locked.trashed_at = DocumentState.TRASHED, now
        locked.purge_after = now + trash_time()
    locked.metadata = {
        **locked.metadata,
        "rolled_back_from": {"source": locked.source, "source_id": locked.source_id},
    }
    locked.source = locked.source_id = ""
    locked.save()


def _made_before(kind: Kind, source_id: str) -> Document | None:
    link = kind.link(source_id)
    if link is None:
        return None
    document = Document.objects.filter(pk=link.target_id).first()
    if document is None or document.state not in OCCUPIED:
        raise ItemError("removed_here", "It was imported before and has been removed here since.")
    return document


def _clear_the_way(document: Document) -> None:
    """Let go of rows that an attempt left behind which never got to showing its document.

    Their bytes are cleared by the sweep. A worker that is still writing finds its row gone when it
    wants to show it (`show`) and gives up.
    """
    same = Document.objects.filter(source=document.source, source_id=document.source_id)
    with transaction.atomic():
        for left in same.select_for_update():
            if left.state == DocumentState.AVAILABLE and _is_noted(left):
                raise TransientError("already_made", "Another worker has made it meanwhile.")
            if left.state not in NEVER_SHOWN:
                raise ItemError(
                    "removed_here", "It was imported before and has been removed here since."
                )
            if left.state in LEFT_BEHIND:
                left.state, left.state_reason = DocumentState.PURGING, UNFINISHED
            left.source = left.source_id = ""
            left.save()


def _is_noted(document: Document) -> bool:
    return SourceLink.objects.filter(
        source=document.source, source_id=document.source_id, target_id=document.pk
    ).exists()


def _give_up(document: Document) -> None:
    Document.objects.filter(pk=document.pk, state=DocumentState.PENDING).update(
        state=DocumentState.PURGING, state_reason=UNFINISHED, source="", source_id=""
    )
    discard(document)


@contextmanager
def _as_item_errors() -> Iterator[None]:
    """Say in the engine's words what the documents' services say in theirs."""
    try:
        yield
    except (StoreUnavailableError, DocumentStateError) as error:
        raise TransientError(error.code, error.detail) from error
    except IntegrityError as error:
        raise TransientError("already_made", "Another worker is making it.") from error
    except ProblemError as error:
        raise ItemError(error.code, error.detail) from error
