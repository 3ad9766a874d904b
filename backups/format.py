"""The format of a backup: its members' names, and the manifest that names and hashes all the rest.

A backup is a tar file or a folder of the same members, in this order:

    tables/<table>/<part>       the table's rows as PostgreSQL's COPY writes them
    shared/<what>/<part>        the logins and memberships that the rows refer to, likewise
    objects/<thousand>/<number> the bytes of the documents, as the store holds them
    listing/<part>              a line of JSON for each document that must have bytes
    manifest.json               everything about the above: counts, sizes, SHA-256
    manifest.sha256             the manifest's own, as sha256sum writes and checks it

The manifest comes last, so a backup without one was never finished. Names are made of our own words
and numbers; object keys stand in the listing, where no unpacking program sees them.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from backups.errors import ArchiveError

VERSION = 1
SECOND_FACTOR = "second_factor_required"  # of a clinic; the oldest backups do not say
MADE_BY = "chartvault"
MANIFEST, SEAL, LISTING = "manifest.json", "manifest.sha256", "listing"
LONGEST_MANIFEST = 16 * 1024 * 1024  # bytes; a clinic of today's makes 30 KB
LONGEST_LINE = 16 * 1024  # bytes of a line of the listing
LONGEST_ROW = 512 * 1024 * 1024  # bytes; PostgreSQL's JSON ends at half of that
MEMBER = re.compile(
    r"manifest\.(?:json|sha256)|listing/\d{5}|(?:tables|shared)/[a-z][a-z0-9_]{0,62}/\d{5}"
    r"|objects/\d{6}/\d{9}",
    re.ASCII,
)
KEY = re.compile(r"[a-z][a-z0-9_]{1,47}(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)+", re.ASCII)
LONGEST_KEY = 500  # characters, as the column
HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
SCHEMA = re.compile(r"[a-z][a-z0-9_]{1,47}", re.ASCII)
WORD = re.compile(r"[A-Za-z0-9_.-]{1,200}", re.ASCII)  # names of migrations, check values of keys
PLAIN = re.compile(r"[ -~]{0,255}", re.ASCII)  # what may stand in a header of an object


def table_folder(table: str) -> str:
    return f"tables/{table}"


def shared_folder(what: str) -> str:
    return f"shared/{what}"


def part_name(folder: str, number: int) -> str:
    return f"{folder}/{number:05}"


def object_name(number: int) -> str:
    """Return the name of the n-th object, counted from 1; a thousand lie in one folder."""
    return f"objects/{number // 1000:06}/{number:09}"


def seal_of(manifest: bytes) -> bytes:
    """Return the line that seals a manifest."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def is_sound_key(key: str, schema: str) -> bool:
    """Say whether an object's key lies under a clinic's prefix and leads nowhere else."""
    return (
        len(key) <= LONGEST_KEY
        and KEY.fullmatch(key) is not None
        and key.startswith(f"{schema}/")
        and ".." not in key
    )


@dataclass
class Stream:
    """Lines in any number of parts: how many there are, and the hash of all of them in a row."""

    parts: int = 0
    rows: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass
class TableStream(Stream):
    """A table. `content_types` and `object_keys` name columns that a restore translates."""

    columns: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    object_keys: list[str] = field(default_factory=list)
    counter: str = ""
    counted: int = 0  # where the column that numbers its rows itself stands


@dataclass
class Objects:
    """The documents' bytes: how many came along, and how many are missing or damaged."""

    count: int = 0
    bytes: int = 0
    gaps: int = 0


