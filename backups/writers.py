"""Writing a backup's members, to a tar file or to a folder.

Whoever writes can stop anywhere and go on from a position that was noted before: what was written
behind it is cut off first. `settle` puts everything on the disk; only then may a position be noted.
"""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol, Self

from backups.errors import BackupRefusedError
from backups.format import Stream, object_name, part_name
from backups.places import PRIVATE_FILE, PRIVATE_FOLDER, TAR, sync_folder

BLOCK = 512
END = bytes(2 * BLOCK)
CHUNK = 1024 * 1024
LARGEST_MEMBER = 8 * 1024**3 - 1  # bytes; what the tar format of 1988 can say


class WrongLengthError(Exception):
    """A member had another length than was said before; nothing of it was kept."""


class Writer(Protocol):
    """`position` is in bytes, for a tar file; a folder needs none."""

    position: int

    def add(self, name: str, chunks: Iterator[bytes], size: int) -> None:
        """Write a member. When `chunks` fails or has another length, nothing of it is kept."""

    def settle(self) -> None: ...

    def finish(self) -> None:
        """Write the end; nothing can be added any more."""

    def close(self) -> None: ...


class TarWriter:
    """Plain ustar headers and regular files only: what any program reads, and no surprises."""

    def __init__(self, path: Path, position: int = 0) -> None:
        self._file = _open_private(path)
        if self._file.seek(0, os.SEEK_END) < position:
            self._file.close()
            raise _shorter()
        self.position = position
        self._cut()

    def add(self, name: str, chunks: Iterator[bytes], size: int) -> None:
        if size > LARGEST_MEMBER:
            raise BackupRefusedError(
                f"A file of {size} bytes does not fit into a tar file; use the folder layout."
            )
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, PRIVATE_FILE
        try:
            self._file.write(info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict"))
            _copy(chunks, self._file, size)
        except BaseException:
            self._cut()
            raise
        self._file.write(bytes(-size % BLOCK))
        self.position = self._file.tell()

    def settle(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        self._file.write(END)
        self.settle()

    def close(self) -> None:
        with suppress(OSError):  # on a full disk, of bytes that were not settled: they do not count
            self._file.close()

    def _cut(self) -> None:
        self._file.seek(self.position)
        self._file.truncate()


class FolderWriter:
    """Members as files. Each is on the disk before `add` returns."""

    def __init__(self, path: Path, *, objects: int, fresh: bool) -> None:
        self.position = 0
        self._root = path
        if fresh and path.exists():
            shutil.rmtree(path)
        if not fresh and not path.is_dir():
            raise _shorter()
        path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        while (left := path / object_name(objects + 1)).exists():  # behind the noted position
            left.unlink()
            objects += 1

    def add(self, name: str, chunks: Iterator[bytes], size: int) -> None:
        target = self._root / name
        missing = [one for one in (target.parent, *target.parent.parents) if not one.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=PRIVATE_FOLDER)
            sync_folder(folder.parent)
        try:
            with _open_private(target) as file:
                file.truncate()
                _copy(chunks, file, size)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)

    def settle(self) -> None: ...

    def finish(self) -> None:
        sync_folder(self._root)

    def close(self) -> None: ...


class NoWriter:
    """Reads and counts everything and writes nothing: for a dry run."""

    position = 0

    def add(self, name: str, chunks: Iterator[bytes], size: int) -> None:
        with open(os.devnull, "wb") as nothing:  # noqa: PTH123
            _copy(chunks, nothing, size)

    def settle(self) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class Parts:
    """A stream's lines on their way into members of at most some MB, hashed and counted.

    Has the `write` that COPY wants; a line comes in one call and is never cut.
    """

    LARGEST = 64 * 1024 * 1024  # bytes of a part, but for its last line

    def __init__(self, writer: Writer, folder: str, spool: IO[bytes], stream: Stream) -> None:
        self._writer, self._folder, self._spool = writer, folder, spool
        self.stream, self._digest = stream, hashlib.sha256()
        self._spool.seek(0)
        self._spool.truncate()

    def write(self, line: bytes) -> int:
        self._digest.update(line)
        self.stream.rows += line.count(b"\n")
        self.stream.bytes += len(line)
        self._spool.write(line)
        if self._spool.tell() >= self.LARGEST:
            self._flush()
        return len(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
            self.stream.sha256 = self._digest.hexdigest()

    def _flush(self) -> None:
        size = self._spool.tell()
        if not size:
            return
        self._spool.seek(0)
        self.stream.parts += 1
        name = part_name(self._folder, self.stream.parts)
        self._writer.add(name, iter(lambda: self._spool.read(CHUNK), b""), size)
        self._spool.seek(0)
        self._spool.truncate()


def open_writer(
    path: Path, layout: str, *, fresh: bool, position: int = 0, objects: int = 0
) -> Writer:
    """Open the members' place: anew, or to go on behind `position` and the n-th object."""
    if layout == TAR:
        return TarWriter(path, position)
    return FolderWriter(path, objects=objects, fresh=fresh)


def _open_private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE_FILE), "r+b")


def _copy(chunks: Iterator[bytes], target: IO[bytes], size: int) -> None:
    left = size
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            break
        target.write(chunk)
    if left:
        raise WrongLengthError


def _shorter() -> BackupRefusedError:
    return BackupRefusedError(
        "The unfinished backup is not where it was, or shorter than it was. Cancel this job and"
        " start another one; all workers must see the same folder of backups.",
        code="unfinished_lost",
    )
