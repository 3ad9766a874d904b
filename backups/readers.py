"""Reading a backup's members, from a tar file or a folder that anybody may have made.

Nothing is unpacked: members are windows on the file they lie in. Of a tar file, only headers of
plain files with names of ours are understood; links, devices, sparse files and long-name records
are refused, so there is no way out of the archive and nothing that grows when it is read.
"""

import hashlib
import io
import os
import stat
import tarfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from backups.errors import ArchiveError
from backups.format import LONGEST_MANIFEST, MANIFEST, MEMBER, SEAL, object_name, seal_of

BLOCK = 512
CHUNK = 256 * 1024
OBJECTS = "objects/"
LONGEST_SEAL = 1024  # bytes
MOST_MEMBERS = 100_000  # besides objects: parts of 64 MB


@dataclass(frozen=True)
class Place:
    """Where a member's bytes lie."""

    offset: int
    size: int


class Window(io.RawIOBase):
    """A member's bytes as a file of its own. Closing it closes the file too if it is `own`."""

    def __init__(self, handle: int, place: Place, *, own: bool) -> None:
        self._handle, self._place, self._own, self._at = handle, place, own, 0
        self.size = place.size

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._place.size - self._at)
        if wanted <= 0:
            return 0
        found = os.pread(self._handle, wanted, self._place.offset + self._at)
        if not found:
            raise ArchiveError("truncated", "The archive ends inside a member.")
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._place.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed and self._own:
            os.close(self._handle)
        super().close()


class Reader(Protocol):
    members: dict[str, int]  # name and size of all but the objects
    objects: int  # how many there are

    def open(self, name: str) -> Window:
        """Open a member that is no object; raises `ArchiveError("missing_member")`."""

    def each_object(self) -> Iterator[Window]:
        """Yield the objects from the first to the last; each is open until the next is taken."""


def open_reader(path: Path) -> Reader:
    """Look through an archive's members. Raises `ArchiveError` for what is none of ours."""
    try:
        return FolderReader(path) if path.is_dir() else TarReader(path)
    except OSError as error:
        raise ArchiveError("unreadable", f"It cannot be read: {error.strerror}.") from error


class TarReader:
    """Opens the file once: what was verified is read again although its name is another's now."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not keep us waiting
        weakref.finalize(self, os.close, self._handle)
        self._places: dict[str, Place] = {}
        self._first: int | None = None  # where the first object's header begins
        self.objects = 0
        if not stat.S_ISREG(os.fstat(self._handle).st_mode):
            raise ArchiveError("unreadable", "It is neither a file nor a folder.")
        for name, header, place in _headers(self._handle):
            self._note(name, header, place)
        self.members = {name: place.size for name, place in self._places.items()}

    def open(self, name: str) -> Window:
        if name not in self._places:
            raise ArchiveError("missing_member", f"{name} is missing.")
        return Window(self._handle, self._places[name], own=False)

    def each_object(self) -> Iterator[Window]:
        if self._first is None:
            return
        headers = _headers(self._handle, self._first)
        for _, (_, _, place) in zip(range(self.objects), headers, strict=False):
            with Window(self._handle, place, own=False) as window:
                yield window

    def _note(self, name: str, header: int, place: Place) -> None:
        if name.startswith(OBJECTS):
            self._first = header if self._first is None else self._first
            self.objects += 1
            if name != object_name(self.objects):
                raise ArchiveError("wrong_order", f"{name} stands where another should be.")
            return
        if name in self._places or len(self._places) >= MOST_MEMBERS:
            raise ArchiveError("extra_member", f"{name} is there twice, or there are too many.")
        if self.objects > 0 and self._first is not None and name.startswith(("tables/", "shared/")):
            raise ArchiveError("wrong_order", f"{name} stands behind the objects.")
        self._places[name] = place


class FolderReader:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.members: dict[str, int] = {}
        self.objects = 0
        for name, size in _files(root, ""):
            if not MEMBER.fullmatch(name):
                raise ArchiveError("extra_member", f"{name[:120]!r} is no member of a backup.")
            if name.startswith(OBJECTS):
                self.objects += 1
            elif len(self.members) >= MOST_MEMBERS:
                raise ArchiveError("extra_member", "There are too many members.")
            else:
                self.members[name] = size

    def open(self, name: str) -> Window:
        return self._open(name)

    def each_object(self) -> Iterator[Window]:
        for number in range(1, self.objects + 1):
            with self._open(object_name(number)) as window:
                yield window

    def _open(self, name: str) -> Window:
        try:
            handle = os.open(self._root / name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise ArchiveError("missing_member", f"{name} is missing.") from error
        return Window(handle, Place(0, os.fstat(handle).st_size), own=True)


def read_manifest(reader: Reader) -> bytes:
    """Return the manifest's bytes, which the seal behind it must fit."""
    if reader.members.get(MANIFEST, 0) > LONGEST_MANIFEST:
        raise ArchiveError("bad_manifest", "The manifest is too large to be one.")
    if MANIFEST not in reader.members or SEAL not in reader.members:
        raise ArchiveError("unfinished", "It has no sealed manifest: it was never finished.")
    with reader.open(MANIFEST) as window:
        text = window.read()
    with reader.open(SEAL) as window:
        if window.read(LONGEST_SEAL) != seal_of(text):
            raise ArchiveError("wrong_hash", "The manifest is not what it was when it was sealed.")
    return text


def chunks_of(window: IO[bytes] | Window) -> Iterator[bytes]:
    while chunk := window.read(CHUNK):
        yield chunk


def sha256_of(window: IO[bytes] | Window) -> str:
    digest = hashlib.sha256()
    for chunk in chunks_of(window):
        digest.update(chunk)
    return digest.hexdigest()


def _headers(handle: int, start: int = 0) -> Iterator[tuple[str, int, Place]]:
    """Yield each member's name, where its header begins, and its place."""
    end = os.fstat(handle).st_size
    at = start
    while True:
        block = os.pread(handle, BLOCK, at)
        if len(block) < BLOCK:
            raise ArchiveError("truncated", "The archive has no end.")
        if block == bytes(BLOCK):
            _require_end(handle, at + BLOCK, end)
            return
        name, size = _parsed(block)
        place = Place(at + BLOCK, size)
        if place.offset + size > end:
            raise ArchiveError("truncated", f"The archive ends inside {name}.")
        yield name, at, place
        at = place.offset + size + (-size % BLOCK)


def _parsed(block: bytes) -> tuple[str, int]:
    try:
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise ArchiveError("bad_header", "A header is damaged, or this is no tar file.") from error
    if info.type != tarfile.REGTYPE or not MEMBER.fullmatch(info.name) or info.size < 0:
        raise ArchiveError(
            "unsafe_member", f"{info.name[:120]!r} is no plain file with a name of ours."
        )
    return info.name, info.size


def _require_end(handle: int, at: int, end: int) -> None:
    """The end is two empty blocks and, as some programs write it, more of them."""
    rest = end - at
    if rest < BLOCK or rest > 64 * BLOCK or any(os.pread(handle, rest, at)):
        raise ArchiveError("truncated", "The archive does not end as it should.")


def _files(root: Path, inside: str) -> Iterator[tuple[str, int]]:
    with os.scandir(root / inside) as found:
        for entry in found:
            name = f"{inside}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if name.count("/") > 2:  # noqa: PLR2004  the deepest are tables/<table>/<part>
                    raise ArchiveError("extra_member", f"{name[:120]!r} lies too deep.")
                yield from _files(root, f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name, entry.stat(follow_symlinks=False).st_size
            else:
                raise ArchiveError("unsafe_member", f"{name[:120]!r} is no plain file.")