@dataclass
class Manifest:
    """What a backup says of itself. `complete` is True only when it lacks nothing."""

    backup: str  # the id of the job that made it
    taken_at: str  # of the snapshot, ISO 8601 in UTC
    complete: bool
    with_logins: bool
    account: dict[str, str]
    domains: list[str]
    migrations: list[list[str]]
    encryption: list[str]  # check values of the keys of encrypted columns (backups/keychecks.py)
    content_types: dict[str, str]  # id there: app.model
    tables: dict[str, TableStream]
    shared: dict[str, TableStream]
    listing: Stream
    objects: Objects
    format: int = VERSION
    made_by: str = MADE_BY

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a manifest strictly: nothing more, nothing less, each of its type."""
        try:
            raw = json.loads(text)
            json.dumps(raw, ensure_ascii=False).encode()  # no halves of characters, which JSON has
        except (ValueError, RecursionError) as error:
            raise ArchiveError("bad_manifest", "The manifest is no JSON.") from error
        if not isinstance(raw, dict) or raw.get("made_by") != MADE_BY:
            raise ArchiveError("not_a_backup", "This is no backup of a clinic.")
        if raw.get("format") != VERSION:
            raise ArchiveError(
                "unknown_format",
                f"The backup has format {str(raw.get('format'))[:20]!r}; this version reads"
                f" {VERSION}.",
            )
        made = _build(cls, raw, "manifest")
        made.tables = {name: _build(TableStream, one, name) for name, one in made.tables.items()}
        made.shared = {name: _build(TableStream, one, name) for name, one in made.shared.items()}
        made.listing = _build(Stream, made.listing, LISTING)
        made.objects = _build(Objects, made.objects, "objects")
        made.check()
        return made

    def check(self) -> None:
        """Refuse what no backup of ours says. Raises `ArchiveError("bad_manifest")`."""
        for name in (*self.tables, *self.shared):
            _expect(MEMBER.fullmatch(part_name(table_folder(name), 1)) is not None, "tables")
        for stream in self.streams().values():
            _expect(HEX.fullmatch(stream.sha256) is not None, "sha256")
            _expect(min(stream.parts, stream.rows, stream.bytes) >= 0, "counts")
        found = self.objects
        _expect(min(found.count, found.bytes, found.gaps) >= 0, "objects")
        _expect(found.count + found.gaps == self.listing.rows, "objects")
        _expect(self.complete == (found.gaps == 0), "complete")
        _expect(all(_is_migration(pair) for pair in self.migrations), "migrations")
        _expect(_texts(self.domains), "domains")
        _expect(_texts(self.encryption) and all(map(WORD.fullmatch, self.encryption)), "keys")
        for words in (self.account, self.content_types):
            _expect(_texts(words.keys()) and _texts(words.values()), "account")
        wanted = {"id", "schema_name", "name", "provider_scope", "time_zone", "locale", "status"}
        _expect(wanted <= set(self.account) <= {*wanted, SECOND_FACTOR}, "account")
        _expect(self.account.get(SECOND_FACTOR, "false") in {"false", "true"}, "account")
        _expect(SCHEMA.fullmatch(self.account["schema_name"]) is not None, "account")
        try:
            datetime.fromisoformat(self.taken_at)
            UUID(self.account["id"])
        except ValueError:
            _expect(False, "taken_at and the clinic's id")  # noqa: FBT003
        for table in (*self.tables.values(), *self.shared.values()):
            named = (table.columns, table.key, table.content_types, table.object_keys)
            _expect(all(_texts(one) for one in named), "columns")

    def streams(self) -> dict[str, Stream]:
        """Return all lines that the backup holds, by the folder of their parts, in their order."""
        return {
            **{table_folder(name): one for name, one in self.tables.items()},
            **{shared_folder(name): one for name, one in self.shared.items()},
            LISTING: self.listing,
        }


@dataclass(frozen=True)
class Entry:
    """A document that must have bytes. `number` 0 is a gap, and `gap` says why there are none."""

    key: str
    number: int
    size: int  # bytes, as stored
    sha256: str  # of the bytes as stored
    type: str
    retention: str
    gap: str = ""

    def to_line(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ArchiveError("bad_listing", "A line of the listing is no JSON.") from error
        found = _build(cls, raw, LISTING)
        sound = found.number >= 0 and found.size >= 0 and bool(found.gap) == (found.number == 0)
        sound = sound and all(map(PLAIN.fullmatch, (found.type, found.retention)))
        if not sound or not (HEX.fullmatch(found.sha256) if found.number else not found.sha256):
            raise ArchiveError("bad_listing", "A line of the listing contradicts itself.")
        return found


def _build(made: type[Any], raw: Any, where: str) -> Any:
    names = {one.name: one.type for one in fields(made)}
    if not isinstance(raw, dict) or set(raw) != set(names):
        raise ArchiveError("bad_manifest", f"{where[:80]} has other fields than it should have.")
    for name, value in raw.items():
        kind = getattr(names[name], "__origin__", names[name])
        wanted = kind if kind in {str, int, bool, list, dict} else dict
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise ArchiveError("bad_manifest", f"{where[:80]}: {name} is of the wrong type.")
    return made(**raw)


def _texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) and "\0" not in value for value in values)


def _is_migration(pair: Any) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2  # noqa: PLR2004  app and name
        and _texts(pair)
        and all(map(WORD.fullmatch, pair))
    )


def _expect(holds: bool, where: str) -> None:  # noqa: FBT001
    if not holds:
        raise ArchiveError("bad_manifest", f"What the manifest says of {where} cannot be.")
