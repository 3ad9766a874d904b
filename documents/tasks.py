"""Background work on documents, clinic by clinic."""

import logging
from uuid import UUID

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.everywhere import send_in_each_clinic
from accounts.models import Account
from documents.errors import StoreUnavailableError
from documents.job_kinds.previewing import MakePreviews
from documents.job_kinds.purging import PurgeTrash
from documents.job_kinds.retaining import ApplyRetention
from documents.job_kinds.scanning import ScanDocuments
from documents.models import Document, DocumentState
from documents.rendering.running import RendererBusyError
from documents.scanning import is_connected
from documents.services.expiring_archives import sweep_archives as sweep_exports
from documents.services.preview_removal import sweep_previews as sweep_left_previews
from documents.services.previews import (
    is_previewed,
    make_first_previews,
    without_previews,
)
from documents.services.purging import to_purge
from documents.services.quarantine import not_scanned
from documents.services.reconciling import reconcile
from documents.services.rehoming import rehome_all
from jobs.services.background import start_in_background

log = logging.getLogger(__name__)


@shared_task
def sweep_unfinished_uploads() -> int:
    return reconcile()


@shared_task
def rehome_documents(document_ids: list[str]) -> int:
    """Move the bytes of documents that have got another patient; the sweep finishes what fails."""
    return rehome_all(UUID(one) for one in document_ids)


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
    send_in_each_clinic(apply_retention)


@shared_task
def purge_trash_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            if to_purge().exists():
                purge_trash.delay()


@shared_task
def sweep_unfinished_uploads_everywhere() -> None:
    send_in_each_clinic(sweep_unfinished_uploads)


@shared_task
def scan_unscannable() -> str:
    """Scan in the background what could not be scanned, or go on with it; return the job's id."""
    job = start_in_background(kind=ScanDocuments.name, parameters={}, even_paused=False)
    return str(job.pk)


@shared_task
def make_previews(document_id: str) -> None:
    """Make the previews of a new document; what goes wrong is tried again by the next round."""
    document = Document.objects.filter(pk=document_id, state=DocumentState.AVAILABLE).first()
    if document is None or not is_previewed(document):
        return
    try:
        make_first_previews(document)
    except (RendererBusyError, StoreUnavailableError) as error:
        log.info("The previews of document %s wait: %s", document_id, type(error).__name__)


@shared_task
def make_missing_previews() -> str:
    """Start making what previews are missing, or go on with it; return the job's id."""
    job = start_in_background(kind=MakePreviews.name, parameters={}, even_paused=False)
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


@shared_task
def sweep_previews() -> int:
    return sweep_left_previews()


@shared_task
def tend_previews_everywhere() -> None:
    """Clear up behind makers of previews that died, and make what is missing."""
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_previews.delay()
            if without_previews().exists():
                make_missing_previews.delay()


@shared_task
def sweep_archives() -> int:
    return sweep_exports()


@shared_task
def sweep_archives_everywhere() -> None:
    send_in_each_clinic(sweep_archives)


scan_unscannable_everywhere.in_public = True
tend_previews_everywhere.in_public = True
sweep_archives_everywhere.in_public = True
sweep_unfinished_uploads_everywhere.in_public = True
purge_trash_everywhere.in_public = True
apply_retention_everywhere.in_public = True
