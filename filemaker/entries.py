"""A record of FileMaker read through the field map."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from filemaker.client import Record
from filemaker.dates import read_date, read_moment
from filemaker.fields import LayoutMap

LONGEST_ID = 60  # characters; a name in the ledger has 200 with layout and numbers
LONGEST_CONTACT = 100
LONGEST_TYPE = 200
# What we add to names in the ledger: an id of this form could be taken for another record's file.
_OURS = re.compile(r"(?:\(\d+\)|#[^#]*|@[0-9a-f]{16})\Z")
_REPETITION = re.compile(r"(?P<name>.+)\((?P<number>[1-9]\d{0,3})\)\Z", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """A record and what it is called in the ledger: `API_Docs/<id>`.

    Where several records have one id, the first keeps it and the others get their record number
    with it; the same goes for records without a usable id. So none of them hides another.
    """

    source_id: str
    record: Record
    map: LayoutMap

    @property
    def filemaker_id(self) -> str:
        return usable_id(self.record, self.map)

    @property
    def contact_id(self) -> str:
        return text_of(self.record, self.map.contact)[:LONGEST_CONTACT]

    @property
    def type(self) -> str:
        return " ".join(text_of(self.record, self.map.type).split())[:LONGEST_TYPE]

    @property
    def date(self) -> dt.date | None:
        return read_date(text_of(self.record, self.map.date))

    @property
    def has_unreadable_date(self) -> bool:
        return bool(text_of(self.record, self.map.date)) and self.date is None

    @property
    def file_name(self) -> str:
        return text_of(self.record, self.map.name)

    def created(self, zone: ZoneInfo) -> dt.datetime | None:
        return read_moment(text_of(self.record, self.map.created), zone)

    def latest_day(self) -> dt.date | None:
        """Return the last day on which anything is known to have happened to the record."""
        names = (self.map.date, self.map.created, self.map.modified)
        known = [read_date(text_of(self.record, name)) for name in names if name]
        return max((day for day in known if day is not None), default=None)

    def repetitions(self) -> list[int]:
        """Return which repetitions of the containers hold a file; most often that is `[1]`."""
        return sorted(
            {number for number, _, address in _containers(self.record, self.map) if address}
        )

    def content(self) -> str:
        """Return all fields as JSON but the containers' addresses, which are never kept."""
        addresses = {key for _, key, _ in _containers(self.record, self.map)}
        kept = {key: value for key, value in self.record.fields.items() if key not in addresses}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def missing_fields(record: Record, layout: LayoutMap) -> list[str]:
    """Return which fields of the map the layout does not give.

    A container that is not there would look like an empty one, and its files would be missed.
    """
    there = {_split(key)[0] for key in record.fields}
    wanted = (layout.id, layout.contact, layout.type, layout.date, layout.name, *layout.containers)
    return [name for name in wanted if name and name not in there]


def address_in(record: Record, layout: LayoutMap, repetition: int) -> str:
    """Return the address of the best picture (or the document) of a repetition; "" if empty."""
    found = {
        key: address for number, key, address in _containers(record, layout) if number == repetition
    }
    plain = {_split(key)[0]: address for key, address in found.items() if address}
    return next((plain[name] for name in layout.containers if name in plain), "")


def entries_of(records: Iterable[Record], layout: LayoutMap) -> Iterator[Entry]:
    """Name the records, which come in the order of their id."""
    same: list[Record] = []
    for record in records:
        if same and text_of(record, layout.id) != text_of(same[0], layout.id):
            yield from _named(same, layout)
            same = []
        same.append(record)
    yield from _named(same, layout)


def text_of(record: Record, name: str) -> str:
    """Return a field's text without the space around it; "" where it is empty or not there."""
    value = record.fields.get(name, record.fields.get(f"{name}(1)", "")) if name else ""
    # NUL cannot be stored, and a lone half of a character cannot be written.
    text = "" if value is None else str(value).replace("\0", "")
    return text.encode("utf-8", "replace").decode().strip()


def usable_id(record: Record, layout: LayoutMap) -> str:
    """Return the record's id, "" where it has none that can name it."""
    known = text_of(record, layout.id)
    usable = len(known) <= LONGEST_ID and known.isprintable() and not _OURS.search(known)
    return known if usable else ""


def _named(same: list[Record], layout: LayoutMap) -> Iterator[Entry]:
    for number, record in enumerate(sorted(same, key=_number)):
        known = usable_id(record, layout)
        name = known if known and number == 0 else f"{known}#{record.record_id}"
        yield Entry(f"{layout.layout}/{name}", record, layout)


def _number(record: Record) -> tuple[int, str]:
    plain = record.record_id
    return (int(plain) if plain.isdecimal() else 0, plain)


def _containers(record: Record, layout: LayoutMap) -> Iterator[tuple[int, str, str]]:
    """Yield repetition, name of the field with it, and address, of each container."""
    for key in record.fields:
        name, number = _split(key)
        if name in layout.containers:
            yield number, key, text_of(record, key)


def _split(key: str) -> tuple[str, int]:
    match = _REPETITION.match(key)
    return (match["name"], int(match["number"])) if match else (key, 1)
