"""What clients send to a folder of objects: the application takes the bytes and puts them here.

Parts lie under `.parts/` and the object's key, one folder for each upload, until they are joined;
no key begins with a dot, so they are never listed as objects.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from documents.storage.base import (
    CHUNK,
    ObjectInfo,
    ObjectMissingError,
    Part,
    PostForm,
    StoreError,
    own,
)
from documents.storage.folders import store_errors, sync_folder

PARTS = ".parts"
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PART = re.compile(r"(\d{1,5})-([0-9a-f]{32})", re.ASCII)  # its number and its MD5, as S3's ETag


class FolderUploads:
    """Part of `FileSystemObjectStore`."""

    location: str

    if TYPE_CHECKING:

        def _path(self, key: str) -> Path: ...

        def _make_folders(self, folder: Path) -> None: ...

    def presign_post(self, key: str, *, size: int, ttl: timedelta) -> PostForm | None:
        own(key)
        return None  # a folder has no addresses

    def sign_parts(
        self, key: str, upload_id: str, sizes: Mapping[int, int], *, ttl: timedelta
    ) -> dict[int, str] | None:
        own(key)
        return None

    def receive(self, key: str, chunks: Iterable[bytes], *, size: int) -> str:
        """Write what a client sends, in place of what it has sent before; return its ETag.

        Raises `StoreError` when there are not `size` bytes; nothing is kept then.
        """
        target = self._path(key)
        with store_errors():
            self._make_folders(target.parent)
            return self._written(target, chunks, size)

    def receive_part(
        self, key: str, upload_id: str, number: int, chunks: Iterable[bytes], *, size: int
    ) -> str:
        """The same for a part. Raises `ObjectMissingError` for no such upload."""
        folder = self._parts(key, upload_id)
        with store_errors():
            etag = self._written(folder / f"{number}", chunks, size, named_by_hash=True)
            for other in folder.glob(f"{number}-*"):
                if other.name != f"{number}-{etag}":
                    other.unlink(missing_ok=True)
        return etag

    def begin_multipart(self, key: str) -> str:
        upload_id = secrets.token_hex(16)
        with store_errors():
            self._make_folders(self._all_parts(key) / upload_id)
        return upload_id

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        return [part for part, _ in self._arrived(key, upload_id)]

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        found = dict(self._arrived(key, upload_id))
        if not parts or not set(parts) <= set(found):
            raise StoreError("A part has not arrived, or has been sent again meanwhile.")
        target = self._path(key)
        with store_errors():
            self._make_folders(target.parent)
            size = sum(part.size for part in parts)
            self._written(target, _joined([found[part] for part in parts]), size)
        self.abort_multipart(key)

    def abort_multipart(self, key: str, upload_id: str = "") -> None:
        folder = self._all_parts(key)
        with store_errors(), contextlib.suppress(ObjectMissingError), store_errors():
            shutil.rmtree(folder)

    def copy(
        self,
        source: ObjectInfo,
        key: str,
        *,
        content_type: str,
        sha256: str,
        tags: dict[str, str],
    ) -> ObjectInfo | None:
        own(key)
        return None  # a folder keeps no versions: what was read is written once more

    def _all_parts(self, key: str) -> Path:
        self._path(key)  # which checks whose it is
        return Path(self.location) / PARTS / key

    def _parts(self, key: str, upload_id: str) -> Path:
        folder = self._all_parts(key) / upload_id
        if not _ID.fullmatch(upload_id) or not folder.is_dir():
            raise ObjectMissingError("There is no such upload.")
        return folder

    def _arrived(self, key: str, upload_id: str) -> list[tuple[Part, Path]]:
        folder = self._parts(key, upload_id)
        found = []
        with store_errors():
            for path in folder.iterdir():
                if named := _PART.fullmatch(path.name):
                    size = path.stat().st_size
                    found.append((Part(int(named[1]), size, named[2]), path))
        return sorted(found, key=lambda one: one[0].number)

    @staticmethod
    def _written(
        target: Path, chunks: Iterable[bytes], size: int, *, named_by_hash: bool = False
    ) -> str:
        """Write beside the target, then take its place: whoever reads it meanwhile reads on."""
        partial = target.parent / f".partial-{target.name}-{secrets.token_hex(8)}"
        digest, written = hashlib.md5(usedforsecurity=False), 0
        try:
            with partial.open("xb") as handle:
                for chunk in chunks:
                    written += len(chunk)
                    if written > size:
                        break
                    handle.write(chunk)
                    digest.update(chunk)
                handle.flush()
                os.fsync(handle.fileno())
            if written != size:
                raise StoreError("The content has another length than was said.")
            etag = digest.hexdigest()
            partial.replace(f"{target}-{etag}" if named_by_hash else target)
            sync_folder(target.parent)
        finally:
            partial.unlink(missing_ok=True)
        return etag


def _joined(paths: Sequence[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as handle:
            while chunk := handle.read(CHUNK):
                yield chunk
