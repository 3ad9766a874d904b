"""Large direct uploads are finished by the workers (documents/job_kinds/finishing.py)."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from documents.models import DirectUpload, Document, DocumentState
from documents.services.showing import ANNOUNCED
from documents.services.staging import keeping_time
from jobs.models import ItemState, JobItem
from jobs.services.background import start_in_background

KIND = "documents_finish_upload"


def leave_to_workers(upload: DirectUpload, membership: Membership) -> None:
    """Say `verifying` and start the job in one transaction, so that neither is without the other.

    The upload gets its time anew: what has been called complete does not run out while it waits.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = Document.objects.filter(pk=upload.document_id, state__in=ANNOUNCED)
        if not rows.update(state=DocumentState.VERIFYING, updated_at=now):
            return
        DirectUpload.objects.filter(pk=upload.pk).update(
            expires_at=now + keeping_time(), updated_at=now
        )
        start_in_background(
            kind=KIND,
            parameters={"document": str(upload.document_id)},
            requested_by=membership.user,
        )


def kills_workers(upload: DirectUpload) -> bool:
    """Say whether the ledger has given it up; asked again, it would be read and kill again."""
    return JobItem.objects.filter(
        job__kind=KIND,
        source_id=str(upload.document_id),
        state=ItemState.FAILED,
        code="worker_died",
    ).exists()
