"""What no app answers for: old addresses, missing ones, and errors nobody expected."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views import defaults

from config.errors import PROBLEM

MACHINES = ("/api/", "/_allauth/")  # where answers are read by programs


class PermanentRedirect(HttpResponseRedirect):
    """308: the client repeats the same method with the same body."""

    status_code = HTTPStatus.PERMANENT_REDIRECT


def to_current_version(request: HttpRequest, rest: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return PermanentRedirect(f"/api/v1/{rest}" + (f"?{query}" if query else ""))


def problem(status: HTTPStatus, *, detail: str, code: str) -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "errors": [],
    }
    return JsonResponse(body, status=status, content_type=PROBLEM)


def not_found(request: HttpRequest, exception: Exception, *args: Any) -> HttpResponse:
    if request.path.startswith(MACHINES):
        return problem(
            HTTPStatus.NOT_FOUND,
            detail="There is nothing at this address for you.",
            code="not_found",
        )
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(MACHINES):
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            detail="Something went wrong here. Nothing was changed; the X-Request-Id finds it.",
            code="error",
        )
    return defaults.server_error(request)
