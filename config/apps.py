from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from unfold.apps import BasicAppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Chartvault"

    def ready(self) -> None:
        import config.celery  # noqa: F401  tasks find the clinics' application


class UnfoldConfig(BasicAppConfig):
    """Unfold's templates and widgets; the admin sites are ours (config/admin.py)."""

    name = "unfold"


class ClinicAdminConfig(AdminConfig):
    default_site = "config.admin.ClinicAdminSite"
