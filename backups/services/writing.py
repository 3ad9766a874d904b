"""A backup from its first byte to its name: the rows, the objects, the end, the check, the rename.

Everything is written into a hidden folder beside the place where the backup is to lie. What lies
there can be gone on with; what has a backup's name has been read back whole.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self
from uuid import UUID

from backups.errors import ArchiveError, BackupRefusedError
from backups.format import (
    LISTING,
    MANIFEST,
    SEAL,
    Entry,
    Manifest,
    Objects,
    Stream,
    TableStream,
    seal_of,
)
from backups.places import PRIVATE_FOLDER, file_name, sync_folder
from backups.services.dumping import dump, snapshot, write_list
from backups.services.objects import Listed, copy_object
from backups.services.verifying import verify_archive
from backups.writers import NoWriter, Parts, Writer, open_writer

WRITTEN = "written"
HIDDEN = ".backup-"  # and the clinic's schema, and the job's id


@dataclass
class Progress:
    """How far a backup is; JSON, and enough to go on from."""

    phase: str = "objects"  # then `written`
    stem: str = ""  # of its name
    offset: int = 0  # bytes of the tar file
    objects: int = 0
    read: int = 0  # bytes of the list of documents
    listed: int = 0  # bytes of the listing
    gaps: int = 0
    bytes: int = 0  # of objects


@dataclass(frozen=True)
class Published:
    """A backup that has its name. `sha256` is of its manifest, and through it of everything."""

    path: Path
    manifest: Manifest
    sha256: str


class Workshop:
    """The hidden folder in which one backup is made, by one process at a time."""

    def __init__(
        self, folder: Path, backup: UUID, *, schema: str, layout: str, dry_run: bool = False
    ) -> None:
        self.folder, self.backup, self.layout, self.dry_run = folder, backup, layout, dry_run
        self.schema = schema
        # A restored clinic has the jobs of the first one under the same ids.
        self.path = folder / f"{hidden_prefix(schema)}{backup}"
        self.members = self.path / "members"
        self._lock: int | None = None
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._drop_writer()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- The steps -------------------------------------------------------------------------------

    def begin(self, *, with_logins: bool) -> Progress:
        """Write the rows of one moment and the list of documents; start over if it was begun."""
        self.path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        sync_folder(self.folder)
        self._hold()
        writer = self._open(Progress(), fresh=True)
        with self._file("spool", "w+b") as spool, snapshot(self.schema) as cursor:
            manifest = dump(
                cursor,
                writer,
                spool,
                schema=self.schema,
                backup=self.backup,
                with_logins=with_logins,
            )
            with self._file("documents", "wb") as out:
                write_list(cursor, self.schema, out)
                _settle(out)
        writer.settle()
        self._keep(manifest)
        self._file("listing", "wb").close()
        taken = datetime.fromisoformat(manifest.taken_at)
        stem = f"{self.schema}-{taken:%Y%m%dT%H%M%SZ}-{self.backup.hex[:12]}"
        return Progress(stem=stem, offset=writer.position)

    def waiting(self, progress: Progress, *, most: int, size: int) -> list[Listed]:
        """Return the next documents: at most so many, or until they have so many bytes."""
        found: list[Listed] = []
        self._require()
        with self._file("documents", "rb") as lines:
            lines.seek(progress.read)
            for line in lines:
                found.append(Listed.from_row(json.loads(line)))
                if len(found) >= most or sum(one.size for one in found) >= size:
                    break
        return found

    def copy(self, progress: Progress, batch: list[Listed]) -> Iterator[Entry]:
        """Copy the next documents' bytes, yield the entry of each, and move `progress` behind them.

        Everything is on the disk when the last has been taken.
        """
        self._hold()
        writer = self._open(progress)
        with self._file("listing", "r+b") as listing, self._file("documents", "rb") as lines:
            listing.truncate(progress.listed)
            listing.seek(progress.listed)
            lines.seek(progress.read)
            for listed in batch:
                try:
                    number = progress.objects + 1
                    entry = copy_object(listed, writer, schema=self.schema, number=number)
                except BaseException:
                    self._drop_writer()  # whoever goes on cuts off what this batch has written
                    raise
                progress.objects += not entry.gap
                progress.gaps += bool(entry.gap)
                progress.bytes += entry.size
                listing.write(entry.to_line())
                lines.readline()
                yield entry
            _settle(listing)
            writer.settle()
            progress.offset, progress.read = writer.position, lines.tell()
            progress.listed = listing.tell()

    def finish(self, progress: Progress) -> None:
        """Write the listing, the manifest and the end."""
        self._hold()
        writer = self._open(progress)
        manifest = self._kept()
        manifest.objects = Objects(progress.objects, progress.bytes, progress.gaps)
        manifest.complete = progress.gaps == 0
        with self._file("listing", "rb") as listing, self._file("spool", "w+b") as spool:
            with Parts(writer, LISTING, spool, manifest.listing) as parts:
                while (left := progress.listed - listing.tell()) > 0:
                    parts.write(listing.readline(left))
            text = manifest.to_json()
            writer.add(MANIFEST, iter([text]), len(text))
            writer.add(SEAL, iter([seal_of(text)]), len(seal_of(text)))
        writer.finish()
        progress.phase = WRITTEN

    def publish(self, progress: Progress) -> Published | None:
        """Read everything back and give the backup its name; a second call finds it done.

        Returns None after a dry run, which leaves nothing. Raises `ArchiveError` where what was
        written is not what is read; then it keeps its hidden place.
        """
        if self.dry_run:
            self.discard()
            return None
        complete = progress.gaps == 0
        target = self.folder / file_name(progress.stem, self.layout, complete=complete)
        there = target.exists()
        if not there:
            self._hold()
        verified = verify_archive(target if there else self.members)
        manifest = verified.manifest
        if (manifest.backup, manifest.account["schema_name"]) != (str(self.backup), self.schema):
            raise ArchiveError("other_backup", "Another backup has taken this one's name.")
        if not there:
            self.members.rename(target)
        sync_folder(self.folder)
        self.discard()
        return Published(target, manifest, verified.sha256)

    def discard(self) -> None:
        """Remove the hidden folder."""
        self.close()
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path)

    # --- Inside ----------------------------------------------------------------------------------

    def _require(self) -> None:
        if not self.path.is_dir():
            raise BackupRefusedError(
                "The unfinished backup is not where it was. All workers must see the same folder"
                " of backups. Starting again makes a new one.",
                code="unfinished_lost",
            )

    def _hold(self) -> None:
        """Keep others out: a process that lost its database may be writing still."""
        self._require()
        if self._lock is not None:
            return
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise BackupRefusedError(
                "Another process writes this backup at this moment.", code="elsewhere"
            ) from error
        self._lock = handle

    def _open(self, progress: Progress, *, fresh: bool = False) -> Writer:
        if fresh or (self._writer is not None and self._writer.position != progress.offset):
            self._drop_writer()
        if self._writer is None:
            self._writer = (
                NoWriter()
                if self.dry_run
                else open_writer(
                    self.members,
                    self.layout,
                    fresh=fresh,
                    position=progress.offset,
                    objects=progress.objects,
                )
            )
        return self._writer

    def _drop_writer(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()

    def _file(self, name: str, mode: str) -> IO[Any]:
        return (self.path / name).open(mode)

    def _keep(self, manifest: Manifest) -> None:
        with self._file("draft", "w") as draft:
            json.dump(asdict(manifest), draft)
            _settle(draft)
        sync_folder(self.path)

    def _kept(self) -> Manifest:
        with self._file("draft", "r") as draft:
            made = Manifest(**json.load(draft))
        made.tables = {name: TableStream(**one) for name, one in made.tables.items()}  # type: ignore[arg-type]
        made.shared = {name: TableStream(**one) for name, one in made.shared.items()}  # type: ignore[arg-type]
        made.listing = Stream()
        return made


def hidden_prefix(schema: str) -> str:
    """Return how the hidden folders of a clinic begin; no other clinic's begin like this."""
    return f"{HIDDEN}{schema}-"


def _settle(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())
