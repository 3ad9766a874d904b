"""Objects as files in a folder, under the very same keys as in S3."""

import contextlib
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import FileSystemStorage

from documents.storage.base import (
    CHUNK,
    ObjectInfo,
    ObjectMissingError,
    StoreError,
    own,
)
from documents.storage.folder_uploads import FolderUploads
from documents.storage.folders import store_errors as _store_errors, sync_folder as _sync_folder

PARTIAL = ".partial-"
METADATA = ".meta"
NOTE = 16 * 1024  # bytes that are read at once of what is noted beside an object


class FileSystemObjectStore(FolderUploads, FileSystemStorage):
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
        encoding: str = "",
    ) -> ObjectInfo:
        target = self._path(key)
        info: dict[str, object] = {"content-type": content_type, "sha256": sha256, "tags": tags}
        if encoding:
            info["content-encoding"] = encoding
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
        with _store_errors():
            size = target.stat().st_size
        return ObjectInfo(key, size, _noted(target))

    @contextlib.contextmanager
    def fetch(self, key: str) -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        target = self._path(key)
        with _store_errors():
            handle = target.open("rb")
        with handle, _store_errors():
            size = os.fstat(handle.fileno()).st_size
            yield ObjectInfo(key, size, _noted(target)), _chunks(handle, None)

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

    def erase(self, key: str) -> None:
        self.remove(key)

    def keys(self, prefix: str) -> Iterator[ObjectInfo]:
        folder = prefix.rpartition("/")[0] + "/"
        start = self._path(folder)
        own(prefix)
        for key, size in _listed(start, folder, prefix):
            yield ObjectInfo(key, size)

    def link(
        self, key: str, *, ttl: timedelta, filename: str, content_type: str, inline: bool = False
    ) -> str | None:
        own(key)
        return None  # a folder has no addresses: the application gives the bytes itself

    def browser_origin(self) -> None:
        return None

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


def _noted(target: Path) -> dict[str, str]:
    """Return what was put with the object, from the file beside it."""
    try:
        with _store_errors():
            text = _read_whole(f"{target}{METADATA}")
    except ObjectMissingError:
        return {"sha256": ""}
    try:
        return {"sha256": json.loads(text).get("sha256", "")}
    except (ValueError, AttributeError) as error:
        raise StoreError("What is noted beside the object cannot be read.") from error


def _read_whole(path: str) -> bytes:
    """Read a small file; without the layers of a file object, as verifying reads one for each."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(handle, NOTE):
            parts.append(part)
            if len(part) < NOTE:
                break
        return b"".join(parts)
    finally:
        os.close(handle)


def _listed(folder: Path, inside: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield keys and sizes of the objects under a folder, in the order of the keys.

    One folder's names at a time are in memory. What goes away meanwhile is left out.
    """
    try:
        with _store_errors(), os.scandir(folder) as found:
            names = sorted(
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
                for entry in found
            )
    except ObjectMissingError:
        return
    for name in names:  # with its slash a folder stands where its keys do
        key = inside + name
        if name.endswith("/"):
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _listed(folder / name, key, prefix)
        elif key.startswith(prefix) and (facts := _facts_of(folder / name)) is not None:
            yield key, facts.st_size


def _facts_of(path: Path) -> os.stat_result | None:
    """Return what the system says of an object; None where it is something else, or gone."""
    if path.name.startswith(PARTIAL) or path.suffix == METADATA:
        return None
    try:
        with _store_errors():
            facts = path.stat()
    except ObjectMissingError:
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None


def _chunks(handle: BinaryIO, left: int | None) -> Iterator[bytes]:
    while left is None or left > 0:
        chunk = handle.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        if left is not None:
            left -= len(chunk)
        yield chunk
