"""Background work on messages, clinic by clinic."""

from uuid import UUID

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from sms_integration.services import catching_up, fetching

# --- Files of messages that came in ---------------------------------------------------------------


@shared_task(soft_time_limit=480)  # less than a lease: what hangs is ended before it is taken over
def fetch_media(media_id: str) -> None:
    fetching.fetch_media(media_id=UUID(media_id))


@shared_task
def fetch_due_media() -> int:
    return fetching.due_media()


@shared_task
def fetch_due_media_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            fetch_due_media.delay()


@shared_task
def catch_up() -> int:
    """Ask gateways for messages whose calls nobody answered; return how many came."""
    kept, _ = catching_up.catch_up()
    return kept


@shared_task
def catch_up_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            catch_up.delay()


fetch_due_media_everywhere.in_public = True
catch_up_everywhere.in_public = True
