"""Leaving a message to the workers."""

import logging
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

TASK = "sms_integration.tasks.deliver_message"
log = logging.getLogger(__name__)


def send_for_delivery(message_id: UUID) -> None:
    """Send for a worker once the message's row is committed.

    A lost message of the broker costs a minute and no more: the sweep looks for rows that are due.
    """
    transaction.on_commit(partial(_send, str(message_id)))


def _send(message_id: str) -> None:
    try:
        current_app.send_task(TASK, (message_id,), retry=False)
    except OperationalError as error:
        log.warning("No worker could be sent for a message: %s", type(error).__name__)
