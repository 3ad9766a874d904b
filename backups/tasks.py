"""Backups of all clinics, for beat."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from backups.job_kinds import BackupAccount
from backups.places import backup_dir, backups_kept
from jobs.models import JobState
from jobs.services.control import begin, start_job
from jobs.tasks import send_job


@shared_task
def backup_account() -> str:
    """Start this clinic's backup in the background, or go on with it; return the job's id."""
    job = start_job(
        kind=BackupAccount.name,
        parameters={"to": str(backup_dir()), "keep": backups_kept()},
        background=True,
    )
    if job.state != JobState.RUNNING:
        begin(job)  # also what an evening with a full disk has interrupted
    send_job(job)
    return str(job.pk)


@shared_task
def back_up_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            backup_account.delay()


back_up_everywhere.in_public = True
