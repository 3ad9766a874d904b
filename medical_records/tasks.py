"""Background work on clinical records, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from medical_records.services.missing_reports import store_missing_reports as store


@shared_task
def store_missing_reports() -> int:
    return store()


@shared_task
def store_missing_reports_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            store_missing_reports.delay()


store_missing_reports_everywhere.in_public = True
