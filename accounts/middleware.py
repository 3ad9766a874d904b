"""From a host name to a clinic, and from a session to a member of it."""

from collections.abc import Callable
from typing import Any

import pghistory
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django_tenants.middleware.main import TenantMainMiddleware

from accounts.fields import uuid7
from accounts.models import AccountStatus
from accounts.requests import RequestInfo, client_ip, current_request
from accounts.sessions import keep_alive
from accounts.tenancy import current_tenant, leave_clinic

Handler = Callable[[HttpRequest], HttpResponse]
LIVE_PATH = "/api/v1/health/live"
API = "/api/"


class RequestMiddleware:
    """Give the request an id; answer the liveness probe, which must not need anything else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == LIVE_PATH:
            return JsonResponse({"status": "ok"})
        info = RequestInfo(
            id=str(uuid7()),
            ip=client_ip(request),
            method=request.method or "",
            path=request.path[:500],
        )
        token = current_request.set(info)
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        response["X-Request-Id"] = info.id
        if not request.path.startswith(settings.STATIC_URL) and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


class ClinicMiddleware(TenantMainMiddleware):
    """Choose the schema by the host name, and by nothing else."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        leave_clinic()
        timezone.deactivate()
        request.account = None  # type: ignore[attr-defined]
        if request.get_host().split(":")[0].lower() == settings.PLATFORM_HOST.lower():
            request.tenant = current_tenant()  # type: ignore[attr-defined]
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF  # type: ignore[attr-defined]
            return None
        response: HttpResponse | None = super().process_request(request)
        if response is None:
            request.account = request.tenant  # type: ignore[attr-defined]
            if not request.path_info.startswith(API):  # pages show the clinic's time, the API UTC
                timezone.activate(request.tenant.time_zone)  # type: ignore[attr-defined]
        return response

    def get_tenant(self, domain_model: Any, hostname: str) -> Any:
        tenant = super().get_tenant(domain_model, hostname.lower())
        if tenant.status != AccountStatus.ACTIVE:
            raise domain_model.DoesNotExist
        return tenant

    def no_tenant_found(self, request: HttpRequest, hostname: str) -> HttpResponse:
        return HttpResponse(
            "There is no clinic at this address.", status=404, content_type="text/plain"
        )


class IdleSessionMiddleware:
    """Move the idle end of a session that is being used."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        keep_alive(request.session)


class HistoryMiddleware:
    """Write who, which request and from where beside every change (pghistory)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        info = current_request.get()
        user_id = getattr(request.user, "pk", None) if request.method != "GET" else None
        with pghistory.context(
            user=str(user_id) if user_id else None,
            request=info.id if info else None,
            ip=info.ip if info else None,
            path=info.path if info else None,
        ):
            return self.get_response(request)
