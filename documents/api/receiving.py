"""Where clients send bytes to when the store is a folder: as to S3, with a link and no login.

A form by POST (204) or a part by PUT (200), each with its ETag. The link says how many bytes there
must be: one more is refused before it is kept, one less is refused too.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import ProblemError
from documents.api.downloads import WhateverItIs
from documents.api.parsers import DocumentParser
from documents.errors import DocumentRefusedError, DocumentTooLargeError
from documents.services.receiving import receive
from documents.storage.base import CHUNK
from documents.upload_tokens import WHOLE, LinkRefusedError, UploadToken, read_token
from documents.uploads import LengthRequiredError, SpooledUploadHandler

FORM_OVERHEAD = 64 * 1024  # bytes of a form that are not the file


class BrokenOffError(ProblemError):
    """The body ended before the length that it had announced."""

    code = "incomplete"
    detail = "The body broke off. Send it again."


class ReceivingView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (DocumentParser,)
    content_negotiation_class = WhateverItIs
    schema = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Set the limit before anybody can read the body; without a good link it is nothing."""
        try:
            limit = read_token(request.GET.get("token", "")).size
        except LinkRefusedError:
            limit = 0
        request.upload_handlers = [SpooledUploadHandler(request, limit=limit, only_field="file")]
        return super().initialize_request(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        token = self._token(request, whole=True)
        if self._length(request) > token.size + FORM_OVERHEAD:
            raise DocumentTooLargeError(limit=token.size)
        sent = request.FILES.get("file")
        if sent is None:
            raise ProblemError("Send the file in the field 'file'.", field="file", code="required")
        if sent.size != token.size:
            raise _wrong_length(token.size)
        return self._answer(204, receive(token, sent.chunks(CHUNK)))

    def put(self, request: Request) -> Response:
        token = self._token(request, whole=False)
        if self._length(request) != token.size:
            raise _wrong_length(token.size)
        return self._answer(200, receive(token, _body(request, token.size)))

    @staticmethod
    def _token(request: Request, *, whole: bool) -> UploadToken:
        token = read_token(request.query_params.get("token", ""))
        if (token.number == WHOLE) != whole:
            raise LinkRefusedError
        return token

    @staticmethod
    def _length(request: Request) -> int:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length.isdecimal():
            raise LengthRequiredError
        return int(length)

    @staticmethod
    def _answer(status: int, etag: str) -> Response:
        return Response(status=status, headers={"ETag": f'"{etag}"'})


def _wrong_length(size: int) -> DocumentRefusedError:
    text = f"This link takes exactly {size:,} bytes."
    return DocumentRefusedError(text, code="size_differs")


def _body(request: Request, size: int) -> Iterator[bytes]:
    """Yield the body as it was sent; whatever it says of itself, it is not parsed."""
    stream, left = request._request, size
    while left:
        chunk = stream.read(min(CHUNK, left))
        if not chunk:
            raise BrokenOffError
        left -= len(chunk)
        yield chunk
