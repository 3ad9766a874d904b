"""Bytes of an old object: taken once, kept, put to their place and read back. No database.

Whatever is written here is written once (`ObjectExistsError`), so doing it again after a crash, or
twice at once, finds what is there and compares it.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, cast

from django.conf import settings

from documents.keys import archive_key, extension_of
from documents.services.copies import stored_hash
from documents.storage import ObjectStore, object_store
from documents.storage.base import CHUNK, ObjectExistsError, ObjectMissingError
from documents.storage.doors import Doors
from jobs.errors import ItemError, TransientError

IN_MEMORY = 1024 * 1024  # bytes; larger objects lie on the disk while they are moved
KEPT = "restructured"  # the folder of copies, below `archive/{folder}/`


@dataclass(frozen=True)
class Taken:
    """An old object's bytes as they were stored. `size` in bytes, `sha256` of them."""

    key: str
    content: BinaryIO
    size: int
    sha256: str
    version: str  # of the bucket, "" where it keeps none

    def chunks(self) -> Iterator[bytes]:
        self.content.seek(0)
        while chunk := self.content.read(CHUNK):
            yield chunk


@contextmanager
def taken(doors: Doors, key: str, store: ObjectStore | None = None) -> Iterator[Taken]:
    """Read an object once. Raises `ItemError("missing")`, `TransientError` and `StoreError`."""
    spool = cast(
        "IO[Any]",
        tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR),  # noqa: SIM115
    )
    with spool:
        digest, size = hashlib.sha256(), 0
        try:
            with doors.to(key), (store or object_store()).fetch(key) as (info, chunks):
                for chunk in chunks:
                    digest.update(chunk)
                    spool.write(chunk)
                    size += len(chunk)
        except ObjectMissingError:
            raise refusal("missing") from None
        if size != info.size:  # the connection ended early, or somebody writes into it
            raise TransientError("cut_short", "The object did not come whole.")
        yield Taken(key, cast("BinaryIO", spool), size, digest.hexdigest(), info.version)


def keep(one: Taken, store: ObjectStore, *, folder: str, retention: str, content_type: str) -> str:
    """Keep a copy below `archive/`; return its key. The key names neither person nor file."""
    name = hashlib.sha256(one.key.encode()).hexdigest()
    ending = extension_of(one.key) or ".bin"
    key = archive_key(folder, f"{KEPT}/{name}-{one.sha256[:24]}{ending}")
    put_once(one, store, key, retention=retention, content_type=content_type)
    return key


def put_once(
    one: Taken, store: ObjectStore, key: str, *, retention: str, content_type: str
) -> None:
    """Write the bytes to a key that is free or has them already, and read them back.

    Raises `ItemError("target_occupied")` where other bytes are there, and `StoreError`.
    """
    one.content.seek(0)
    try:
        store.put(
            key,
            one.content,
            size=one.size,
            content_type=content_type,
            sha256=one.sha256,
            tags={"retention": retention},
        )
        mine = True
    except ObjectExistsError:
        mine = False  # of an earlier attempt, or of another run at this moment
    there = stored_hash(store, key)
    if there == one.sha256:
        return
    if not mine:
        raise refusal("target_occupied")
    raise TransientError("read_back", "The store gives out other bytes than were written.")


REFUSALS = {
    "missing": (
        "The store has no object at the old key.",
        "Bring it back from an older version in the bucket, or from a backup.",
    ),
    "target_occupied": (
        "Other bytes, or another document, have the new key.",
        "Compare the two objects; move the one that is at the new key away.",
    ),
    "two_rows": (
        "Two rows name this object.",
        "Decide whose it is, and let one row name it; give the other a copy under its own key.",
    ),
    "other_record": (
        "An earlier run has taken the object in for another record.",
        "Correct the line; or roll that job back, and run it with this list.",
    ),
    "two_objects": (
        "Two objects are named for one document.",
        "Leave the right one in the list.",
    ),
    "foreign_clinic": (
        "The object is another clinic's.",
        "Take the line out of the list, or mend the row; run it for the clinic that it belongs to.",
    ),
    "outside": (
        "The key is of no old layout: documents/, images/, mms/ or a file in the root.",
        "Give the object's key in this bucket, without address or bucket name.",
    ),
    "wrong_size": (
        "The object has not as many bytes as are noted of it.",
        "Bring the right bytes back from a version or a backup, or correct the list.",
    ),
    "wrong_hash": (
        "The object's SHA-256 is not the one that is noted.",
        "Bring the right bytes back from a version or a backup, or correct the list.",
    ),
    "no_owner": (
        "The record that the file belongs to is not in this clinic.",
        "Move the records in first, or correct owner_id.",
    ),
    "no_document": (
        "There is no document of this id with bytes in this clinic.",
        "Correct document_id; it is a document's id here.",
    ),
    "no_place": (
        "No key can be built for the document.",
        "Its file name has no ending, or its kind of record carries no documents any more.",
    ),
}


def refusal(code: str, detail: str = "") -> ItemError:
    said, remedy = REFUSALS[code]
    return ItemError(code, detail or said, remedy)
