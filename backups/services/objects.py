"""The bytes of documents on their way from the store into a backup, hashed as they pass."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from backups.format import Entry, is_sound_key, object_name
from backups.writers import Writer, WrongLengthError
from documents.encodings import EncodingError, Unpacking
from documents.models import Encoding
from documents.storage import object_store
from documents.storage.base import ObjectMissingError

MISSING, DAMAGED, FOREIGN = "missing", "damaged", "foreign_key"
GAPS = {
    MISSING: "The store has no object at the document's key.",
    DAMAGED: "The bytes in the store are not those whose hash the document holds.",
    FOREIGN: "The document's key lies outside its clinic.",
}


class DamagedError(Exception):
    """The bytes are not what the document's row says."""


@dataclass(frozen=True)
class Listed:
    """A document that must have bytes, as its row says. `sha256` is of the bytes as people see."""

    document: str
    key: str
    size: int
    sha256: str
    encoding: str
    type: str
    retention: str

    @classmethod
    def from_row(cls, row: list[Any]) -> Self:
        return cls(*row)


def copy_object(listed: Listed, writer: Writer, *, schema: str, number: int) -> Entry:
    """Copy an object as the `number`-th of a backup; return its entry, or that of a gap.

    Raises `StoreError` when the store is away, `OSError` when the backup cannot be written.
    """
    if not is_sound_key(listed.key, schema):
        return _entry(listed, gap=FOREIGN)
    try:
        size = object_store().stat(listed.key).size
        passing = _Passing(listed)
        with object_store().read(listed.key) as chunks:
            writer.add(object_name(number), passing.through(chunks), size)
    except ObjectMissingError:
        return _entry(listed, gap=MISSING)
    except (DamagedError, WrongLengthError):
        return _entry(listed, gap=DAMAGED)
    return _entry(listed, number=number, size=size, sha256=passing.stored.hexdigest())


def _entry(
    listed: Listed, *, gap: str = "", number: int = 0, size: int = 0, sha256: str = ""
) -> Entry:
    return Entry(
        key=listed.key,
        number=number,
        size=size,
        sha256=sha256,
        type=listed.type,
        retention=listed.retention,
        gap=gap,
    )


class _Passing:
    """Bytes that are hashed as stored and, where they are compressed, as people see them."""

    def __init__(self, listed: Listed) -> None:
        self.stored = hashlib.sha256()
        self._listed = listed

    def through(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the chunks; raise `DamagedError` at the end where the hash is another."""
        zipped = self._listed.encoding == Encoding.GZIP
        shown = hashlib.sha256() if zipped else self.stored
        unpacking, length = Unpacking(), 0
        for chunk in chunks:
            self.stored.update(chunk)
            try:
                for piece in unpacking.pieces(chunk) if zipped else ():
                    shown.update(piece)
                    length += len(piece)
            except EncodingError as error:
                raise DamagedError from error
            length += 0 if zipped else len(chunk)
            yield chunk
        whole = not zipped or unpacking.ended
        if not whole or (length, shown.hexdigest()) != (self._listed.size, self._listed.sha256):
            raise DamagedError
