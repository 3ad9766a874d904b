"""What beat sends, and how often. Each goes through the clinics by itself."""

import re
from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

AT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
ALWAYS: dict[str, dict[str, Any]] = {
    "clear-expired-sessions": {
        "task": "accounts.tasks.clear_expired_sessions_everywhere",
        "schedule": timedelta(hours=6),
    },
    "expire-invites": {
        "task": "invites.tasks.expire_invites_everywhere",
        "schedule": timedelta(hours=1),
    },
    "sweep-outbound-messages": {
        "task": "sms_integration.tasks.sweep_outbound_everywhere",
        "schedule": timedelta(minutes=1),
    },
    "sweep-media-links": {
        "task": "sms_integration.tasks.sweep_media_links_everywhere",
        "schedule": timedelta(hours=1),
    },
    "tend-jobs": {
        "task": "jobs.tasks.tend_jobs_everywhere",
        "schedule": timedelta(minutes=1),
    },
    "store-missing-reports": {
        "task": "medical_records.tasks.store_missing_reports_everywhere",
        "schedule": timedelta(minutes=15),
    },
    "sweep-import-files": {
        "task": "patients.tasks.sweep_import_files_everywhere",
        "schedule": timedelta(hours=1),
    },
    "sweep-unfinished-uploads": {
        "task": "documents.tasks.sweep_unfinished_uploads_everywhere",
        "schedule": timedelta(minutes=15),
    },
    "scan-unscannable": {
        "task": "documents.tasks.scan_unscannable_everywhere",
        "schedule": timedelta(hours=1),
    },
    "tend-previews": {
        "task": "documents.tasks.tend_previews_everywhere",
        "schedule": timedelta(minutes=15),
    },
    "sweep-archives": {
        "task": "documents.tasks.sweep_archives_everywhere",
        "schedule": timedelta(hours=1),
    },
    "apply-retention": {
        "task": "documents.tasks.apply_retention_everywhere",
        "schedule": timedelta(days=7),
    },
    "fetch-due-media": {
        "task": "sms_integration.tasks.fetch_due_media_everywhere",
        "schedule": timedelta(minutes=1),
    },
    "catch-up-messages": {
        "task": "sms_integration.tasks.catch_up_everywhere",
        "schedule": timedelta(hours=1),
    },
    "purge-trash": {
        "task": "documents.tasks.purge_trash_everywhere",
        "schedule": timedelta(hours=6),
    },
}


def beat_schedule(*, backup_at: str) -> dict[str, dict[str, Any]]:
    """Return what beat sends; backups every day at `backup_at` (`HH:MM`, UTC), or never."""
    if not backup_at:
        return ALWAYS
    at = AT.fullmatch(backup_at)
    if at is None:
        raise ImproperlyConfigured("BACKUP_AT must be a time such as 16:30 (UTC), or empty.")
    every_day = crontab(hour=at[1], minute=at[2])
    backups = {"task": "backups.tasks.back_up_everywhere", "schedule": every_day}
    return {**ALWAYS, "back-up-all-accounts": backups}
