"""What is known about the request being served, for log lines, history and access log."""

import logging
import math
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.tenancy import current_schema


@dataclass(frozen=True)
class RequestInfo:
    """`path` is without the query: people search by name there."""

    id: str
    ip: str
    method: str
    path: str


current_request: ContextVar[RequestInfo | None] = ContextVar("current_request", default=None)


def client_ip(request: HttpRequest) -> str:
    """Return the client's address.

    Of `X-Forwarded-For` only the part that our own proxies added is believed: with N trusted
    proxies that is the Nth address from the right.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    count = settings.TRUSTED_PROXY_COUNT
    if count and len(forwarded) >= count and forwarded[-count]:
        return forwarded[-count]
    return str(request.META.get("REMOTE_ADDR") or "")


def own_port(request: Any) -> str:
    """Return the port that people have typed, empty where they need not.

    With HTTPS only one that the operator knows (CSRF_TRUSTED_ORIGINS): a link in an e-mail must not
    lead where somebody else's Host header says.
    """
    port = str(request.get_host().partition(":")[2])
    known = any(origin.endswith(f":{port}") for origin in settings.CSRF_TRUSTED_ORIGINS)
    return port if known or not settings.HTTPS else ""


def login_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the name a login was tried with, for the lock-out."""
    found = credentials or {}
    name = found.get("username") or found.get("email") or found.get("login")
    if name is None and request is not None and request.content_type != "application/json":
        name = request.POST.get("username")
    return str(name or "").strip().lower()


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """Answer a client that has guessed too often."""
    return too_many(request, seconds=int(settings.AXES_COOLOFF_TIME.total_seconds()))


def too_many(request: HttpRequest, *, seconds: int, text: str = "") -> HttpResponse:
    """Answer 429. `text` says what there was too much of, where it was not failed logins."""
    text = text or f"Too many failed logins. Try again in {in_minutes(seconds)}."
    return _refusal(request, 429, "Too Many Requests", code="login_locked", text=text, wait=seconds)


def not_now(request: HttpRequest) -> HttpResponse:
    """Answer 503: what a worker is to do cannot be handed to one. Nothing was done."""
    text = "The server cannot do this at the moment. Try again in a few minutes."
    return _refusal(request, 503, "Service Unavailable", code="unavailable", text=text, wait=60)


def _refusal(
    request: HttpRequest, status: int, title: str, *, code: str, text: str, wait: int
) -> HttpResponse:
    headers = {"Retry-After": str(wait)}
    if request.path.startswith(("/api/", "/_allauth/")):
        return JsonResponse(
            {
                "type": "about:blank",
                "title": title,
                "status": status,
                "detail": text,
                "code": code,
                "errors": [],
            },
            status=status,
            headers=headers,
            content_type="application/problem+json",
        )
    return HttpResponse(text, status=status, headers=headers, content_type="text/plain")


def in_minutes(seconds: int) -> str:
    """Return a time to wait as people say it, never less than it is."""
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"


class LogContext(logging.Filter):
    """Put the clinic and the request's id on every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        info = current_request.get()
        record.request_id = info.id if info else "-"
        record.schema_name = current_schema()
        return True
