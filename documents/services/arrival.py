"""Where a new document arrives: among what people see, or in the quarantine.

`prepare_document` has the file scanned and writes what was found into the document that it returns:
`scanned_at`, and in `state_reason` why it cannot be shown. Both go into the announced row with it.
`show_all` asks here which state that means. Whoever comes by without a scan although there is a
scanner ends in the quarantine as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from uuid import UUID

from django.db.models import Case, CharField, Value, When
from django.utils import timezone

from documents.models import Document, DocumentState
from documents.scanning import UNSCANNABLE, Verdict, is_connected, scan
from documents.storage.base import CHUNK

SHOWN = (DocumentState.AVAILABLE, DocumentState.QUARANTINED)
Landing = tuple[DocumentState, str]  # a state and its reason


def note_scan(document: Document, content: BinaryIO) -> Verdict:
    """Have a file scanned and write the verdict into a document that is not announced yet."""
    content.seek(0)
    verdict = scan(_chunks(content))
    document.state_reason = verdict.reason
    document.scanned_at = timezone.now() if verdict.scanned else None
    return verdict


def landings(documents: Sequence[Document]) -> dict[UUID, Landing]:
    """Say of documents as they were prepared in which state they arrive, and why."""
    return {one.pk: _landing(one) for one in documents}


def landing(landed: Mapping[UUID, Landing]) -> dict[str, Any]:
    """Return the same as what an update of their rows writes."""
    held = {
        pk: reason for pk, (state, reason) in landed.items() if state != DocumentState.AVAILABLE
    }
    if not held:
        return {"state": DocumentState.AVAILABLE, "state_reason": ""}
    reasons = [When(pk=pk, then=Value(reason)) for pk, reason in held.items()]
    text = CharField()
    return {
        "state": Case(
            When(pk__in=list(held), then=Value(DocumentState.QUARANTINED)),
            default=Value(DocumentState.AVAILABLE),
            output_field=text,
        ),
        "state_reason": Case(*reasons, default=Value(""), output_field=text),
    }


def is_held_back(document: Document) -> bool:
    """Say whether a document is in the quarantine, or will be when it is shown."""
    if document.state == DocumentState.PENDING:
        return _landing(document)[0] == DocumentState.QUARANTINED
    return document.state == DocumentState.QUARANTINED


def _landing(document: Document) -> Landing:
    reason = document.state_reason
    if not reason and document.scanned_at is None and is_connected():
        reason = UNSCANNABLE
    return (DocumentState.QUARANTINED if reason else DocumentState.AVAILABLE), reason


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk
