"""From the ids of a backup to those of this installation, and back, line by line.

Ids of people are UUIDs, which mean nothing else anywhere. So they are translated wherever they
stand: in foreign keys, in JSON (who made a change), in arrays (what was looked at) and in texts
(the admin's log). Numbers of content types and keys of objects are translated in their columns.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from backups.format import TableStream

UUID = re.compile(
    rb"(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])"
)
NULL = rb"\N"


class UntranslatableError(ValueError):
    """A row holds what means nothing here: another clinic's object, an unknown kind of record."""


@dataclass(frozen=True)
class Translation:
    """Which ids and prefixes of a backup are others here. Only what differs is kept in memory."""

    schema: str  # there
    new_schema: str
    ids: dict[bytes, bytes] = field(default_factory=dict)  # as they are written, 36 characters
    content_types: dict[bytes, bytes] = field(default_factory=dict)  # all of them

    def back(self) -> "Translation":
        """Return the translation from here to there."""
        return Translation(
            schema=self.new_schema,
            new_schema=self.schema,
            ids={here: there for there, here in self.ids.items()},
            content_types={here: there for there, here in self.content_types.items()},
        )


def translator(translation: Translation, table: TableStream) -> Callable[[bytes], bytes]:
    """Return what translates a line of a table, as COPY writes it, with its line break.

    Raises `UntranslatableError` for a key of another clinic's and for unknown kinds of records.
    """
    ids = translation.ids
    content_types = [table.columns.index(name) for name in table.content_types]
    keys = [table.columns.index(name) for name in table.object_keys]
    old, new = f"{translation.schema}/".encode(), f"{translation.new_schema}/".encode()

    def known(found: re.Match[bytes]) -> bytes:
        return ids.get(found[0], found[0])

    def translate(line: bytes) -> bytes:
        if ids:
            line = UUID.sub(known, line)
        if content_types or keys:
            cells = line.rstrip(b"\n").split(b"\t")
            for at in content_types:
                cells[at] = _known_type(cells[at], translation.content_types)
            for at in keys:
                cells[at] = _moved(cells[at], old, new)
            line = b"\t".join(cells) + b"\n"
        return line

    return translate


def _moved(key: bytes, old: bytes, new: bytes) -> bytes:
    if key == NULL:
        return key
    if not key.startswith(old):
        raise UntranslatableError("the key of an object that is not the clinic's")
    return new + key.removeprefix(old)


def _known_type(number: bytes, known: dict[bytes, bytes]) -> bytes:
    if number == NULL:
        return number
    if number not in known:
        raise UntranslatableError("a kind of record that does not exist here")
    return known[number]
