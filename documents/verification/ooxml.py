"""DOCX and XLSX: a ZIP whose entries are counted and measured before anything is unpacked.

Limits: ASVS 5.2.3. What a package may hold: ECMA-376 part 2 (Open Packaging Conventions).
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from documents.verification import markup
from documents.verification.polyglots import (
    END_OF_ZIP,
    END_OF_ZIP_SIZE,
    MARKUP,
    MAX_ZIP_COMMENT,
)
from documents.verification.refusals import bomb, corrupt, encrypted, macro, mismatch, polyglot

MAX_ENTRIES = 10_000
MAX_DIRECTORY = 4 * 1024 * 1024  # bytes
MAX_UNPACKED = 200 * 1024 * 1024  # bytes
CHUNK = 256 * 1024
OVERLAP = 64
ENCRYPTED = 0x1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # all that annex B allows
CONTENT_TYPES = "[Content_Types].xml"
ZIP64_END = b"PK\x06\x06"
ZIP64_LOCATOR = b"PK\x06\x07"
# In UTF-8 or UTF-16; a package has neither (ECMA-376-2, 8.2.5).
DECLARATIONS = re.compile(
    b"|".join(
        re.escape(word.encode(name))
        for word in ("<!DOCTYPE", "<!ENTITY")
        for name in ("utf-8", "utf-16-le", "utf-16-be")
    )
)


def check_docx(content: BinaryIO, size: int) -> dict[str, Any]:
    return _check(content, size, main="word/document.xml", other="xl/workbook.xml")


def check_xlsx(content: BinaryIO, size: int) -> dict[str, Any]:
    return _check(content, size, main="xl/workbook.xml", other="word/document.xml")


def _check(content: BinaryIO, size: int, *, main: str, other: str) -> dict[str, Any]:
    content.seek(0)
    if content.read(4) != b"PK\x03\x04":
        raise polyglot("an archive and what stands in front of it")
    _check_end(content, size)
    with _unreadable(), zipfile.ZipFile(content) as archive:
        entries = archive.infolist()
        _check_entries(entries)
        names = {entry.filename for entry in entries}
        if main not in names and other in names:
            raise mismatch("it is another kind of office file")
        if not {main, CONTENT_TYPES} <= names:
            raise corrupt("the document itself is missing from its archive")
        for entry in entries:
            _read_entry(archive, entry)
        markup.parse(_unpacked(archive, CONTENT_TYPES), element=_refuse_macro)
        markup.parse(_unpacked(archive, main))
    return {}


@contextmanager
def _unreadable() -> Iterator[None]:
    """Whatever zipfile stumbles over: the archive is damaged."""
    try:
        yield
    except (
        *(zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error),
        *(OSError, RuntimeError, ValueError),
    ) as error:
        raise corrupt("its archive cannot be read") from error


def _check_end(content: BinaryIO, size: int) -> None:
    """The directory's size is limited before it is read; behind its end there is nothing."""
    start = max(0, size - END_OF_ZIP_SIZE - MAX_ZIP_COMMENT)
    content.seek(start)
    tail = content.read()
    at = tail.rfind(END_OF_ZIP)
    if at < 0 or len(tail) - at < END_OF_ZIP_SIZE:
        raise corrupt("the end of its archive is missing")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[max(0, at - 20) : at].startswith(ZIP64_LOCATOR):
        content.seek(int.from_bytes(tail[at - 12 : at - 4], "little"))
        record = content.read(56)
        if not record.startswith(ZIP64_END):
            raise corrupt("its archive cannot be read")
        entries = int.from_bytes(record[32:40], "little")
        directory = int.from_bytes(record[40:48], "little")
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise bomb(f"more than {MAX_ENTRIES} entries")
    comment = tail[at + END_OF_ZIP_SIZE :]
    if len(comment) != int.from_bytes(tail[at + 20 : at + 22], "little") or MARKUP.search(comment):
        raise polyglot("an archive and what stands behind its end")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise bomb(f"{len(entries)} entries")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise bomb(f"more than {MAX_UNPACKED // 1024 // 1024} MB")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise encrypted()
    if any(entry.compress_type not in METHODS for entry in entries):
        raise corrupt("its archive is packed in another way than office files are")
    names = [entry.filename for entry in entries]
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise macro()
    if any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in names):
        raise corrupt("its archive has entries that lead out of it")


def _refuse_macro(_: str, attributes: dict[str, str]) -> None:
    """Macros are known by their content type, whatever their part is called."""
    kind = attributes.get("ContentType", "").lower()
    if "vbaproject" in kind or "macroenabled" in kind:
        raise macro()


def _unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as handle:
        while chunk := handle.read(CHUNK):
            yield chunk


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack an entry without keeping it: a size that lies and a wrong checksum show here."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    seen, before = 0, b""
    with archive.open(entry) as handle:
        while chunk := handle.read(CHUNK):
            seen += len(chunk)
            if seen > entry.file_size:
                raise bomb("an entry is larger than it says")
            if is_xml and DECLARATIONS.search(before + chunk):
                raise bomb("it defines entities")
            before = chunk[-OVERLAP:]
