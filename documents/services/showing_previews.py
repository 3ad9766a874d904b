"""Giving out previews: who may, who did, and what they get where there is no picture."""

import hashlib
from dataclasses import dataclass, field

from accounts.audit.models import AccessAction
from accounts.models import Membership
from documents.errors import NoSuchPageError, StoreUnavailableError
from documents.models import Document
from documents.placeholders import placeholder
from documents.policies import require
from documents.preview_models import Preview, PreviewState
from documents.rendering.limits import EDGES, NO_SUCH_PAGE
from documents.rendering.running import RendererBusyError
from documents.services.preview_removal import withdraw_page
from documents.services.previews import current_previews, is_previewed, make_previews
from documents.services.reading import note_access
from documents.services.trash import policy_of
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError

NO_PICTURE, BUSY = "no_picture", "busy"


@dataclass(frozen=True)
class ShownPreview:
    """What is given out. `placeholder` says why it is none of the document; else it is empty."""

    content: bytes = field(repr=False)
    mime: str
    etag: str
    pages: int
    placeholder: str = ""


def show_preview(
    document: Document, *, membership: Membership, edge: int = EDGES[0], page: int = 1
) -> ShownPreview:
    """Return a preview of a document that the caller got from `get_document_for`.

    One that is missing is made now. Where there is none (no renderer for this kind, or the file
    cannot be rendered) it is a placeholder, no error. Raises `NotPermittedError`,
    `NoSuchPageError`, `StoreUnavailableError`. What is given out is in the access log before.
    """
    require(membership, policy_of(document), "preview")
    note_access(document, membership, AccessAction.PREVIEW)
    if not is_previewed(document):
        return _placeholder(document, edge, NO_PICTURE)
    try:
        # The first page tells how many there are, and whether any can be shown at all: asking for
        # others must not set a rendering going for each number.
        row = _row(document, 1, edge)
        if row.state == PreviewState.MADE and page > row.pages:
            raise NoSuchPageError(pages=row.pages)
        if row.state == PreviewState.MADE and page > 1:
            row = _row(document, page, edge)
        if row.state == PreviewState.FAILED:
            return _placeholder(document, edge, row.reason)
        content = _read(row)
        if content is None:  # lost, or no longer what was written: it is derived, so make it anew
            withdraw_page(document.pk, page)
            row = _row(document, page, edge)
            if row.state == PreviewState.FAILED:
                return _placeholder(document, edge, row.reason)
            content = _read(row)
    except RendererBusyError:
        return _placeholder(document, edge, BUSY)
    if content is None:
        raise StoreUnavailableError("The preview cannot be read at the moment. Try again later.")
    return ShownPreview(content, row.mime, f'"{row.sha256}"', row.pages)


def _row(document: Document, page: int, edge: int) -> Preview:
    rows = current_previews(document, page=page) or make_previews(document, page=page)
    for row in rows:
        if row.edge == edge:
            if row.reason == NO_SUCH_PAGE:
                raise NoSuchPageError(pages=page - 1)
            return row
    raise RendererBusyError  # the document has gone, or is being changed, in this moment


def _read(row: Preview) -> bytes | None:
    """Return the bytes; nothing where there are none (any more), or others than were written."""
    try:
        with object_store().read(str(row.s3_key)) as chunks:
            content = b""
            for chunk in chunks:
                content += chunk
                if len(content) > row.size:
                    return None
    except ObjectMissingError:
        return None
    except StoreError as error:
        raise StoreUnavailableError("The preview cannot be read at the moment.") from error
    return content if hashlib.sha256(content).hexdigest() == row.sha256 else None


def _placeholder(document: Document, edge: int, reason: str) -> ShownPreview:
    content = placeholder(document.file_type, edge)
    etag = hashlib.sha256(content).hexdigest()[:32]
    return ShownPreview(content, "image/png", f'"{etag}"', 1, reason)
