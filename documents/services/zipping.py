"""The bytes of an archive: one file after the other from the store, hashed on their way.

Nothing is compressed, for documents are already. Memory holds a few chunks, whatever the size. An
archive that lacks something has a file whose name says so, and names it in its manifest; one whose
store went away never gets the directory at the end that makes it a ZIP.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django_tenants.utils import tenant_context

from accounts.tenancy import current_schema
from documents.encodings import EncodingError, original
from documents.models import Encoding
from documents.storage import StoreError, object_store
from documents.storage.base import CHUNK, ObjectMissingError

MANIFEST = "manifest.json"
INCOMPLETE = "INCOMPLETE - read manifest.json.txt"
FORMAT = "chartvault-documents"
VERSION = 1
FIRST_YEAR, LAST_YEAR = 1980, 2107  # that a ZIP can hold
REASONS = {
    "missing": "The store has no bytes for this document.",
    "unreadable": "The store does not give out the bytes of this document.",
    "operation_not_allowed": "Documents of this kind of record are not given out.",
    "not_permitted": "The role does not allow this.",
    "kind_unknown": "This kind of record does not carry documents any more.",
    "gone": "It was not available any more, or not for whom the archive was made.",
}
ALTERED = "altered"
NOTICE = """This archive is INCOMPLETE.

Left out: {left_out}. Not as they were when they were stored: {altered}.
manifest.json names each of them under "left_out", or with "problem": "altered" under "files".
Tell the people who look after the installation, and do not take this archive for the whole.
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What an archive needs to know of a document; `size` and hash are of the original bytes."""

    id: UUID
    content_type_id: int
    object_id: UUID
    patient_id: UUID | None
    original_filename: str
    file_type: str
    file_size: int
    sha256: str
    s3_key: str
    encoding: str
    category: str
    document_date: date | None
    uploaded_at: datetime | None


def unknown_file(document_id: UUID) -> StoredFile:
    """Stand for a document of which nothing but its id may be said."""
    return StoredFile(*(document_id, 0, document_id, None, "", "", 0, "", "", "", "", None, None))


@dataclass(frozen=True, slots=True)
class Entry:
    """A file with its place in the archive and the time that unpackers give it."""

    file: StoredFile
    kind: str  # of its record: the slug
    place: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not in the archive, and why: a code for programs."""

    file: StoredFile
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Archive:
    """What one member may have as one ZIP. `account` is the clinic whose store has the bytes."""

    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]
    made_at: datetime
    account: Any


def zip_chunks(archive: Archive) -> Iterator[bytes]:
    """Yield the ZIP. Raises `StoreError` when the store goes away; what came by then is no ZIP."""
    return ZipStream(archive).chunks()


def _nothing(_entry: Entry) -> str:
    return ""


