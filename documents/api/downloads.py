"""The answer to a download: a link where the store has links, else the bytes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from accounts.audit.models import AccessAction
from accounts.models import Membership
from documents.api.ranges import Span, UnsatisfiableRangeError, parse_range
from documents.models import Document
from documents.services.reading import (
    link_to,
    note_access,
    open_document,
    require_readable,
    stored_bytes,
)


class WhateverItIs(DefaultContentNegotiation):
    """Of routes that give out bytes: their kind is the file's, whatever `Accept` prefers.

    The framework knows JSON only and would answer 406 to a client that asks for a PDF as a PDF.
    """

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type  # for problems


def give_out(request: Request, document: Document, membership: Membership) -> HttpResponseBase:
    """Answer with a redirection to a short-lived link, or with the bytes or a range of them.

    HEAD is how a page asks whether a download would work. It gets no bytes and no link, which is
    good for GET only, so nothing is noted.
    """
    head = request.method == "HEAD"
    if head:
        require_readable(document, membership=membership)
    elif (link := link_to(document, membership=membership)) is not None:
        return HttpResponseRedirect(link)
    etag = f'"{document.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        if not head:
            note_access(document, membership, AccessAction.DOWNLOAD)  # it is shown once more
        return HttpResponse(status=304, headers={"ETag": etag})
    asked = request.headers.get("Range")
    if request.headers.get("If-Range", etag) != etag:
        asked = None  # the client has parts of something else: it gets the whole
    try:
        span = parse_range(asked, document.file_size)
    except UnsatisfiableRangeError:
        return HttpResponse(
            status=416, headers={"Content-Range": f"bytes */{document.file_size}", "ETag": etag}
        )
    part = span or Span(0, document.file_size - 1)
    opened = (
        no_bytes()
        if head
        else open_document(document, membership=membership, start=part.start, end=part.end)
    )
    return _response(document, opened, span, part, etag)


def no_bytes() -> AbstractContextManager[Iterator[bytes]]:
    """Return what the answer to HEAD has in place of an opened object."""
    return nullcontext(iter(()))


def stream(document: Document) -> StreamingHttpResponse:
    """Answer with the bytes; the caller has asked who may have them, and noted it."""
    whole = Span(0, document.file_size - 1)
    return _response(document, stored_bytes(document), None, whole, f'"{document.sha256}"')


def _response(
    document: Document,
    opened: AbstractContextManager[Iterator[bytes]],
    span: Span | None,
    asked: Span,
    etag: str,
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        Chunks(opened), status=206 if span else 200, content_type=document.file_type
    )
    response["Content-Length"] = str(asked.length)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=document.original_filename
    )
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    # Whatever the file is, a browser must not run or interpret it (ASVS 5.4.1).
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    if span:
        response["Content-Range"] = f"bytes {span.start}-{span.end}/{document.file_size}"
    return response


class Chunks:
    """Iterates over an opened document; closing it closes the file or connection behind."""

    def __init__(self, opened: AbstractContextManager[Iterator[bytes]]) -> None:
        self._opened = opened
        self._chunks = opened.__enter__()  # before the headers: a missing object is still a 503

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        self._opened.__exit__(None, None, None)
