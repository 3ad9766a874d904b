"""Objects as files in a folder, under the very same keys as in S3."""

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import FileSystemStorage

from documents.storage.base import (
    CHUNK,
    ObjectExistsError,
    ObjectInfo,
    ObjectMissingError,
    StoreError,
    own,
)

PARTIAL = ".partial-"
METADATA = ".meta"


class FileSystemObjectStore(FileSystemStorage):
    """An object is a file, with what S3 would keep as metadata beside it in `<key>.meta`."""

    bucket_name = ""

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
        target = self._path(key)
        info = {"content-type": content_type, "sha256": sha256, "tags": tags}
        partial = target.parent / f"{PARTIAL}{target.name}-{secrets.token_hex(8)}"
        with _store_errors():
            self._make_folders(target.parent)
            try:
                self._write(partial, content, size=size, sha256=sha256)
                if target.exists():
                    raise FileExistsError
                self._write_beside(target, partial, info)
                self._link_new(partial, target)
            finally:
                partial.unlink(missing_ok=True)
        return ObjectInfo(key, size, {"sha256": sha256})

    def stat(self, key: str) -> ObjectInfo:
        target = self._path(key)
        beside = Path(f"{target}{METADATA}")
        with _store_errors():
            size = target.stat().st_size
            text = beside.read_text(encoding="utf-8") if beside.exists() else "{}"
        try:
            kept = json.loads(text)
        except ValueError as error:
            raise StoreError("What is noted beside the object cannot be read.") from error
        return ObjectInfo(key, size, {"sha256": kept.get("sha256", "")})

    @contextlib.contextmanager
    def read(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        path = self._path(key)
        with _store_errors():
            handle = path.open("rb")
        with handle:
            if start:
                handle.seek(start)
            yield _chunks(handle, None if end is None else end - start + 1)

    def remove(self, key: str) -> None:
        target = self._path(key)
        with _store_errors():
            target.unlink(missing_ok=True)
            Path(f"{target}{METADATA}").unlink(missing_ok=True)
            for partial in target.parent.glob(f"{PARTIAL}{target.name}-*"):  # of a killed process
                partial.unlink(missing_ok=True)
        self._prune(target.parent)

    def keys(self, prefix: str) -> Iterator[ObjectInfo]:
        root = Path(self.location)
        start = self._path(prefix.rpartition("/")[0] + "/")
        own(prefix)
        found = {
            path.relative_to(root).as_posix(): path
            for path in start.rglob("*")
            if path.is_file() and not path.name.startswith(PARTIAL) and path.suffix != METADATA
        }
        for key in sorted(found):
            if key.startswith(prefix):
                yield ObjectInfo(key, found[key].stat().st_size)

    def link(
        self, key: str, *, ttl: timedelta, filename: str, content_type: str, inline: bool = False
    ) -> str | None:
        own(key)
        return None  # a folder has no addresses: the application gives the bytes itself

    def check(self) -> None:
        root = Path(self.location)
        with _store_errors():
            root.mkdir(parents=True, exist_ok=True)
            probe = root / f"{PARTIAL}{secrets.token_hex(8)}"
            probe.touch()
            probe.unlink()

    def _path(self, key: str) -> Path:
        path = Path(self.location) / own(key)
        root = Path(self.location)
        if self._has_link(key) and not path.resolve().is_relative_to(root.resolve()):
            raise StoreError("The key leads out of the folder of objects.")
        return path

    def _has_link(self, key: str) -> bool:
        """Tell whether a part of the key is a link; without, it cannot lead out (see `own`)."""
        place = self.location
        for part in key.split("/"):
            place = f"{place}/{part}"
            if os.path.islink(place):  # noqa: PTH114  some objects are looked up by the thousand
                return True
        return False

    def _make_folders(self, folder: Path) -> None:
        """Make the folders of a key so that they outlive a power cut, each with its parent."""
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            _sync_folder(path.parent)

    @staticmethod
    def _write_beside(target: Path, partial: Path, info: Mapping[str, object]) -> None:
        """Put the metadata in place before the object: whoever sees the object finds it whole."""
        beside = Path(f"{partial}{METADATA}")
        with beside.open("x", encoding="utf-8") as handle:
            json.dump(info, handle)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(f"{target}{METADATA}")

    @staticmethod
    def _write(partial: Path, content: BinaryIO, *, size: int, sha256: str) -> None:
        digest, written = hashlib.sha256(), 0
        with partial.open("xb") as handle:
            for chunk in _chunks(content, None):
                handle.write(chunk)
                digest.update(chunk)
                written += len(chunk)
            handle.flush()
            os.fsync(handle.fileno())
        if written != size or digest.hexdigest() != sha256:
            raise StoreError("The bytes changed on their way into the store.")

    @staticmethod
    def _link_new(partial: Path, target: Path) -> None:
        os.link(partial, target)  # fails when the name is taken, unlike a rename
        _sync_folder(target.parent)

    def _prune(self, folder: Path) -> None:
        root = Path(self.location)
        while folder != root and folder.is_relative_to(root):
            try:
                folder.rmdir()
            except OSError:  # not empty, or made again meanwhile: both are fine
                return
            folder = folder.parent


@contextlib.contextmanager
def _store_errors() -> Iterator[None]:
    """Turn the file system's errors into ours, without paths or keys in their text."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissingError("There is no object at this key.") from error
    except FileExistsError as error:
        raise ObjectExistsError("There is an object at this key already.") from error
    except OSError as error:
        raise StoreError(f"The folder of objects cannot be used: {error.strerror}.") from error


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _chunks(handle: BinaryIO, left: int | None) -> Iterator[bytes]:
    while left is None or left > 0:
        chunk = handle.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        if left is not None:
            left -= len(chunk)
        yield chunk
