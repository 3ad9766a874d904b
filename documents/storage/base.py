"""What every store can do, and the check that no call leaves its clinic."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO, Protocol

from documents.keys import belongs_to, current_tenant

CHUNK = 256 * 1024  # bytes
LONGEST_LINK = timedelta(days=7)  # S3 refuses more, but boto3 would sign it
_opened: ContextVar[str | None] = ContextVar("opened", default=None)


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
    """`size` in bytes as stored; `metadata` is what was put with the object.

    `version` names these very bytes for ever, where the store keeps versions; else it is empty.
    """

    key: str
    size: int
    metadata: dict[str, str] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True)
class PostForm:
    """Where a client posts a file to: all `fields` first, then the file as the field `file`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Part:
    """A part that has arrived: its number from 1, its bytes, and what the store calls it."""

    number: int
    size: int
    etag: str


class ObjectStore(Protocol):
    """Objects by key. Written once, read in ranges, never replaced.

    The exception is what clients send straight to the store: an object under a staging key is
    replaced when it is sent again, so nothing of it is believed before it was read.
    """

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
        encoding: str = "",
    ) -> ObjectInfo:
        """Write a new object. Raises `ObjectExistsError` when the key is taken.

        The object appears whole or not at all. `sha256` is hexadecimal, of `content`, which is
        compressed already where `encoding` says so; `content_type` is of what was compressed.
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

    def browser_origin(self) -> str | None:
        """Return the origin that links lead browsers to, or None where they stay here."""

    def presign_post(self, key: str, *, size: int, ttl: timedelta) -> PostForm | None:
        """Return a form by which anybody may write `size` bytes at this key, for `ttl`.

        None where the store has no addresses: the application takes the bytes itself.
        """

    def begin_multipart(self, key: str) -> str:
        """Begin an upload in parts; return the store's id of it."""

    def sign_parts(
        self, key: str, upload_id: str, sizes: Mapping[int, int], *, ttl: timedelta
    ) -> dict[int, str] | None:
        """Return addresses by number to which anybody may PUT a part of just so many bytes.

        None where the store has no addresses.
        """

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """Return what has arrived, by number. Raises `ObjectMissingError` for no such upload."""

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Make one object of these parts. Raises `ObjectMissingError` for no such upload."""

    def abort_multipart(self, key: str, upload_id: str = "") -> None:
        """Forget this upload in parts and all others under this key; no error without any."""

    def copy(
        self,
        source: ObjectInfo,
        key: str,
        *,
        content_type: str,
        sha256: str,
        tags: dict[str, str],
    ) -> ObjectInfo | None:
        """Write a new object from one that is there, as `put` would, without sending its bytes.

        None, and nothing is done, where the store cannot promise that they are the very bytes
        which were read as `source`. Raises `ObjectExistsError` when the key is taken.
        """

    def check(self) -> None:
        """Raise `StoreError` when the store cannot be reached or written."""


def own(key: str) -> str:
    """Return the key if it is this clinic's; every call of every store goes through here."""
    if not belongs_to(key, current_tenant()) and key != _opened.get():
        raise ForeignKeyError("The key lies outside this clinic.")
    return key


@contextmanager
def opened(key: str) -> Iterator[None]:
    """Let this thread use one key outside of its clinic; for `storage/doors.py`, nobody else."""
    token = _opened.set(key)
    try:
        yield
    finally:
        _opened.reset(token)
