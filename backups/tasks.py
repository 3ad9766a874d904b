"""Backups of all clinics, for beat."""

from celery import shared_task

from accounts.everywhere import send_in_each_clinic
from backups.job_kinds import BackupAccount
from backups.places import backup_dir, backups_kept
from jobs.services.background import start_in_background


@shared_task
def backup_account() -> str:
    """Start this clinic's backup in the background, or go on with it; return the job's id."""
    # Also one that was paused, or that an evening with a full disk has interrupted: else there
    # would be no backup any more, and nobody would notice.
    parameters = {"to": str(backup_dir()), "keep": backups_kept()}
    return str(start_in_background(kind=BackupAccount.name, parameters=parameters).pk)


@shared_task
def back_up_everywhere() -> None:
    send_in_each_clinic(backup_account)


back_up_everywhere.in_public = True
