"""Background work on imports, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from patients.imports.sources import sweep_import_files as sweep


@shared_task
def sweep_import_files() -> int:
    return sweep()


@shared_task
def sweep_import_files_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_import_files.delay()


sweep_import_files_everywhere.in_public = True
