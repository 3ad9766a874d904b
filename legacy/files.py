"""Reading files below one folder and nowhere else.

Each component is opened on its own, from the folder above it and without following links, so that
nothing that is changed on the way can lead out (no check first and open later). Only regular files
are opened: opening a pipe would wait for its writer, and a device may act.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from jobs.errors import ItemError
from legacy.errors import UploadsError
from legacy.places import MOST_PARTS, Place, is_trash

CHUNK = 256 * 1024  # bytes
SPOOL = 256 * 1024  # bytes kept in memory before a copy goes to disk; as many as a chunk's files
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_MISSING = {errno.ENOENT, errno.ENOTDIR}

REASONS = {  # stable code → what is wrong, and what to do
    "file_missing": ("The file is not in the folder.", "Copy it there and start again."),
    "outside_uploads": (
        "The stored path leads out of the folder.",
        "Copy the file into the folder and correct the path in the old system.",
    ),
    "symlink": (
        "A link stands where the file or a folder above it should be.",
        "Put the file itself there.",
    ),
    "not_a_file": ("It is a folder, a pipe or a device.", "Put the file itself there."),
    "empty_file": ("The file has no bytes.", "Take it from a backup of the old system."),
    "size_mismatch": (
        "The file is not as large as the old system says.",
        "Take it from a backup, or correct file_size in the old system.",
    ),
    "unreadable": ("The file cannot be read.", "Check permissions and disk; start again."),
    "in_trash": (
        "The file lies in the old system's trash.",
        "If it is wanted, move it back to its place and start again.",
    ),
    "ownership_broken": (
        "The chain from user to patient to record to file is broken.",
        "Mend the missing row or its reference in the old system and start again.",
    ),
    "duplicate_path": (
        "Another row names the same file.",
        "Give each row a file of its own in the old system, or delete one row.",
    ),
}


def refusal(code: str, detail: str = "") -> ItemError:
    """Return the error of a reason, with its remedy."""
    text, remedy = REASONS[code]
    return ItemError(code, detail or text, remedy)


@dataclass(frozen=True)
class Copied:
    """A file's bytes, copied while they were counted; `content` vanishes when it is closed."""

    content: BinaryIO
    size: int


class Uploads:
    """The old system's folder of files, opened once: whatever replaces it later is not read."""

    def __init__(self, folder: str) -> None:
        self.root = str(Path(folder).resolve())
        try:
            self._root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise UploadsError(
                f"The folder of files cannot be opened: {os.strerror(error.errno or 0)}."
            ) from error

    def close(self) -> None:
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def problem_at(self, place: Place) -> str:
        """Return the reason for which a file cannot be read there, or "" when it looks right."""
        try:
            with self._folder_of(place) as (folder, name):
                _require_regular(folder, name)
        except ItemError as error:
            return error.code
        return "in_trash" if is_trash(place) else ""

    def find(self, places: list[Place]) -> tuple[Place | None, str]:
        """Return the first of some places where there is anything, and what is wrong with it."""
        for place in places:
            problem = self.problem_at(place)
            if problem != "file_missing":
                return place, problem
        return (places[0] if places else None), "file_missing"

    @contextmanager
    def copy(
        self, place: Place, *, expected: int | None, limit: int | None = None
    ) -> Iterator[Copied]:
        """Copy a file into an unnamed temporary one; the original may change after that.

        `expected` is its size in bytes as the old system says, `limit` the most that is copied (a
        larger file ends after one byte more, which verification refuses). Raises `ItemError` with
        the code of what is wrong.
        """
        if is_trash(place):
            raise refusal("in_trash")
        with self.open(place) as (source, size):
            if size == 0:
                raise refusal("empty_file")
            if expected is not None and expected != size:
                raise refusal("size_mismatch", f"{size} bytes instead of {expected}.")
            most = size if limit is None else min(size, limit + 1)
            with tempfile.SpooledTemporaryFile(SPOOL, dir=settings.FILE_UPLOAD_TEMP_DIR) as spool:
                copied = 0
                for chunk in chunks_of(source):
                    spool.write(chunk[: most - copied])
                    copied = min(copied + len(chunk), most)
                    if copied == most and most < size:
                        break
                if copied != most or os.fstat(source.fileno()).st_size != size:
                    raise refusal("size_mismatch", "The file changed while it was read.")
                spool.seek(0)
                yield Copied(spool, size)  # type: ignore[arg-type]

    @contextmanager
    def open(self, place: Place) -> Iterator[tuple[BinaryIO, int]]:
        """Open a regular file below the folder; yield it and its size in bytes."""
        with self._folder_of(place) as (folder, name):
            seen = _require_regular(folder, name)
            with _as_reason(folder, name):
                descriptor = os.open(name, _FILE, dir_fd=folder)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or (found.st_dev, found.st_ino) != seen:
                raise refusal("not_a_file")  # something else was put there just now
            yield file, found.st_size  # type: ignore[misc]

    def walk(self, *top: str) -> Iterator[Place]:
        """Yield every name below a folder of the folder that is no folder itself, in any order.

        Links are names too, and never followed. A folder that cannot be read is yielded as one.
        """
        try:
            with self._folder_of((*top, "")) as (folder, _), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False) and len(top) < MOST_PARTS:
                        yield from self.walk(*top, entry.name)
                    else:
                        yield (*top, entry.name)
        except ItemError as error:
            if error.code != "file_missing":
                yield top
        except OSError:
            yield top

    @contextmanager
    def _folder_of(self, place: Place) -> Iterator[tuple[int, str]]:
        """Open the folder that a place lies in, component by component."""
        folder = os.dup(self._root)
        try:
            for name in place[:-1]:
                with _as_reason(folder, name):
                    below = os.open(name, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder, place[-1]
        finally:
            os.close(folder)


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file's bytes; an error of the disk is the reason `unreadable`."""
    while True:
        try:
            chunk = file.read(CHUNK)
        except OSError as error:
            raise refusal("unreadable", os.strerror(error.errno or 0)) from error
        if not chunk:
            return
        yield chunk


def _require_regular(folder: int, name: str) -> tuple[int, int]:
    """Return which file it is (device and number); raise the reason when it is none."""
    with _as_reason(folder, name):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        raise refusal("symlink")
    if not stat.S_ISREG(found.st_mode):
        raise refusal("not_a_file")
    return found.st_dev, found.st_ino


@contextmanager
def _as_reason(folder: int, name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR} and _is_link(folder, name):
            raise refusal("symlink") from error
        if error.errno in _MISSING:
            raise refusal("file_missing") from error
        raise refusal("unreadable", os.strerror(error.errno or 0)) from error
    except ValueError as error:  # a surrogate or a NUL in a name
        raise refusal("unreadable") from error


def _is_link(folder: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False
