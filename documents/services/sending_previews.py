"""Leaving the previews of a new document to the workers."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from documents.models import Document
from documents.rendering.running import KINDS

TASK = "documents.tasks.make_previews"
log = logging.getLogger(__name__)


def send_for_previews(document: Document) -> None:
    """Send for a worker once the document is there for others to see.

    A message that is lost, or cannot be sent, costs nothing but time: previews that are missing
    are made when somebody asks for one, and by `tend_previews_everywhere`.
    """
    if document.file_type in KINDS:
        transaction.on_commit(partial(_send, str(document.pk)))


def _send(document_id: str) -> None:
    try:
        current_app.send_task(TASK, (document_id,), retry=False)
    except OperationalError as error:
        log.warning("No worker could be sent for previews: %s", type(error).__name__)
