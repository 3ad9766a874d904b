"""Background work on imports, clinic by clinic."""

from celery import shared_task

from accounts.everywhere import send_in_each_clinic
from patients.imports.sources import sweep_import_files as sweep


@shared_task
def sweep_import_files() -> int:
    return sweep()


@shared_task
def sweep_import_files_everywhere() -> None:
    send_in_each_clinic(sweep_import_files)


sweep_import_files_everywhere.in_public = True
