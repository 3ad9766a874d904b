"""Background work on documents, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.purge_kind import PurgeTrash
from documents.services.purging import to_purge
from documents.services.sweep import sweep_unfinished_uploads as sweep
from jobs.models import JobState
from jobs.services.control import begin, start_job
from jobs.tasks import send_job


@shared_task
def sweep_unfinished_uploads() -> int:
    return sweep()


@shared_task
def purge_trash() -> str:
    """Start this clinic's purge in the background, or go on with it; return the job's id."""
    job = start_job(kind=PurgeTrash.name, parameters={}, background=True)
    if job.state != JobState.RUNNING:
        begin(job)
    send_job(job)
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


sweep_unfinished_uploads_everywhere.in_public = True
purge_trash_everywhere.in_public = True
