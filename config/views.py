"""What no app answers for: old addresses, missing ones, and errors nobody expected."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordResetCompleteView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views import csrf, defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView, TemplateView

from accounts.backends import MembershipBackend
from accounts.models import User
from accounts.password_links import password_tokens
from config import frontend
from config.errors import PROBLEM
from config.forms import ChoosePasswordForm
from documents.storage import object_store

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


class AdminLooks:
    """Mix in before a view whose template has the admin's frame and colours."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**admin.site.each_context(self.request), **found}


class ChoosePasswordView(AdminLooks, PasswordResetConfirmView):
    """Behind the one-time link that a new member gets; only for active members of this clinic."""

    form_class = ChoosePasswordForm
    token_generator = password_tokens

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return None if user is None else MembershipBackend().get_user(user.pk)


class PasswordChosenView(AdminLooks, PasswordResetCompleteView):
    """Where that leads."""


@require_safe
@ensure_csrf_cookie
@never_cache
def app(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer with the single-page app, whatever page of it is asked for."""
    try:
        page = frontend.index()
    except frontend.NotBuiltError as error:
        return HttpResponse(
            str(error), status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain"
        )
    answer = HttpResponse(page)
    answer["Content-Security-Policy"] = app_policy()
    return answer


def app_policy() -> str:
    """Return what the app's page may load: its own files, and bytes from and to the store.

    Styles are set by the components themselves; scripts come from files alone.
    """
    store = object_store().browser_origin()
    here = f"'self' {store}" if store else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src {here} blob: data:",
            "font-src 'self' data:",
            f"connect-src {here}",
            "worker-src 'self' blob:",
            f"frame-src {here} blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class ToApp(RedirectView):
    """An address from before the app, or one that is short: what stands behind its # stays."""

    query_string = True


class SharedReportView(AdminLooks, TemplateView):
    """Behind an e-mailed link to a report; its script asks the API with the link's token."""

    template_name = "shared_report.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        clinic = self.request.account.name  # type: ignore[attr-defined]
        return super().get_context_data(clinic=clinic, **kwargs)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith(MACHINES):
        return problem(
            HTTPStatus.FORBIDDEN,
            detail="Send the X-CSRFToken header with the value of the csrftoken cookie.",
            code="csrf_failed",
        )
    return csrf.csrf_failure(request, reason=reason)
