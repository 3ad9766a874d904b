"""Background work on documents, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.services.sweep import sweep_unfinished_uploads as sweep


@shared_task
def sweep_unfinished_uploads() -> int:
    return sweep()


@shared_task
def sweep_unfinished_uploads_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_unfinished_uploads.delay()


sweep_unfinished_uploads_everywhere.in_public = True
