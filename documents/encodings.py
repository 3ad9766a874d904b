"""From the bytes as they are stored to the bytes as they were sent."""

import zlib
from collections.abc import Iterator

from documents.models import Encoding
from documents.storage.base import CHUNK

GZIP = 16 + zlib.MAX_WBITS  # how zlib is told to write, or expect, gzip's header


class EncodingError(Exception):
    """The bytes are not in the encoding that they are said to be stored in."""


class Unpacking:
    """Compressed bytes on their way; what a chunk unpacks to comes a chunk at a time."""

    def __init__(self) -> None:
        self._unzip = zlib.decompressobj(GZIP)

    @property
    def ended(self) -> bool:
        """Say whether the compressed bytes were whole."""
        return self._unzip.eof

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what some more bytes unpack to. Raises `EncodingError` where they do not."""
        try:
            while packed:
                yield self._unzip.decompress(packed, CHUNK)
                packed = self._unzip.unconsumed_tail
            while piece := self._unzip.decompress(b"", CHUNK):  # what it held back for its limit
                yield piece
        except zlib.error as error:
            raise EncodingError from error


def original(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the original bytes, never more than a chunk at a time, however they are packed.

    Raises `EncodingError` where they cannot be unpacked or end too early.
    """
    if encoding != Encoding.GZIP:
        yield from chunks
        return
    unpacking = Unpacking()
    for packed in chunks:
        yield from unpacking.pieces(packed)
    if not unpacking.ended:
        raise EncodingError


def cut(chunks: Iterator[bytes], start: int, end: int | None) -> Iterator[bytes]:
    """Yield the bytes from `start` to `end` (inclusive; None: to the last), and read no further."""
    at = 0
    for chunk in chunks:
        piece = chunk[max(0, start - at) : None if end is None else max(0, end + 1 - at)]
        if piece:
            yield piece
        at += len(chunk)
        if end is not None and at > end:
            return
