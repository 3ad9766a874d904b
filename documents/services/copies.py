"""Further copies of a document's bytes: what a restructuring has kept, and what moves have left.

Who removes a document's bytes for good removes these too.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any
from uuid import UUID

from accounts.tenancy import current_schema
from documents.keys import belongs_to
from documents.models import Document
from documents.services.restructuring.claims import SOURCE, claims_on
from documents.storage import ObjectStore, StoreError, object_store
from documents.storage.base import ObjectMissingError
from documents.storage.doors import Doors
from documents.storage.filesystem import FileSystemObjectStore
from documents.storage.s3 import S3ObjectStore
from jobs.models import SourceLink


@contextmanager
def old_key_opened(document_id: UUID, key: str) -> Iterator[None]:
    """Let a document's object be used also at an old key. Raises `StoreError`.

    An old object that another row names is not let through: that is for people to settle.
    """
    if belongs_to(key, current_schema()):
        yield
        return
    if named_by_others(key, document_id):
        raise StoreError("Another row names the object.")
    with Doors().to(key):
        yield


def remove_copies(document_id: UUID) -> None:
    """Remove the copies of one document's bytes. Raises `StoreError`. Safe to call again.

    An old object goes with them only while it has those very bytes, and no other row names it.
    """
    for key in _other_keys(document_id):
        if belongs_to(key, current_schema()):
            object_store().remove(key)
    for link in SourceLink.objects.filter(source=SOURCE, target_id=document_id):
        facts: dict[str, Any] = link.facts
        backup = facts.get("backup", "")
        if belongs_to(backup, current_schema()):  # a clinic that was restored has none of its own
            backup_store(facts.get("backup_to", "")).remove(backup)
        old, doors = facts.get("old_key", ""), Doors()
        if not doors.may(old) or named_by_others(old, document_id):
            continue
        with doors.to(old):
            if stored_hash(object_store(), old) == facts.get("stored_sha256"):
                object_store().remove(old)


def _other_keys(document_id: UUID) -> list[str]:
    """Return where a move has left or begun a copy of the bytes; the row's own key is not in it."""
    row = Document.objects.filter(pk=document_id).only("other_keys", "s3_key").first()
    return [] if row is None else [key for key in row.other_keys if key != row.s3_key]


def stored_hash(store: ObjectStore, key: str) -> str:
    """Return the SHA-256 of an object's bytes as they are stored; empty where there is none."""
    digest = hashlib.sha256()
    try:
        with store.fetch(key) as (_, chunks):
            for chunk in chunks:
                digest.update(chunk)
    except ObjectMissingError:
        return ""
    return digest.hexdigest()


def named_by_others(key: str, document_id: UUID) -> bool:
    """Say whether anything but this document's row and note names a key, in any clinic.

    A clinic that was restored under another name has documents of the same ids.
    """
    here, claims = current_schema(), claims_on([key]).get(key, [])
    return any((one.schema, one.document) != (here, document_id) for one in claims)


def backup_store(place: str) -> ObjectStore:
    """Return the store for copies: a second bucket or folder, or without `place` the first one."""
    store = object_store()
    if not place:
        return store
    if isinstance(store, S3ObjectStore):
        _ = store.client  # made before the copy, so that both have the same one
        second = copy(store)
        second.bucket_name = place
        return second
    if isinstance(store, FileSystemObjectStore):
        return type(store)(location=place)
    raise StoreError("This store has no second place for copies.")
