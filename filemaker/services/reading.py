"""Reading records, and the files in them, as FileMaker has them now."""

from collections.abc import Sequence
from dataclasses import dataclass

from filemaker.client import Client, Record
from filemaker.containers import Download
from filemaker.entries import Entry, address_in, missing_fields, usable_id
from filemaker.errors import FIELD_MAP_REMEDY, RecordMissingError
from filemaker.fields import LayoutMap
from jobs.errors import ItemError, StopRunError, TransientError
from jobs.kinds import WorkItem

SPARE = 100  # records beyond those asked for: several may have one id


@dataclass(frozen=True)
class Reader:
    """Reads records of one layout."""

    client: Client
    layout: LayoutMap

    def read_all(self, items: Sequence[WorkItem]) -> dict[str, Entry | ItemError]:
        """Read records with one request; return each, or why it cannot be read, by `source_id`.

        What the answer does not hold is read alone. Raises `StopRunError`, and `TransientError`
        where FileMaker is away, which says nothing of any one record.
        """
        found = self._asked_together(items)
        results: dict[str, Entry | ItemError] = {}
        for item in items:
            record = found.get(str(item.payload["record_id"]))
            if record is not None and usable_id(record, self.layout) == str(item.payload["id"]):
                self.require_fields(record)
                results[item.source_id] = Entry(item.source_id, record, self.layout)
                continue
            try:
                results[item.source_id] = self.read_again(item)
            except ItemError as error:
                if isinstance(error, TransientError) and len(items) > 1:
                    raise
                results[item.source_id] = error
        return results

    def _asked_together(self, items: Sequence[WorkItem]) -> dict[str, Record]:
        """Return records by their number; those without an id cannot be asked for together."""
        ids = sorted({str(item.payload["id"]) for item in items} - {""})
        if len(ids) < 2:  # noqa: PLR2004
            return {}
        limit = len(ids) + SPARE
        try:
            page = self.client.find(
                self.layout.layout, field=self.layout.id, values=ids, limit=limit
            )
        except TransientError:
            raise
        except ItemError:  # an id that a search does not take; by their numbers they can be read
            return {}
        return {record.record_id: record for record in page.records}

    def read_again(self, item: WorkItem) -> Entry:
        """Read the record as it is now: by its number, or by its id where that has changed.

        Tables that were filled again have new numbers, and an old one may be another record's.
        Raises `RecordMissingError`, `StopRunError("field_missing")`.
        """
        expected = str(item.payload["id"])
        record: Record | None = None
        try:
            record = self.client.record(self.layout.layout, str(item.payload["record_id"]))
        except RecordMissingError:
            record = None
        if record is not None:
            self.require_fields(record)
        if record is None or usable_id(record, self.layout) != expected:
            record = self._by_id(item, expected)
        return Entry(item.source_id, record, self.layout)

    def require_fields(self, record: Record) -> None:
        """Stop where the layout lacks a field of the map: it would look like an empty one."""
        missing = missing_fields(record, self.layout)
        if missing:
            raise StopRunError(
                "field_missing",
                f"The layout {self.layout.layout} has no {', '.join(missing)}. {FIELD_MAP_REMEDY}",
            )

    def download(
        self, entry: Entry, repetition: int, *, limit: int
    ) -> tuple[Record, Download | None]:
        """Get the file in a repetition of the containers, and the record that it is of.

        None where it has been emptied at this moment. The caller closes the download.
        """
        payload = {
            "record_id": entry.record.record_id,
            "mod_id": entry.record.mod_id,
            "id": entry.filemaker_id,
        }
        item = WorkItem(entry.source_id, payload)
        return self.client.read_container(
            entry.record,
            address_in=lambda record: address_in(record, self.layout, repetition),
            again=lambda: self.read_again(item).record,
            limit=limit,
        )

    def _by_id(self, item: WorkItem, expected: str) -> Record:
        if item.source_id != f"{self.layout.layout}/{expected}" or not expected:
            raise RecordMissingError  # one of several with this id, known by its number only
        page = self.client.find(self.layout.layout, field=self.layout.id, values=[expected])
        same = [one for one in page.records if usable_id(one, self.layout) == expected]
        if not same:
            raise RecordMissingError
        self.require_fields(same[0])
        return min(same, key=lambda one: (len(one.record_id), one.record_id))
