"""Background work on documents, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.job_kinds.purging import PurgeTrash
from documents.job_kinds.retaining import ApplyRetention
from documents.services.expiring_archives import sweep_archives as sweep_exports
from documents.services.purging import to_purge
from documents.services.sweep import sweep_unfinished_uploads as sweep
from jobs.services.background import start_in_background


@shared_task
def sweep_unfinished_uploads() -> int:
    return sweep()


@shared_task
def purge_trash() -> str:
    """Start this clinic's purge in the background, or go on with it; return the job's id."""
    job = start_in_background(kind=PurgeTrash.name, parameters={}, even_paused=False)
    return str(job.pk)


@shared_task
def apply_retention() -> str:
    """Start this clinic's retention in the background; only what is temporary goes by it."""
    job = start_in_background(kind=ApplyRetention.name, parameters={}, even_paused=False)
    return str(job.pk)


@shared_task
def apply_retention_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            apply_retention.delay()


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
def sweep_archives() -> int:
    return sweep_exports()


@shared_task
def sweep_archives_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_archives.delay()


sweep_archives_everywhere.in_public = True
sweep_unfinished_uploads_everywhere.in_public = True
purge_trash_everywhere.in_public = True
apply_retention_everywhere.in_public = True
