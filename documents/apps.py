from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from documents import checks  # noqa: F401  registers system checks
        from documents.holdings import Holding, register
        from documents.keys import STAGING
        from documents.services.staging import is_needed

        register(Holding(f"system/temp/{STAGING}/", is_needed))

        autodiscover_modules("attachments", "holdings")
