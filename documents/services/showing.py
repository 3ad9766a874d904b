"""From announced to shown: the bytes are written, then the row. Or neither, and it is withdrawn."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document, DocumentState
from documents.services.announcing import OCCUPIED
from documents.services.arrival import SHOWN, landing, landings
from documents.services.sending_previews import send_for_previews
from documents.services.storing import put_bytes
from documents.storage import StoreError, object_store

ANNOUNCED = (DocumentState.PENDING, DocumentState.VERIFYING)  # from which a document is shown
UNFINISHED = "unfinished"  # a `state_reason`: the sweep clears the bytes


def store_bytes(document: Document, content: BinaryIO) -> None:
    """Write the object; when the store fails, take the announcement back."""
    with withdrawn_on_failure(document):
        put_bytes(document, content)


@contextmanager
def withdrawn_on_failure(document: Document) -> Iterator[None]:
    """Take the announcement back when the store fails, and raise `StoreUnavailableError`."""
    try:
        yield
    except StoreError as error:
        _withdraw(document)
        raise StoreUnavailableError from error


def show(document: Document) -> None:
    """Pending or verifying → available, or → quarantined: its bytes are in the store."""
    if not show_all([document]):
        if _is_given_up(document):  # never what another process has shown: its bytes are these
            discard(document)
        raise DocumentStateError("The upload took too long and was given up. Send the file again.")
    send_for_previews(document)


def show_all(documents: Sequence[Document]) -> list[Document]:
    """Show several, or put them into the quarantine; return those that arrived.

    At the others the sweep has been, perhaps before their bytes were; the caller discards these.
    """
    now = timezone.now()
    rows = Document.objects.filter(pk__in=[one.pk for one in documents])
    landed = landings(documents)
    changed = rows.filter(state__in=ANNOUNCED).update(
        **landing(landed),
        uploaded_at=Coalesce("uploaded_at", Value(now)),  # of an import, it is known already
        updated_at=now,
    )
    shown = list(documents)
    if changed != len(shown):
        ours = rows.filter(state__in=SHOWN, updated_at=now)
        there = set(ours.values_list("pk", flat=True))
        shown = [one for one in documents if one.pk in there]
    for document in shown:
        document.state, document.state_reason = landed[document.pk]
        document.uploaded_at = document.uploaded_at or now
    return shown


def discard(document: Document) -> None:
    """Remove the bytes of a document that was given up; where that fails, the sweep tries again."""
    try:
        object_store().remove(document.s3_key)
    except StoreError:
        Document.objects.filter(pk=document.pk).exclude(state__in=OCCUPIED).update(
            state=DocumentState.PURGING, state_reason=UNFINISHED, updated_at=timezone.now()
        )


def _withdraw(document: Document) -> None:
    """Reject an announced document whose bytes did not arrive.

    Where even the removal fails, the row stays `pending` and the sweep tries again.
    """
    try:
        object_store().remove(document.s3_key)
    except StoreError:
        return
    Document.objects.filter(pk=document.pk, state=DocumentState.PENDING).update(
        state=DocumentState.REJECTED, state_reason="store_unavailable", updated_at=timezone.now()
    )


def _is_given_up(document: Document) -> bool:
    given_up = (DocumentState.PURGING, DocumentState.REJECTED)
    return Document.objects.filter(pk=document.pk, state__in=given_up).exists()
