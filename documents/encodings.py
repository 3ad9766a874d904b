"""From the bytes as they are stored to the bytes as they were sent."""

import zlib
from collections.abc import Iterator

from documents.models import Encoding
from documents.storage.base import CHUNK

_GZIP = 16 + zlib.MAX_WBITS


class EncodingError(Exception):
    """The bytes are not in the encoding that they are said to be stored in."""


def original(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the original bytes, never more than a chunk at a time, however they are packed.

    Raises `EncodingError` where they cannot be unpacked or end too early.
    """
    if encoding != Encoding.GZIP:
        yield from chunks
        return
    unzip = zlib.decompressobj(_GZIP)
    try:
        for packed in chunks:
            left = packed
            while left:
                yield unzip.decompress(left, CHUNK)
                left = unzip.unconsumed_tail
            while piece := unzip.decompress(b"", CHUNK):  # what it held back for its limit
                yield piece
    except zlib.error as error:
        raise EncodingError from error
    if not unzip.eof:
        raise EncodingError
