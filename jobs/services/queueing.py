"""Sending for a worker by a task's name, from below the module that has the task."""

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def send_for_worker(task: str, *arguments: Any, expires: int | None = None) -> None:
    """Send for a worker; call it when what it is to find is committed.

    A broker that is away is noted and raises nothing: whoever sends like this has a sweep that
    finds the work later. After `expires` seconds in the queue the task is nothing any more.
    """
    try:
        current_app.send_task(task, arguments, retry=False, expires=expires)
    except OperationalError as error:
        log.warning("No worker could be sent for %s: %s", task, type(error).__name__)
