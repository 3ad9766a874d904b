"""Leaving a message to the workers."""

from functools import partial
from uuid import UUID

from django.db import transaction

from jobs.services.queueing import send_for_worker

TASK = "sms_integration.tasks.deliver_message"


def send_for_delivery(message_id: UUID) -> None:
    """Send for a worker once the message's row is committed.

    A lost message of the broker costs a minute and no more: the sweep looks for rows that are due.
    """
    transaction.on_commit(partial(send_for_worker, TASK, str(message_id)))
