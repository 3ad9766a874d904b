"""Making previews: render, announce, write, show; the same order of effects as an upload's.

Whatever dies in between leaves rows that name their objects, so nothing lies in the store unknown;
`preview_removal.py` clears up behind. Previews are derived: losing one costs a rendering.
"""

import hashlib
import io
import tempfile
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts.fields import uuid7
from documents.encodings import EncodingError, original
from documents.errors import StoreUnavailableError
from documents.keys import current_tenant, preview_key
from documents.models import Document, DocumentQuerySet, DocumentState
from documents.preview_models import SHOWN, Preview, PreviewState
from documents.registry import all_policies, policy_for_content_type
from documents.rendering.limits import (
    CRASHED,
    DAMAGED,
    EDGES,
    OUT_OF_MEMORY,
    TIMED_OUT,
    VERSION,
    CannotRenderError,
)
from documents.rendering.running import KINDS, Rendered, RendererBusyError, render
from documents.services.preview_removal import clear_previews, withdraw_page
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError
from jobs.services.workers import only_one

FIRST_PAGES = {"application/pdf": 3}  # made without being asked for; of everything else, one
NO_BYTES = "no_bytes"  # the store has no object for the document; `verify_documents` reports it
PASSING = (NO_BYTES, OUT_OF_MEMORY, TIMED_OUT, CRASHED)  # what may go better another day
RETRY_AFTER, MOST_ATTEMPTS = timedelta(days=1), 5
QUIET = timedelta(minutes=5)  # for which a new document is left to the task of its upload
TAGS = {"retention": "preview"}  # no rule of the bucket's lifecycle is about them


def make_previews(document: Document, *, page: int = 1) -> list[Preview]:
    """Make both sizes of a page, unless there are some; return the rows that are shown now.

    They are `made` or `failed`; none at all where the document is not available any more. Raises
    `RendererBusyError` where somebody else is making them or there is no room, and
    `StoreUnavailableError`; then nothing is noted, and it is to be tried again. Safe to call twice,
    and at once. Must not run inside a transaction: the announcement would not be committed before
    the bytes are written.
    """
    with only_one(f"preview:{document.pk}") as ours:
        if not ours:
            raise RendererBusyError
        if there := current_previews(document, page=page):
            return there
        try:
            pages, pictures = _rendered(document, page)
        except CannotRenderError as error:
            return _note_failure(document, page, error.reason)
        rows = _announce(document, page, pages, pictures)
        if not rows:
            return []
        _write(rows, pictures)
        return _show(document, page, rows)


def make_first_previews(document: Document) -> list[Preview]:
    """Make what is made without being asked for; return the rows of the first page.

    Raises what `make_previews` does.
    """
    first = make_previews(document)
    if first and first[0].state == PreviewState.MADE:
        for page in range(2, min(FIRST_PAGES.get(document.file_type, 1), first[0].pages) + 1):
            make_previews(document, page=page)
    return first


def current_previews(document: Document, *, page: int) -> list[Preview]:
    """Return the rows of a page as today's renderer makes them, or none if one is missing."""
    rows = Preview.objects.filter(_current(), document=document, page=page).order_by("edge")
    found = list(rows)
    return found if {row.edge for row in found} == set(EDGES) else []


def _current() -> Q:
    """Return the condition of rows that need no new attempt."""
    again = Q(
        state=PreviewState.FAILED,
        reason__in=PASSING,
        attempts__lt=MOST_ATTEMPTS,
        updated_at__lt=timezone.now() - RETRY_AFTER,
    )
    return Q(state__in=SHOWN, version=VERSION) & ~again


def is_previewed(document: Document) -> bool:
    """Say whether there is a renderer for this kind of file, and previews at its kind of record."""
    policy = policy_for_content_type(document.content_type_id)
    return document.file_type in KINDS and policy is not None and "preview" in policy.operations


def without_previews(*, older_than: timedelta = QUIET) -> DocumentQuerySet:
    """Return the documents that could have previews and have none of today's renderer."""
    kinds = [one.content_type_id for one in all_policies() if "preview" in one.operations]
    there = Preview.objects.filter(_current(), document=OuterRef("pk"), page=1, edge=EDGES[0])
    return Document.objects.filter(
        ~Exists(there),
        state=DocumentState.AVAILABLE,
        file_type__in=KINDS,
        content_type_id__in=kinds,
        created_at__lt=timezone.now() - older_than,
    )


