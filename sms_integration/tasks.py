"""Background work on messages, clinic by clinic."""

import logging
import time
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError

from accounts.everywhere import send_in_each_clinic
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
    tried, over = 0, time.monotonic() + SLICE
    for message_id in delivering.due_messages():
        if time.monotonic() > over:
            break
        try:
            delivering.deliver_message(message_id)
        except Exception as error:  # noqa: BLE001  one that cannot be sent must not stop the others
            log.error("Message %s stays: %s", message_id, type(error).__name__)  # noqa: TRY400
        tried += 1
    return tried


@shared_task
def sweep_outbound_everywhere() -> None:
    send_in_each_clinic(sweep_outbound)


@shared_task
def sweep_media_links() -> int:
    return sweep_links()


@shared_task
def sweep_media_links_everywhere() -> None:
    send_in_each_clinic(sweep_media_links)


# --- Files of messages that came in ---------------------------------------------------------------


@shared_task(soft_time_limit=480)  # less than a lease: what hangs is ended before it is taken over
def fetch_media(media_id: str) -> None:
    fetching.fetch_media(media_id=UUID(media_id))


@shared_task
def fetch_due_media() -> int:
    return fetching.due_media()


@shared_task
def fetch_due_media_everywhere() -> None:
    send_in_each_clinic(fetch_due_media)


@shared_task
def catch_up() -> int:
    """Ask gateways for messages whose calls nobody answered; return how many came."""
    kept, _ = catching_up.catch_up()
    return kept


@shared_task
def catch_up_everywhere() -> None:
    send_in_each_clinic(catch_up)


sweep_outbound_everywhere.in_public = True
sweep_media_links_everywhere.in_public = True
fetch_due_media_everywhere.in_public = True
catch_up_everywhere.in_public = True
