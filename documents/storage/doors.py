"""The one way to objects outside of a clinic's prefix: old keys, one at a time.

A key is let through when it is of an old layout, or this clinic's own, and its first part is no
clinic's name: a clinic may be called `documents`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from accounts.models import Account
from accounts.tenancy import current_schema
from documents.keys import belongs_to
from documents.old_keys import LAYOUTS, ROOT, layout_of
from documents.storage import object_store
from documents.storage.base import ForeignKeyError, ObjectInfo, StoreError, opened
from documents.storage.filesystem import METADATA, PARTIAL, FileSystemObjectStore
from documents.storage.s3 import S3ObjectStore


class Doors:
    """Which keys may be opened. Made anew for each chunk of work: clinics come and go."""

    def __init__(self) -> None:
        self.tenant = current_schema()
        self._clinics = frozenset(Account.objects.values_list("schema_name", flat=True))

    def is_anothers(self, key: str) -> bool:
        """Say whether a key lies under the prefix of another clinic."""
        first, slash, _ = key.partition("/")
        return bool(slash) and first != self.tenant and first in self._clinics

    def may(self, key: str) -> bool:
        return belongs_to(key, self.tenant) or (
            layout_of(key) is not None and not self.is_anothers(key)
        )

    @contextmanager
    def to(self, key: str) -> Iterator[None]:
        """Let the store be asked for this key. Raises `ForeignKeyError` for one that is not old."""
        if not self.may(key):
            raise ForeignKeyError("The key is neither this clinic's nor an old one.")
        with opened(key):
            yield

    def old_objects(self) -> Iterator[ObjectInfo]:
        """List the objects of all old layouts. Memory does not grow with their number."""
        for layout in sorted(LAYOUTS):
            prefix = LAYOUTS[layout]
            if prefix.rstrip("/") not in self._clinics:
                yield from self._listed(prefix)
        yield from (one for one in _in_root() if layout_of(one.key) == ROOT)

    @staticmethod
    def _listed(prefix: str) -> Iterator[ObjectInfo]:
        listed = object_store().keys(prefix)
        while True:
            with opened(prefix):  # not while whoever we yield to is at work
                one = next(listed, None)
            if one is None:
                return
            yield one


def _in_root() -> Iterator[ObjectInfo]:
    store = object_store()
    if isinstance(store, S3ObjectStore):
        pages = store.client.get_paginator("list_objects_v2").paginate(
            Bucket=store.bucket_name, Prefix="", Delimiter="/"
        )
        try:
            for page in pages:
                for found in page.get("Contents", []):
                    if "/" not in found["Key"]:
                        yield ObjectInfo(found["Key"], found["Size"])
        except (BotoCoreError, ClientError) as error:
            raise StoreError("The store does not list what is in it.") from error
    elif isinstance(store, FileSystemObjectStore):
        yield from _files(Path(store.location))


def _files(folder: Path) -> Iterator[ObjectInfo]:
    try:
        names = sorted(path.name for path in folder.iterdir())
        for name in names:
            path = folder / name
            hidden = name.startswith(PARTIAL) or name.endswith(METADATA) or path.is_symlink()
            if not hidden and path.is_file():
                yield ObjectInfo(name, path.stat().st_size)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"The folder of objects cannot be used: {error.strerror}.") from error
