"""Background work on clinical records, clinic by clinic."""

from celery import shared_task

from accounts.everywhere import send_in_each_clinic
from medical_records.services.missing_reports import store_missing_reports as store


@shared_task
def store_missing_reports() -> int:
    return store()


@shared_task
def store_missing_reports_everywhere() -> None:
    send_in_each_clinic(store_missing_reports)


store_missing_reports_everywhere.in_public = True
