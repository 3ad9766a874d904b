"""Bytes on their way from FileMaker to the store: counted, hashed, on disk once they are many."""

import hashlib
import tempfile
from collections.abc import Iterable

from django.conf import settings

from jobs.errors import ItemError

SPOOL = 128 * 1024  # bytes of a file kept in memory; a chunk of files is in hand at a time
MB = 1024 * 1024


class SpooledFile(tempfile.SpooledTemporaryFile[bytes]):
    """An unnamed temporary file with its length in bytes and its SHA-256 (hexadecimal)."""

    size = 0
    sha256 = ""

    def __init__(self) -> None:
        super().__init__(SPOOL, dir=settings.FILE_UPLOAD_TEMP_DIR)


def spool(chunks: Iterable[bytes], *, limit: int) -> SpooledFile:
    """Take in all chunks; the caller closes the file. Raises `ItemError("too_large")`."""
    target = SpooledFile()
    try:
        _fill(target, chunks, limit)
    except BaseException:
        target.close()
        raise
    return target


def _fill(target: SpooledFile, chunks: Iterable[bytes], limit: int) -> None:
    digest = hashlib.sha256()
    for chunk in chunks:
        target.size += len(chunk)
        if target.size > limit:
            raise too_large(limit)
        digest.update(chunk)
        target.write(chunk)
    target.seek(0)
    target.sha256 = digest.hexdigest()


def too_large(limit: int) -> ItemError:
    return ItemError(
        "too_large",
        f"The file is larger than {limit / MB:g} MB.",
        "Raise DOCUMENT_MAX_SIZES (patients, image-batches) and start again.",
    )