def _rendered(document: Document, page: int) -> tuple[int, list[Rendered]]:
    """Bring the bytes into a file of our own and have it rendered."""
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as content:
        try:
            with object_store().read(document.s3_key) as chunks:
                for chunk in original(chunks, document.encoding):
                    content.write(chunk)
        except ObjectMissingError as error:
            raise CannotRenderError(NO_BYTES) from error
        except EncodingError as error:
            raise CannotRenderError(DAMAGED) from error
        except StoreError as error:
            raise StoreUnavailableError("The document's bytes cannot be read now.") from error
        content.flush()
        return render(content, document.file_type, page=page)


def _is_available(document: Document) -> bool:
    """Lock the document's row and say whether previews of it may begin to exist."""
    row = Document.objects.select_for_update().filter(pk=document.pk)
    return row.filter(state=DocumentState.AVAILABLE).exists()


@transaction.atomic
def _note_failure(document: Document, page: int, reason: str) -> list[Preview]:
    if not _is_available(document):
        return []
    failed = Preview.objects.filter(document=document, page=page, state=PreviewState.FAILED)
    tried = failed.filter(version=VERSION).aggregate(most=Max("attempts"))["most"] or 0
    withdraw_page(document.pk, page)
    return Preview.objects.bulk_create(
        Preview(
            document=document,
            page=page,
            edge=edge,
            state=PreviewState.FAILED,
            reason=reason,
            attempts=tried + 1,
            version=VERSION,
        )
        for edge in EDGES
    )


@transaction.atomic
def _announce(
    document: Document, page: int, pages: int, pictures: Sequence[Rendered]
) -> list[Preview]:
    """Commit the rows that name the objects to come; none where the document has gone."""
    if not _is_available(document):
        return []
    rows = []
    for picture in pictures:
        pk = uuid7()
        key = preview_key(
            tenant=current_tenant(),
            document_id=document.pk,
            preview_id=pk,
            page=page,
            edge=picture.edge,
            mime=picture.mime,
        )
        rows.append(
            Preview(
                id=pk,
                document=document,
                page=page,
                edge=picture.edge,
                state=PreviewState.MAKING,
                version=VERSION,
                pages=pages,
                s3_key=key,
                mime=picture.mime,
                size=len(picture.content),
                sha256=hashlib.sha256(picture.content).hexdigest(),
            )
        )
    return Preview.objects.bulk_create(rows)


def _write(rows: Sequence[Preview], pictures: Sequence[Rendered]) -> None:
    try:
        for row, picture in zip(rows, pictures, strict=True):
            object_store().put(
                str(row.s3_key),
                io.BytesIO(picture.content),
                size=row.size,
                content_type=row.mime,
                sha256=row.sha256,
                tags=TAGS,
            )
    except StoreError as error:
        ours = Preview.objects.filter(pk__in=[row.pk for row in rows])
        ours.filter(state=PreviewState.MAKING).update(
            state=PreviewState.ABANDONED, updated_at=timezone.now()
        )
        raise StoreUnavailableError("The preview cannot be stored now.") from error


def _show(document: Document, page: int, rows: Sequence[Preview]) -> list[Preview]:
    """Let new rows take the place of what there was; or give them up with their document."""
    pks, now = [row.pk for row in rows], timezone.now()
    with transaction.atomic():
        states = (DocumentState.AVAILABLE, DocumentState.TRASHED)
        there = Document.objects.select_for_update().filter(pk=document.pk)
        ours = Preview.objects.select_for_update().filter(pk__in=pks, state=PreviewState.MAKING)
        wanted = there.filter(state__in=states).exists() and len(ours) == len(rows)
        if wanted:
            withdraw_page(document.pk, page)
            state = PreviewState.MADE
        else:  # purged meanwhile; our writes have ended, so what is there can go at once
            state = PreviewState.REMOVING
        Preview.objects.filter(pk__in=pks, state=PreviewState.MAKING).update(
            state=state, updated_at=now
        )
    try:
        if not wanted:
            _discard(rows)
        clear_previews([document.pk])
    except StoreError:
        pass  # the rows that name them are there still; the sweep tries again
    return current_previews(document, page=page) if wanted else []


def _discard(rows: Sequence[Preview]) -> None:
    """Remove what we wrote although our row had been taken away: somebody has cleared before."""
    left = set(Preview.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for row in rows:
        if row.pk not in left:
            object_store().remove(str(row.s3_key))