class ZipStream:
    """A ZIP that is made while it is read; `files` and `left_out` say afterwards what is in it.

    `refuse` is asked of each file when its turn comes: a reason, or nothing.
    """

    def __init__(self, archive: Archive, refuse: Callable[[Entry], str] = _nothing) -> None:
        self.archive = archive
        self.refuse = refuse
        self.sink = _Sink()
        self.files: list[dict[str, Any]] = []
        self.left_out = list(archive.left_out)

    def chunks(self) -> Iterator[bytes]:
        # When something raises in here, `zipfile` still writes its directory, but into a sink that
        # nobody empties any more.
        with zipfile.ZipFile(self.sink, "w", zipfile.ZIP_STORED) as out:  # type: ignore[call-overload]
            for entry in self.archive.entries:
                yield from self._one(out, entry)
            altered = sum(file["problem"] is not None for file in self.files)
            if altered or self.left_out:
                notice = NOTICE.format(left_out=len(self.left_out), altered=altered)
                self._text(out, INCOMPLETE, notice)
            self._text(out, MANIFEST, self._manifest(complete=not altered and not self.left_out))
        yield self.sink.take()

    def _one(self, out: zipfile.ZipFile, entry: Entry) -> Iterator[bytes]:
        if reason := self.refuse(entry):
            self.left_out.append(LeftOut(entry.file, entry.kind, reason))
            return
        with ExitStack() as stack:
            try:
                with self._clinic():
                    chunks = stack.enter_context(object_store().read(entry.file.s3_key))
            except StoreError as error:
                self.left_out.append(LeftOut(entry.file, entry.kind, self._reason(error)))
                return
            yield from self._copy(out, entry, chunks)

    def _clinic(self) -> AbstractContextManager[None]:
        """Be in the archive's clinic: the request that asked for it may be over."""
        if current_schema() == self.archive.account.schema_name:
            return nullcontext()
        return tenant_context(self.archive.account)  # type: ignore[no-any-return]

    def _reason(self, error: StoreError) -> str:
        """Say why an object cannot be opened; raises `StoreError` where none could be."""
        if isinstance(error, ObjectMissingError):
            return "missing"
        with self._clinic():
            object_store().check()
        return "unreadable"

    def _copy(self, out: zipfile.ZipFile, entry: Entry, stored: Iterator[bytes]) -> Iterator[bytes]:
        digest, size, readable = hashlib.sha256(), 0, True
        packed = entry.file.encoding != Encoding.NONE
        chunks = original(stored, entry.file.encoding) if packed else stored
        with out.open(_info(entry.place, entry.modified, entry.file.file_size), "w") as target:
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
                    if self.sink.size >= CHUNK:
                        yield self.sink.take()
            except EncodingError:  # told in the manifest, like any other change of the bytes
                readable = False
        found = {"size": size, "sha256": digest.hexdigest()}
        as_said = {"size": entry.file.file_size, "sha256": entry.file.sha256}
        intact = readable and found == as_said
        self.files.append(
            {
                "name": entry.place,
                **_facts(entry.file, entry.kind),
                "problem": None if intact else ALTERED,
                "found": None if intact else found,
            }
        )

    def _manifest(self, *, complete: bool) -> str:
        """Return JSON with a file on each line, for people who look with an editor."""
        facts = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": self.archive.made_at.isoformat(),
            "complete": complete,
        }
        left_out = (
            {**_facts(one.file, one.kind), "reason": one.reason, "detail": REASONS[one.reason]}
            for one in self.left_out
        )
        rows = [f'"files": {_lines(self.files)}', f'"left_out": {_lines(left_out)}']
        return ",\n".join([_json(facts)[:-1], *rows]) + "\n}\n"

    def _text(self, out: zipfile.ZipFile, name: str, text: str) -> None:
        body = text.encode()
        out.writestr(_info(name, self.archive.made_at, len(body)), body)


class _Sink:
    """Where `zipfile` writes: it cannot seek, and what is taken out is forgotten."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self.size += len(part)
        return len(part)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        taken = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self.size = [], 0
        return taken


def _info(name: str, modified: datetime, size: int) -> zipfile.ZipInfo:
    """Describe an entry. `size` (bytes) decides whether it needs the fields of large files."""
    when = modified.timetuple()[:6]
    if modified.year < FIRST_YEAR:
        when = (FIRST_YEAR, 1, 1, 0, 0, 0)
    elif modified.year > LAST_YEAR:
        when = (LAST_YEAR, 12, 31, 23, 59, 58)
    info = zipfile.ZipInfo(name, when)
    info.file_size = size
    return info


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    found = ",\n".join(map(_json, rows))
    return f"[\n{found}\n]" if found else "[]"


def _facts(file: StoredFile, kind: str) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "original_name": file.original_filename,
        "record_kind": kind,
        "record_id": str(file.object_id),
        "size": file.file_size,
        "sha256": file.sha256,
        "media_type": file.file_type,
        "category": file.category,
        "document_date": file.document_date.isoformat() if file.document_date else None,
        "uploaded_at": file.uploaded_at.isoformat() if file.uploaded_at else None,
    }
