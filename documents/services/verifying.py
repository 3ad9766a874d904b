"""Whether the store holds what the rows say: one document at a time. Nothing is changed.

A gap is a code of `FINDINGS`. What a look has found is reported only when the row, loaded again
after it, still says the same: bytes are there before a document is shown and go after it is hidden,
so a row that has bytes now had them when we looked.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.tenancy import current_schema
from documents.encodings import EncodingError, Unpacking
from documents.keys import belongs_to
from documents.models import Document, DocumentState, Encoding
from documents.storage import ObjectInfo, ObjectStore, object_store
from documents.storage.base import ObjectMissingError
from jobs.errors import ItemError

WITH_BYTES = (DocumentState.AVAILABLE, DocumentState.TRASHED, DocumentState.QUARANTINED)
WITHOUT_BYTES = (DocumentState.PURGED, DocumentState.REJECTED)
SETTLED_AFTER = timedelta(hours=1)  # a slow upload that was given up removes its own bytes by then
MISSING, SIZE, HASH, NOTED = "missing", "size_differs", "hash_differs", "noted_hash_differs"
FOREIGN, LEFT, ORPHAN, UNREADABLE = "foreign_key", "bytes_left", "orphan", "unreadable"
BRING_BACK = "Bring the object back from an older version in the bucket, or from a backup."
NOTE_AGAIN = (
    "Verify with reading the bytes. If they are right, copy the object onto itself with the"
    " document's hash as its metadata sha256; else bring it back from a backup."
)
FINDINGS = {
    MISSING: ("The store has no object at the document's key.", BRING_BACK),
    SIZE: ("The object has not as many bytes as the document.", BRING_BACK),
    HASH: ("The bytes are not those whose SHA-256 the document holds.", BRING_BACK),
    NOTED: (
        "The hash noted with the object is not the document's.",
        NOTE_AGAIN,
    ),
    FOREIGN: (
        "The document's key lies outside its clinic.",
        "Nobody can open it. Find out who changed the row (its history), and restore the key.",
    ),
    LEFT: (
        "The document was purged or rejected, and its bytes are still there.",
        "Remove the object, after a look at the document's history.",
    ),
    ORPHAN: (
        "No document and nothing else of this clinic needs the object.",
        "Find out where it came from; keep a copy elsewhere before you remove it.",
    ),
    UNREADABLE: (
        "The store does not give the object out, though it answers otherwise.",
        "Look at the object's permissions, storage class and encryption key, or at the disk.",
    ),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a document's row says. `size` in bytes; `sha256` is of the bytes as people see them."""

    pk: UUID
    key: str
    size: int
    sha256: str
    encoding: str
    state: str
    updated_at: datetime

    def says_the_same(self, later: "Expected") -> bool:
        kept = ("key", "size", "sha256", "encoding")
        return all(getattr(self, name) == getattr(later, name) for name in kept)


COLUMNS = ("pk", "s3_key", "file_size", "sha256", "encoding", "state", "updated_at")


def expected(pks: Iterable[UUID | str]) -> dict[str, Expected]:
    """Load what the rows of some documents say now, by the document's id as text."""
    rows = Document.objects.filter(pk__in=list(pks)).order_by().values_list(*COLUMNS)
    return {str(row[0]): Expected(*row) for row in rows}


def look_at(one: Expected, *, read_bytes: bool) -> str:
    """Compare a document with its object; return the code of what is wrong, or nothing.

    Without `read_bytes` only the object's size and the hash noted with it are compared. Raises
    `StoreError` when the object cannot be asked about or read.
    """
    if not belongs_to(one.key, current_schema()):
        return FOREIGN
    store = object_store()
    if one.state in WITHOUT_BYTES:
        return LEFT if is_there(one.key, store) and is_settled(one.updated_at) else ""
    try:
        if not read_bytes:
            return _compared(one, store.stat(one.key))
        with store.fetch(one.key) as (info, chunks):
            return _wrong_size(one, info) or _read(one, info, chunks)
    except ObjectMissingError:
        return MISSING


def is_there(key: str, store: ObjectStore | None = None) -> bool:
    try:
        (store or object_store()).stat(key)
    except ObjectMissingError:
        return False
    return True


def is_settled(updated_at: datetime) -> bool:
    """Say whether a row has been without bytes for so long that nobody still removes them."""
    return updated_at < timezone.now() - SETTLED_AFTER


def finding(code: str, detail: str = "") -> ItemError:
    """Return the error that the ledger keeps of a gap."""
    said, remedy = FINDINGS[code]
    return ItemError(code, detail or said, remedy)


def _wrong_size(one: Expected, info: ObjectInfo) -> str:
    return SIZE if one.encoding == Encoding.NONE and info.size != one.size else ""


def _compared(one: Expected, info: ObjectInfo) -> str:
    """What is noted with compressed bytes is their own hash, which only reading them tells."""
    if code := _wrong_size(one, info):
        return code
    noted = info.metadata.get("sha256", "")
    wrong = noted != one.sha256 if one.encoding == Encoding.NONE else not noted
    return NOTED if wrong else ""


def _read(one: Expected, info: ObjectInfo, chunks: Iterator[bytes]) -> str:
    stored = hashlib.sha256()
    if not has_bytes_of(one, chunks, stored):
        return HASH
    return "" if info.metadata.get("sha256") == stored.hexdigest() else NOTED


def has_bytes_of(one: Expected, chunks: Iterator[bytes], stored: "hashlib._Hash") -> bool:
    """Say whether stored bytes are a document's, packed or not; hash them as they are stored."""
    if one.encoding != Encoding.NONE:
        return _unpacks(one, chunks, stored)
    for chunk in chunks:
        stored.update(chunk)
    return stored.hexdigest() == one.sha256


def _unpacks(one: Expected, chunks: Iterator[bytes], stored: "hashlib._Hash") -> bool:
    """Say whether compressed bytes are the document's; never unpack more than it has."""
    unpacking, shown, length = Unpacking(), hashlib.sha256(), 0
    try:
        for chunk in chunks:
            stored.update(chunk)
            for piece in unpacking.pieces(chunk):
                shown.update(piece)
                length += len(piece)
                if length > one.size:
                    return False
    except EncodingError:
        return False
    return unpacking.ended and (length, shown.hexdigest()) == (one.size, one.sha256)
