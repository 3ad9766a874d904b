"""Names of files and of objects for what comes from FileMaker."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from accounts.errors import ProblemError
from documents.errors import StoreUnavailableError
from documents.keys import KeyContext, extension_of
from documents.models import Document
from documents.names import MAX_NAME, clean_name
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError
from documents.verification.kinds import KINDS, sniff

ALIASES = {".tif": ".tiff", ".jpe": ".jpg", ".jfif": ".jpg", ".heif": ".heic", ".dicom": ".dcm"}
# Types that bytes tell for certain; text and OLE files go by their names.
TOLD = {
    kind.mime: extension
    for extension, kind in reversed(KINDS.items())
    if not kind.is_text and extension not in {".doc", ".xls", ".dcm"}
}
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tiff", ".heic", ".webp", ".gif", ".bmp", ".dcm"})
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}\Z")
_FORBIDDEN = dict.fromkeys(map(ord, "/\\"), "_")


def file_name(said: str, *, otherwise: str, content: BinaryIO) -> str:
    """Return a name that is accepted here, as near as can be to the one that FileMaker has.

    The extension is made to agree with the bytes where they tell their type: containers hold JPEG
    files called .png, and files with no extension at all. `otherwise` stands in for no name.
    """
    found = (said or otherwise).translate(_FORBIDDEN)
    found = "".join(char for char in found if char.isprintable()).strip(" .\u00a0")
    stem, ending = _with_extension(found or "file", sniff(content))
    name = stem.rstrip(" .\u00a0")[: MAX_NAME - len(ending)] + ending
    try:
        return clean_name(name)
    except ProblemError:
        return f"file{ending}"


def _with_extension(name: str, sniffed: str) -> tuple[str, str]:
    own = extension_of(name)
    known = ALIASES.get(own, own)
    told = TOLD.get(sniffed, "")
    if known in KINDS:
        stem = name[: -len(own)] or "file"
        agrees = KINDS[known].is_text or not told or sniffed in KINDS[known].sniffed
        kept = name[-len(own) :] if known == own else known
        return stem, kept if agrees else told
    return (name, told) if told else (name[: -len(own)] if own else name, own)


def object_token(name: str) -> str:
    """Return what stands for a record in an object's key: its id, or a hash of what is no token."""
    if _TOKEN.match(name):
        return name
    return "h-" + hashlib.sha256(name.encode()).hexdigest()[:32]


def free_key(build: Callable[[KeyContext], str]) -> Callable[[KeyContext], str]:
    """Make a key that is the record's own, or, where that is taken, one with the document's id.

    It is taken by what a crashed attempt left, which the sweep will clear, and by what a rollback
    put into the trash. Neither may be mixed up with the new file.
    """

    def key(context: KeyContext) -> str:
        plain = build(context)
        if not _is_taken(plain):
            return plain
        return build(replace(context, source_id=f"{context.source_id}.{context.document_id.hex}"))

    return key


def _is_taken(key: str) -> bool:
    if Document.objects.filter(s3_key=key).exists():
        return True
    try:
        object_store().stat(key)
    except ObjectMissingError:
        return False
    except StoreError as error:
        raise StoreUnavailableError from error
    return True
