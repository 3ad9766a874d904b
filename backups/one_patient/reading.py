"""Reading a patient's export, which may come from anywhere: first all of it is checked."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self
from uuid import UUID

from backups.errors import ExportRefusedError
from backups.one_patient import format as layout
from backups.one_patient.graph import DOCUMENT
from backups.one_patient.rows import IMPORTED, OURS

CHUNK = 256 * 1024
MOST_MEMBERS = 500_000
PLACE = re.compile(r"documents/[0-9a-f-]{36}/[^/\x00-\x1f]{1,255}")
FIXED = {layout.README, layout.INCOMPLETE, layout.MANIFEST}
HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ExportFile:
    """An export on the disk. `verify` first; the rest trusts what it found."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise ExportRefusedError(f"The export cannot be read: {error.strerror}.") from error
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise _damaged("It is no ZIP, or was cut off.") from error
        try:
            self.manifest = self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def patient_id(self) -> UUID:
        return UUID(self.manifest["patient"])

    def verify(self) -> None:
        """Read all of it and compare each hash. Raises `ExportRefusedError`; nothing is written."""
        try:
            self._verify()
        except (zipfile.BadZipFile, EOFError, OSError, KeyError, TypeError) as error:
            raise _damaged("A part of it cannot be read.") from error
        except (ValueError, NotImplementedError) as error:
            raise _damaged("A part of it says what cannot be.") from error

    def rows(self, label: str) -> Iterator[layout.Line]:
        """Yield the rows of a table."""
        name = layout.records_name(label)
        if name in self.manifest["lists"]:
            for _, line in self._lines(name):
                yield line

    def people(self) -> Iterator[layout.Line]:
        for _, line in self._lines(layout.PEOPLE):
            yield line

    def documents(self) -> Iterator[tuple[int, layout.Line]]:
        """Yield the documents, each with where its line begins."""
        yield from self._lines(layout.LISTING)

    def document_at(self, position: int) -> layout.Line:
        """Return the document whose line begins there."""
        with self._zip.open(layout.LISTING) as listing:
            listing.seek(position)
            return _line(listing)

    def open(self, line: layout.Line) -> IO[bytes]:
        """Open a document's bytes; they can be read from any position."""
        return self._zip.open(line["place"])

    # --- Checking --------------------------------------------------------------------------------

    def _read_manifest(self) -> dict[str, Any]:
        try:
            info = self._zip.getinfo(layout.MANIFEST)
            if info.file_size > layout.LONGEST_MANIFEST:
                raise _damaged("Its manifest is too long.")
            found = json.loads(self._zip.read(info))
            if found["format"] != layout.FORMAT:
                raise ExportRefusedError("This ZIP is no export of a patient.", code="no_export")
            if found["version"] != layout.VERSION:
                raise ExportRefusedError(
                    "The export is of another version than this one reads.", code="version"
                )
            UUID(found["patient"])
            if not all(HEX.fullmatch(one["sha256"]) for one in found["lists"].values()):
                raise _damaged("Its manifest holds a hash that is none.")
        except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
            raise _damaged("Its manifest is missing or unreadable.") from error
        return dict(found)

    def _verify(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS or len({info.filename for info in infos}) != len(infos):
            raise _damaged("It has too many parts, or one of them twice.")
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise _damaged("A part of it is compressed, which no export is.")
        lists = {layout.LISTING, layout.PEOPLE}
        lists |= {
            layout.records_name(label)
            for label, how in IMPORTED.items()
            if label != DOCUMENT and how != OURS
        }
        if strange := self.manifest["lists"].keys() - lists:
            raise ExportRefusedError(
                f"It has records that this version does not know: {min(strange)[:80]}.",
                code="unknown_records",
            )
        if not {layout.LISTING, layout.PEOPLE} <= self.manifest["lists"].keys():
            raise _damaged("A list is missing.")
        for name, said in self.manifest["lists"].items():
            if self._hash(name)[1] != said["sha256"]:
                raise _damaged(f"{name} is not what it was.")
        expected = {*FIXED, *self.manifest["lists"]}
        for _, line in self.documents():
            if line["place"] is not None:
                expected.add(self._verified(line))
        if strange := {info.filename for info in infos} - expected:
            raise _damaged(f"It has {len(strange)} files that no list names.")

    def _verified(self, line: layout.Line) -> str:
        place = str(line["place"])
        if not PLACE.fullmatch(place):
            raise _damaged("The place of a file is none.")
        said = line["found"] if line["problem"] else line
        size = said["size"] if line["problem"] else said["file_size"]
        if self._hash(place) != (size, said["sha256"]) and size >= 0:
            raise _damaged(f"The file of document {UUID(line['id'])} is not what it was.")
        return place

    def _hash(self, name: str) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return size, digest.hexdigest()

    def _lines(self, name: str) -> Iterator[tuple[int, layout.Line]]:
        with self._zip.open(name) as listing:
            position = 0
            while line := listing.readline(layout.LONGEST_LINE):
                yield position, _parsed(line)
                position += len(line)


def _line(listing: IO[bytes]) -> layout.Line:
    return _parsed(listing.readline(layout.LONGEST_LINE))


def _parsed(line: bytes) -> layout.Line:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise _damaged("A line of a list is none.")
    return found


def _damaged(why: str) -> ExportRefusedError:
    return ExportRefusedError(f"The export is damaged. {why} Nothing was imported.", code="damaged")
