"""Taking a move back: the old object first, then the row, and last what the move had made."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from documents.models import Document
from documents.services.copies import backup_store, remove_copies, stored_hash
from documents.services.importing import take_back_document
from documents.services.restructuring.alone import require_alone
from documents.services.restructuring.claims import SOURCE
from documents.services.restructuring.copying import refusal, taken
from documents.services.store_answers import store_errors
from documents.services.verifying import WITH_BYTES
from documents.storage import ObjectStore, StoreError, object_store
from documents.storage.doors import Doors
from jobs.errors import ItemError
from jobs.models import SourceLink

log = logging.getLogger(__name__)


def take_back(link: SourceLink) -> None:
    """Undo what a note says, inside a transaction; the caller removes the note.

    A moved document's row and object are as before. One that was taken in goes into the trash.
    Raises `ItemError`: `changed_since`, `legal_hold`, or what stands against the old object.
    """
    require_alone(SOURCE)
    facts: dict[str, Any] = link.facts
    row = Document.objects.select_for_update().get(pk=link.target_id)
    if row.state not in WITH_BYTES:  # purged since: nothing is to be brought back
        with store_errors():
            remove_copies(row.pk)
        return
    moved = "new_key" in facts
    if moved and row.s3_key != facts["new_key"]:
        raise ItemError("changed_since", "The document has been moved again since.")
    with store_errors():
        _put_back(facts, row)
    made = [(backup_store(facts["backup_to"]), facts["backup"])]
    if not moved:
        take_back_document(row)
    elif facts["row_key"] != facts["new_key"]:
        row.s3_key, row.updated_at = facts["row_key"], timezone.now()
        row.save(update_fields=["s3_key", "updated_at"])
        made.append((object_store(), facts["new_key"]))
    # Not before the row names the old object for good.
    transaction.on_commit(partial(_remove, made))


def _put_back(facts: dict[str, Any], row: Document) -> None:
    """See that the old object is there with its bytes; write it again where it was deleted."""
    doors, store, old = Doors(), object_store(), facts["old_key"]
    if doors.is_anothers(old):  # a clinic of that name has been made since
        raise refusal("foreign_clinic")
    with doors.to(old):
        there = stored_hash(store, old)
    if there == facts["stored_sha256"]:
        return
    if there:
        raise refusal("target_occupied", "Other bytes have the old key by now.")
    wanted = facts["stored_sha256"]
    place, key = backup_store(facts["backup_to"]), facts["backup"]
    if stored_hash(place, key) != wanted:
        place, key = store, row.s3_key  # the copy is spoilt, the document itself may not be
    with taken(doors, key, place) as held:
        if held.sha256 != wanted:
            raise refusal("wrong_hash", "Neither copy has the bytes that were moved.")
        held.content.seek(0)
        with doors.to(old):
            store.put(
                old,
                held.content,
                size=held.size,
                content_type=row.file_type,
                sha256=held.sha256,
                tags={"retention": row.retention},
            )


def _remove(made: list[tuple[ObjectStore, str]]) -> None:
    for store, key in made:
        try:
            store.remove(key)
        except StoreError as error:  # nothing names it: verify_documents lists it as an orphan
            log.warning("A copy could not be removed after a rollback: %s", error)
