"""Reading a backup from its first to its last byte and comparing it with what it says of itself."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backups.errors import ArchiveError
from backups.format import (
    HEX,
    LISTING,
    LONGEST_LINE,
    LONGEST_ROW,
    MANIFEST,
    SEAL,
    Entry,
    Manifest,
    Stream,
    is_sound_key,
    part_name,
)
from backups.readers import Reader, Window, chunks_of, open_reader, read_manifest, sha256_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Verified:
    """A backup whose every byte has been read and is as its manifest says."""

    path: Path
    reader: Reader
    manifest: Manifest
    sha256: str  # of the manifest, and through it of everything


def verify_archive(path: Path, *, sha256: str = "", say: Say = lambda _: None) -> Verified:
    """Read a whole backup. Raises `ArchiveError`, whose code and text name what is wrong.

    `sha256` is what the manifest's hash must be, where somebody noted it.
    """
    reader = open_reader(path)
    text = read_manifest(reader)
    found = hashlib.sha256(text).hexdigest()
    if sha256 and sha256.strip().lower() != found:
        raise ArchiveError("wrong_sha256", f"The manifest's SHA-256 is {found}, not the one given.")
    manifest = Manifest.from_json(text)
    _check_members(reader, manifest)
    for folder, stream in manifest.streams().items():
        _check_stream(reader, folder, stream)
    say(f"{sum(one.rows for one in manifest.tables.values())} rows are whole.")
    _check_objects(reader, manifest)
    say(f"{manifest.objects.count} objects are whole.")
    return Verified(path, reader, manifest, found)


def lines_of(reader: Reader, folder: str, stream: Stream) -> Iterator[bytes]:
    """Yield a stream's lines, each with its line break."""
    left: list[bytes] = []
    for chunk in stream_chunks(reader, folder, stream):
        first, *others = chunk.split(b"\n")
        left.append(first)
        for line in others:
            yield b"".join(left) + b"\n"
            left = [line]


def stream_chunks(reader: Reader, folder: str, stream: Stream) -> Iterator[bytes]:
    """Yield a stream's bytes; raise `ArchiveError` at the end where the hash is another.

    Each time anew: whoever can write to the archive may do so between two readings.
    """
    digest = hashlib.sha256()
    for number in range(1, stream.parts + 1):
        with reader.open(part_name(folder, number)) as window:
            for chunk in chunks_of(window):
                digest.update(chunk)
                yield chunk
    if digest.hexdigest() != stream.sha256:
        raise ArchiveError("wrong_hash", f"{folder} is not what it was when it was written.")


def entries(reader: Reader, manifest: Manifest) -> Iterator[Entry]:
    """Yield what the listing says of each document."""
    for line in lines_of(reader, LISTING, manifest.listing):
        yield Entry.from_line(line)


def entries_with_bytes(reader: Reader, manifest: Manifest) -> Iterator[tuple[Entry, Window]]:
    """Yield each entry that has bytes, with them."""
    objects = reader.each_object()
    for entry in entries(reader, manifest):
        if not entry.gap:
            window = next(objects, None)
            if window is None:
                raise ArchiveError("missing_member", "There are fewer objects than are listed.")
            yield entry, window


def _check_members(reader: Reader, manifest: Manifest) -> None:
    """Refuse members that the manifest does not name, and miss none that it does."""
    wanted = {MANIFEST, SEAL}
    for folder, stream in manifest.streams().items():
        if stream.parts > len(reader.members):
            raise ArchiveError("missing_member", f"Parts of {folder} are missing.")
        wanted |= {part_name(folder, number) for number in range(1, stream.parts + 1)}
    missing, extra = sorted(wanted - set(reader.members)), sorted(set(reader.members) - wanted)
    if missing:
        raise ArchiveError("missing_member", f"{missing[0]} is missing.")
    if extra:
        raise ArchiveError("extra_member", f"The manifest knows nothing of {extra[0]}.")
    if reader.objects != manifest.objects.count:
        code = "missing_member" if reader.objects < manifest.objects.count else "extra_member"
        raise ArchiveError(
            code, f"There are {reader.objects} objects, not {manifest.objects.count}."
        )


def _check_stream(reader: Reader, folder: str, stream: Stream) -> None:
    size, rows, last = 0, 0, b"\n"
    longest = LONGEST_LINE if folder == LISTING else LONGEST_ROW
    since = 0
    for chunk in stream_chunks(reader, folder, stream):
        size += len(chunk)
        rows += chunk.count(b"\n")
        last = chunk[-1:]
        since = since + len(chunk) if b"\n" not in chunk else len(chunk) - chunk.rindex(b"\n")
        if since > longest:
            code = "bad_listing" if folder == LISTING else "rows_refused"
            raise ArchiveError(code, f"A line of {folder} is longer than any can be.")
    if (size, rows, last) != (stream.bytes, stream.rows, b"\n"):
        raise ArchiveError("wrong_count", f"{folder} has other numbers of rows or bytes.")


def _check_objects(reader: Reader, manifest: Manifest) -> None:
    schema = manifest.account["schema_name"]
    count = size = gaps = 0
    objects = reader.each_object()
    for entry in entries(reader, manifest):
        if entry.gap:
            gaps += 1
            continue
        if not is_sound_key(entry.key, schema):
            raise ArchiveError("bad_listing", "An object's key leads out of its clinic.")
        count += 1
        window = next(objects, None)
        if window is None or entry.number != count:
            raise ArchiveError("bad_listing", f"Object {count} is not where it is listed.")
        if window.size != entry.size or sha256_of(window) != entry.sha256:
            raise ArchiveError("wrong_hash", f"Object {count} is not what it was.")
        size += entry.size
    said = manifest.objects
    if (count, size, gaps) != (said.count, said.bytes, said.gaps):
        raise ArchiveError("wrong_count", "The listing has other numbers than the manifest.")


def is_sha256(text: str) -> bool:
    return HEX.fullmatch(text.strip().lower()) is not None
