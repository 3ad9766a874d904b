"""Background work on messages, clinic by clinic."""

import logging
import time
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError
from django_tenants.utils import tenant_context

from accounts.models import Account
from sms_integration.services import catching_up, delivering, fetching
from sms_integration.services.media_links import sweep_links

log = logging.getLogger(__name__)
SLICE = 45.0  # seconds that a sweep works; the next begins each minute


class DeliveryFailedError(Exception):
    """A message stays where it was, and the sweep tries it again."""


@shared_task
def deliver_message(message_id: str) -> bool:
    try:
        return delivering.deliver_message(UUID(message_id))
    except DatabaseError as error:  # its own words quote the row, and with it the text
        raise DeliveryFailedError(type(error).__name__) from None


@shared_task
def sweep_outbound() -> int:
    """Hand over what is due; return how many were tried."""
    following, tried, over = delivering.due_messages(), 0, time.monotonic() + SLICE
    while time.monotonic() < over and (message_id := following()) is not None:
        try:
            delivering.deliver_message(message_id)
        except Exception as error:  # noqa: BLE001  one that cannot be sent must not stop the others
            log.error("Message %s stays: %s", message_id, type(error).__name__)  # noqa: TRY400
        tried += 1
    return tried


@shared_task
def sweep_outbound_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_outbound.delay()


@shared_task
def sweep_media_links() -> int:
    return sweep_links()


@shared_task
def sweep_media_links_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            sweep_media_links.delay()


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


sweep_outbound_everywhere.in_public = True
sweep_media_links_everywhere.in_public = True
fetch_due_media_everywhere.in_public = True
catch_up_everywhere.in_public = True
