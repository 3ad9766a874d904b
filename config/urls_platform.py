"""Addresses of the platform's host: its admin and its health."""

from django.urls import path
from django.views.generic import RedirectView

from accounts.admin import register_platform
from config.admin import platform_site
from config.health import HealthView

register_platform(platform_site)

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/", platform_site.urls),
    path("api/v1/health", HealthView.as_view(), name="health"),
]
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
