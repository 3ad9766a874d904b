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
        from documents.services.stored_archives import FOLDER, is_of_an_archive

        register(Holding(f"system/{FOLDER}/", is_of_an_archive))
        from documents.services.rehoming import is_being_moved

        register(Holding("sms/", is_being_moved))
        autodiscover_modules("attachments", "holdings")
