"""What beat sends, and how often. Each goes through the clinics by itself."""

from datetime import timedelta

CELERY_BEAT_SCHEDULE = {
    "clear-expired-sessions": {
        "task": "accounts.tasks.clear_expired_sessions_everywhere",
        "schedule": timedelta(hours=6),
    },
    "expire-invites": {
        "task": "invites.tasks.expire_invites_everywhere",
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
}
