"""Which files are stored compressed, and how.

Text, and pictures whose pixels lie there bare, become a fraction of their size; everything else is
compressed in itself. What kind a file is says only that it may be worth it: a TIFF can hold
anything. So its beginning is tried.
"""

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.conf import settings

from documents.encodings import GZIP
from documents.models import Encoding
from documents.storage.base import CHUNK

MAY_SHRINK = ("text/", "application/json", "application/xml", "application/dicom")
BARE_PICTURES = ("image/bmp", "image/tiff")
SMALLEST = 1024  # bytes; below, nothing is won
TRIED = 64 * 1024  # bytes
WORTH_IT = 0.8  # of its size
LEVEL = 6


def encoding_for(content: BinaryIO, *, file_type: str, size: int) -> str:
    """Return how a file is going to be stored; `size` in bytes."""
    if size < SMALLEST or not file_type.startswith((*MAY_SHRINK, *BARE_PICTURES)):
        return Encoding.NONE
    content.seek(0)
    start = content.read(TRIED)
    return Encoding.GZIP if len(zlib.compress(start, 1)) < WORTH_IT * len(start) else Encoding.NONE


@contextmanager
def packed(content: BinaryIO) -> Iterator[tuple[BinaryIO, int, str]]:
    """Yield a file compressed, its size in bytes and its SHA-256; memory does not grow with it.

    The same bytes are always packed alike, as no time is noted in them.
    """
    content.seek(0)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as into:
        for piece in _pieces(content, packer):
            into.write(piece)
            digest.update(piece)
            size += len(piece)
        into.seek(0)
        yield into, size, digest.hexdigest()


def _pieces(content: BinaryIO, packer: "zlib._Compress") -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield packer.compress(chunk)
    yield packer.flush()
