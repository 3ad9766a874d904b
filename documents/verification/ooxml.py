"""DOCX and XLSX: a ZIP whose entries are counted and measured before anything is unpacked."""

import zipfile
import zlib
from typing import Any, BinaryIO

from documents.errors import DocumentRefusedError
from documents.verification.refusals import bomb, corrupt, mismatch

MAX_ENTRIES = 10_000
MAX_UNPACKED = 200 * 1024 * 1024  # bytes
CHUNK = 256 * 1024
ENCRYPTED = 0x1
CONTENT_TYPES = "[Content_Types].xml"


def check_docx(content: BinaryIO, size: int) -> dict[str, Any]:
    return _check(content, size, main="word/document.xml", other="xl/workbook.xml")


def check_xlsx(content: BinaryIO, size: int) -> dict[str, Any]:
    return _check(content, size, main="xl/workbook.xml", other="word/document.xml")


def _check(content: BinaryIO, size: int, *, main: str, other: str) -> dict[str, Any]:
    content.seek(0)
    if content.read(4) != b"PK\x03\x04":
        raise DocumentRefusedError(
            "The file has something in front of its archive; it is not accepted.", code="polyglot"
        )
    if _announced_entries(content, size) > MAX_ENTRIES:
        raise bomb(f"more than {MAX_ENTRIES} entries")
    try:
        with zipfile.ZipFile(content) as archive:
            _check_entries(archive, main=main, other=other)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, OSError) as error:
        raise corrupt("its archive cannot be read") from error
    except (RuntimeError, ValueError) as error:
        raise corrupt("its archive cannot be read") from error
    return {}


def _announced_entries(content: BinaryIO, size: int) -> int:
    content.seek(max(0, size - 65_557))
    tail = content.read()
    at = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[at + 10 : at + 12], "little") if at >= 0 else 0


def _check_entries(archive: zipfile.ZipFile, *, main: str, other: str) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise bomb(f"{len(entries)} entries")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise bomb(f"more than {MAX_UNPACKED // 1024 // 1024} MB")
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise DocumentRefusedError(
            "The file is protected by a password; save it without one.", code="encrypted"
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise DocumentRefusedError("The file contains macros; save it without.", code="macro")
    if any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in names):
        raise corrupt("its archive has entries that lead out of it")
    if main not in names and other in names:
        raise mismatch("it is another kind of office file")
    if main not in names or CONTENT_TYPES not in names:
        raise corrupt("the document itself is missing from its archive")
    for entry in entries:
        _read_entry(archive, entry)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack an entry without keeping it: a size that lies and a wrong checksum show here."""
    seen = 0
    with archive.open(entry) as handle:
        while chunk := handle.read(CHUNK):
            seen += len(chunk)
            if seen > entry.file_size:
                raise bomb("an entry is larger than it says")
