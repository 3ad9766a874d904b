"""What every request meets before a view: one form of addresses and text, a bound to its body."""

import codecs
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.errors import BodyTooLargeError
from config.views import MACHINES, problem
from documents.api.parsers import children, is_too_deep
from documents.uploads import largest_size_limit

API = "/api/v1/"
LOGIN = "/_allauth/"
FILES_AT_ONCE = 10  # of the largest kind; the admin's forms take several
FORM_OVERHEAD = 1024 * 1024  # bytes of a form that are not the files
LENGTH_DIGITS = 18


class OneAddressMiddleware:
    """`/api/v1/patients/` and `/api/v1/patients` are the same; nobody is sent elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(API) and path.endswith("/") and path != API:
            request.path_info = path.rstrip("/")
        return self.get_response(request)


class OneEncodingMiddleware:
    """Text is UTF-8. Another charset is not believed: it may name a codec that is none for text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            # Not by the property, whose setter would read the query by the old charset first.
            request._encoding = "utf-8"  # type: ignore[attr-defined]
        return self.get_response(request)


class BodyLimitMiddleware:
    """Refuse a body by its announced length, before the CSRF check or anybody else reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and self._is_over(length, self._limit(request.path_info)):
            return self._refusal(request)
        return self.get_response(request)

    @staticmethod
    def _limit(path: str) -> int:
        if path.startswith(LOGIN):
            return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return FILES_AT_ONCE * largest_size_limit() + FORM_OVERHEAD

    @staticmethod
    def _is_over(length: str, limit: int) -> bool:
        digits = length.lstrip("0") or "0"
        return len(digits) > LENGTH_DIGITS or int(digits) > limit

    @staticmethod
    def _refusal(request: HttpRequest) -> HttpResponse:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if request.path_info.startswith(MACHINES):
            return problem(status, detail=BodyTooLargeError.detail, code=BodyTooLargeError.code)
        return HttpResponse(BodyTooLargeError.detail, status=status, content_type="text/plain")


class LoginBodyMiddleware:
    """Refuse JSON that a login would stumble over, whoever it is for.

    allauth reads it without a bound to its depth, and half a character in a password fails only
    where there is an account to compare it with, which would tell that there is one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(LOGIN) and not self._is_readable(request):
            return problem(
                HTTPStatus.BAD_REQUEST,
                detail="The body is not JSON that can be read here.",
                code="parse_error",
            )
        return self.get_response(request)

    @staticmethod
    def _is_readable(request: HttpRequest) -> bool:
        try:
            if not request.body:
                return True
            found = json.loads(request.body.decode())
        except (ValueError, RecursionError):
            return False
        return not is_too_deep(found) and not _has_half_characters(found)


def _has_half_characters(found: Any) -> bool:
    """Look for lone surrogates, which JSON can write and nothing can encode."""
    level = [found]
    while level:
        try:
            "".join(value for value in level if isinstance(value, str)).encode()
        except UnicodeEncodeError:
            return True
        level = [child for parent in level for child in children(parent)]
    return False
