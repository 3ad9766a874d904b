"""Leaving the previews of a new document to the workers."""

from functools import partial

from django.db import transaction

from documents.models import Document
from documents.rendering.running import KINDS
from jobs.services.queueing import send_for_worker

TASK = "documents.tasks.make_previews"


def send_for_previews(document: Document) -> None:
    """Send for a worker once the document is there for others to see.

    A message that is lost, or cannot be sent, costs nothing but time: previews that are missing
    are made when somebody asks for one, and by `tend_previews_everywhere`.
    """
    if document.file_type in KINDS:
        transaction.on_commit(partial(send_for_worker, TASK, str(document.pk)))
