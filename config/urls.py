"""Addresses of a clinic's host."""

from typing import Any

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.health import HealthView
from config.overview_api import OverviewView
from config.views import (
    ChoosePasswordView,
    PasswordChosenView,
    SharedReportView,
    ToApp,
    app,
    to_current_version,
)
from documents.api.receiving import ReceivingView

api: list[Any] = [
    path("health", HealthView.as_view(), name="health"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("dashboard", OverviewView.as_view(), name="dashboard"),
    path("", include("accounts.api.urls")),
    path("", include("jobs.api.urls")),
    path("", include("backups.api.urls")),
    path("", include("patients.api.urls")),
    path("", include("medical_records.api.urls")),
    path("", include("invites.api.urls")),
    path("", include("sms_integration.api.urls")),
    path("", include("legacy.api.urls")),
    path("", include("documents.api.urls")),  # last: it answers for every kind of record
]
urlpatterns = [
    path("", ToApp.as_view(url="/app/")),
    path("app", ToApp.as_view(url="/app/")),
    path("app/", app, name="app"),
    path("app/<path:path>", app, name="app-page"),
    path(
        "admin/reset/<uidb64>/<token>/",
        ChoosePasswordView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "admin/reset/done/",
        PasswordChosenView.as_view(),
        name="password_reset_complete",
    ),
    path("invite", ToApp.as_view(url="/app/invite"), name="invite-page"),
    path("uploads", ReceivingView.as_view(), name="receive-upload"),
    path("shared-report", SharedReportView.as_view(), name="shared-report-page"),
    path("sms/", include("sms_integration.urls")),
    path("admin/", admin.site.urls),
    path("_allauth/", include("accounts.login_urls")),
    path("api/v1/", include(api)),
    re_path(r"^api/(?!v\d+(?:/|$))(?P<rest>.*)$", to_current_version),
]
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
