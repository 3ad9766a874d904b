"""What every store can do, and the check that no call leaves its clinic."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO, Protocol

from documents.keys import belongs_to, current_tenant

CHUNK = 256 * 1024  # bytes


class StoreError(Exception):
    """The store did not do what was asked; trying again may help."""


class ObjectMissingError(StoreError):
    """There is no object at this key."""


class ObjectExistsError(StoreError):
    """There is an object at this key already, and objects are never replaced."""


class ForeignKeyError(StoreError):
    """The key belongs to another clinic. Never a message for a user: it is a bug or an attack."""


@dataclass(frozen=True)
class ObjectInfo:
    """`size` in bytes as stored; `metadata` is what was put with the object."""

    key: str
    size: int
    metadata: dict[str, str] = field(default_factory=dict)


class ObjectStore(Protocol):
    """Objects by key. Written once, read in ranges, never replaced."""

    bucket_name: str  # empty where there are no buckets

    def put(
        self,
        key: str,
        content: BinaryIO,
        *,
        size: int,
        content_type: str,
        sha256: str,
        tags: dict[str, str],
    ) -> ObjectInfo:
        """Write a new object. Raises `ObjectExistsError` when the key is taken.

        The object appears whole or not at all. `sha256` is hexadecimal, of `content`.
        """

    def stat(self, key: str) -> ObjectInfo:
        """Return what is known without reading; raises `ObjectMissingError`."""

    def read(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Open the bytes from `start` to `end` (inclusive) as chunks of at most `CHUNK` bytes."""

    def fetch(self, key: str) -> AbstractContextManager[tuple[ObjectInfo, Iterator[bytes]]]:
        """Open the whole object with what `stat` says of it, in one call of the store."""

    def remove(self, key: str) -> None:
        """Remove an object; no error when there is none, so that it can be tried again."""

    def erase(self, key: str) -> None:
        """Remove an object with all its earlier versions; no error when there is none.

        Where the store keeps no versions, that is `remove`.
        """

    def keys(self, prefix: str) -> Iterator[ObjectInfo]:
        """List what lies under a prefix of this clinic; memory does not grow with its number.

        S3 and a folder list in the order of the keys; not every server does.
        """

    def link(
        self, key: str, *, ttl: timedelta, filename: str, content_type: str, inline: bool = False
    ) -> str | None:
        """Return an address that gives the bytes for `ttl`, or None where the store has none."""

    def check(self) -> None:
        """Raise `StoreError` when the store cannot be reached or written."""


def own(key: str) -> str:
    """Return the key if it is this clinic's; every call of every store goes through here."""
    if not belongs_to(key, current_tenant()):
        raise ForeignKeyError("The key lies outside this clinic.")
    return key
