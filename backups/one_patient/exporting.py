"""Everything of a patient as one ZIP, in memory that does not grow with what there is.

A list is written into a temporary file first, since a ZIP takes one member at a time. Only the
directory that every ZIP has at its end is kept in memory: some 700 bytes for each file.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import Membership, User
from accounts.tenancy import current_tenant
from backups.one_patient import format as layout
from backups.one_patient.graph import DOCUMENT, Covered, covered
from backups.one_patient.rows import IMPORTED, OURS, as_json, people_fields
from documents.archive_names import safe_name
from documents.encodings import EncodingError, original
from documents.models import Document, DocumentState, Encoding
from documents.registry import policy_for_content_type
from documents.services.stored_archives import Contents
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError

STATES = (DocumentState.AVAILABLE, DocumentState.TRASHED)
AT_ONCE = 500  # rows that are read at a time
MISSING, UNREADABLE, ALTERED = "missing", "unreadable", "altered"


def write_export(
    patient_id: UUID, out: IO[bytes], *, keep_on: Callable[[], None] = lambda: None
) -> Contents:
    """Write the ZIP. Raises `StoreError` when the store is away, and what `keep_on` raises.

    A file that is missing or not what was stored does not stop the rest: `documents.jsonl` says so,
    and the manifest that the export is not complete.
    """
    return _Export(patient_id, out, keep_on).write()


class _Export:
    def __init__(self, patient_id: UUID, out: IO[bytes], keep_on: Callable[[], None]) -> None:
        self.patient_id, self.keep_on = patient_id, keep_on
        self.made_at = timezone.now()
        self.lists: dict[str, dict[str, Any]] = {}  # by name: rows and SHA-256
        self.people: set[tuple[str, UUID]] = set()
        self.written: list[UUID] = []
        self.problems = 0
        self.zip = zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)

    def write(self) -> Contents:
        with self.zip:
            made_at = f"{self.made_at:%Y-%m-%d %H:%M} UTC"
            self._text(layout.README, layout.EXPLAINED.format(made_at=made_at))
            for table in covered():
                if table.label != DOCUMENT and IMPORTED.get(table.label) != OURS:
                    self._list(layout.records_name(table.label), self._rows(table))
            with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as spool:
                listing = self._documents()
                self._spool(spool, listing)
                self._member(layout.LISTING, spool)
            self._list(layout.PEOPLE, self._people())
            if self.problems:
                self._text(layout.INCOMPLETE, layout.NOTICE.format(number=self.problems))
            self._text(layout.MANIFEST, json.dumps(self._manifest(), indent=1) + "\n")
        return Contents(self.written, [self.patient_id], not self.problems)

    def _manifest(self) -> dict[str, Any]:
        account = current_tenant()
        return {
            "format": layout.FORMAT,
            "version": layout.VERSION,
            "made_at": self.made_at.isoformat(),
            "clinic": account.name,
            "schema": account.schema_name,
            "patient": str(self.patient_id),
            "complete": not self.problems,
            "lists": self.lists,
        }

    # --- Records ---------------------------------------------------------------------------------

    def _rows(self, table: Covered) -> Iterator[layout.Line]:
        for row in table.of(self.patient_id).iterator(chunk_size=AT_ONCE):
            self._note_people(row)
            yield as_json(row)
        self.keep_on()

    def _note_people(self, row: Any) -> None:
        for field in people_fields(type(row)):
            if (pk := getattr(row, field.attname)) is not None:
                self.people.add((field.related_model._meta.label_lower, pk))  # type: ignore[union-attr]

    def _people(self) -> Iterator[layout.Line]:
        """Yield who stands behind the ids: their names, and no address."""
        ids = [pk for label, pk in self.people if label == User._meta.label_lower]
        for user in User.objects.filter(pk__in=ids).order_by("pk"):
            yield {"kind": "login", "id": str(user.pk), "name": user.name}
        ids = [pk for label, pk in self.people if label == Membership._meta.label_lower]
        for one in Membership.objects.filter(pk__in=ids).select_related("user").order_by("pk"):
            yield {"kind": "member", "id": str(one.pk), "name": one.shown_name, "role": one.role}

    # --- Documents -------------------------------------------------------------------------------

    def _documents(self) -> Iterator[layout.Line]:
        found = Document.objects.filter(patient_id=self.patient_id, state__in=STATES)
        for document in found.order_by("pk").iterator(chunk_size=AT_ONCE):
            self.keep_on()
            self._note_people(document)
            yield self._document(document)

    def _document(self, document: Document) -> layout.Line:
        place = f"documents/{document.pk}/{safe_name(document.original_filename)}"
        policy = policy_for_content_type(document.content_type_id)
        line = {
            **as_json(document),
            "kind": policy.slug if policy else "",
            "batch_id": str(document.batch_id) if document.batch_id else None,
            "place": place,
            "problem": None,
        }
        with ExitStack() as stack:
            try:
                chunks = stack.enter_context(object_store().read(document.s3_key))
            except StoreError as error:
                return {**line, "place": None, "problem": self._problem(error)}
            found = self._copy(document, place, chunks)
        if found != (document.file_size, document.sha256):
            self.problems += 1
            line |= {"problem": ALTERED, "found": {"size": found[0], "sha256": found[1]}}
        self.written.append(document.pk)
        return line

    def _problem(self, error: StoreError) -> str:
        """Say why an object cannot be opened; raises `StoreError` where none could be."""
        self.problems += 1
        if isinstance(error, ObjectMissingError):
            return MISSING
        object_store().check()
        return UNREADABLE

    def _copy(self, document: Document, place: str, stored: Iterator[bytes]) -> tuple[int, str]:
        packed = document.encoding != Encoding.NONE
        chunks = original(stored, document.encoding) if packed else stored
        digest, size = hashlib.sha256(), 0
        info = _info(place, document.document_date or document.uploaded_at or self.made_at)
        info.file_size = document.file_size
        with self.zip.open(info, "w", force_zip64=True) as target:
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
            except EncodingError:  # as any other change of the bytes: the hash is another one
                size = -1
        return size, digest.hexdigest()

    # --- Members of the ZIP ----------------------------------------------------------------------

    def _list(self, name: str, rows: Iterator[layout.Line]) -> None:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as spool:
            self._spool(spool, rows, name)
            self._member(name, spool)

    def _spool(
        self, spool: IO[bytes], rows: Iterator[layout.Line], name: str = layout.LISTING
    ) -> None:
        digest, number = hashlib.sha256(), 0
        for row in rows:
            line = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            spool.write(line)
            number += 1
        self.lists[name] = {"rows": number, "sha256": digest.hexdigest()}

    def _member(self, name: str, spool: IO[bytes]) -> None:
        size = spool.tell()
        spool.seek(0)
        info = _info(name, self.made_at)
        info.file_size = size
        with self.zip.open(info, "w", force_zip64=True) as target:
            while chunk := spool.read(256 * 1024):
                target.write(chunk)

    def _text(self, name: str, text: str) -> None:
        self.zip.writestr(_info(name, self.made_at), text.encode())


def _info(name: str, when: Any) -> zipfile.ZipInfo:
    at = when.timetuple()[:6] if isinstance(when, datetime) else (*when.timetuple()[:3], 0, 0, 0)
    return zipfile.ZipInfo(name, at if 1980 <= at[0] <= 2107 else (1980, 1, 1, 0, 0, 0))  # noqa: PLR2004
