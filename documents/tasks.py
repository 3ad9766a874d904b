"""Background work on documents, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.job_kinds.purging import PurgeTrash
from documents.job_kinds.scanning import ScanDocuments
from documents.scanning import is_connected
from documents.services.purging import to_purge
from documents.services.quarantine import not_scanned
from documents.services.reconciling import reconcile
from jobs.services.background import start_in_background


@shared_task
def sweep_unfinished_uploads() -> int:
    return reconcile()


@shared_task
def purge_trash() -> str:
    """Start this clinic's purge in the background, or go on with it; return the job's id."""
    job = start_in_background(kind=PurgeTrash.name, parameters={}, even_paused=False)
    return str(job.pk)


@shared_task
def purge_trash_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            if to_purge().exists():
                purge_trash.delay()


@shared_task
def sweep_unfinished_uploads_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_unfinished_uploads.delay()


@shared_task
def scan_unscannable() -> str:
    """Scan in the background what could not be scanned, or go on with it; return the job's id."""
    job = start_in_background(kind=ScanDocuments.name, parameters={}, even_paused=False)
    return str(job.pk)


@shared_task
def scan_unscannable_everywhere() -> None:
    """Let in by itself what came while the scanner was away."""
    if not is_connected():
        return
    for account in Account.objects.all():
        with tenant_context(account):
            if not_scanned().exists():
                scan_unscannable.delay()


scan_unscannable_everywhere.in_public = True
sweep_unfinished_uploads_everywhere.in_public = True
purge_trash_everywhere.in_public = True
