"""Importing documents and images from FileMaker: list the records, then bring in each file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Any, ClassVar

from django.db.models import Model

from documents.models import Document
from documents.services.importing import take_back_document
from filemaker.client import Client
from filemaker.entries import Entry, entries_of
from filemaker.environment import read_settings
from filemaker.fields import layout_map
from filemaker.models import Area, FileMakerRecord, RecordState
from filemaker.paging import PAGE, Walk
from filemaker.parameters import read_parameters, same_place
from filemaker.services.checking import Check
from filemaker.services.filing import Filer
from filemaker.services.importing import Importer
from filemaker.services.patience import Patience
from filemaker.services.reading import Reader
from filemaker.services.records import OPEN, forget_outcome, note_entries
from filemaker.services.selecting import id_in, open_records
from jobs.errors import ItemError, JobParametersError, StopRunError, TransientError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
    register,
)
from jobs.models import JobItem, SourceLink

SOURCE = "filemaker"


class FileMakerImport(ItemKind):
    """What both imports share. FileMaker is only read."""

    area: ClassVar[Area]
    concurrency = 2
    together = True
    max_failed_share = 1.0  # patients who are not here are no reason to leave out the others

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return read_parameters(cls.area, parameters)

    @property
    def source(self) -> str:
        return SOURCE

    def start(self) -> None:
        try:
            settings = read_settings()
        except JobParametersError as error:  # a worker without the command's environment
            raise StopRunError("not_configured", f"{error.field}: {error.detail}") from error
        if not same_place(self.parameters, settings):
            raise StopRunError(
                "other_database",
                "This process is set to another FileMaker server or database than the job.",
            )
        self.map = layout_map(self.area, self.parameters.get("field_map"))
        since = self.parameters.get("since")
        self._since = date.fromisoformat(since) if since else None
        self._limit: int | None = self.parameters.get("limit")
        self._only_failed = bool(self.parameters.get("only_failed"))
        self._metadata_only = bool(self.parameters.get("metadata_only"))
        self.client = Client(settings, rate=self._rate())
        self.reader, self.patience = Reader(self.client, self.map), Patience()
        self.importer = Importer(
            kind=self,
            area=self.area,
            reader=self.reader,
            patience=self.patience,
            filer=Filer(self, self.area, settings.zone),
        )

    def close(self) -> None:
        if hasattr(self, "client"):
            self.client.close()

    def _rate(self) -> float | None:
        """Return requests a second of this process; in the background there are several."""
        rate: float | None = self.parameters.get("rate")
        if rate is None or not self.job.background:
            return rate
        return rate / int(self.parameters.get("concurrency") or self.concurrency)

    # --- What there is ---------------------------------------------------------------------------

    def list_items(self) -> Iterator[NewItem]:
        with resumable():
            if self._only_failed:
                records = open_records(self.area, self.map)
                for row in records.iterator(chunk_size=1_000):
                    yield _item(row.source_id, row.record_id, row.mod_id, id_in(row, self.map))
                return
            walk, listed = self._walk(), self._listed_before()
            for entries in self._entries(walk):
                for entry in self._wanted(entries):
                    if self._limit is not None and listed >= self._limit:
                        return
                    listed += 1
                    yield _item_of(entry)
            self.say(f"{self.map.layout}: {walk.found:,} records in FileMaker, {listed:,} listed.")

    def _listed_before(self) -> int:
        """Return how many a limited job has of its number, from a run that was cut off."""
        if self._limit is None:
            return 0
        return JobItem.objects.filter(job=self.job).count()

    def _walk(self) -> Walk:
        name, key = self.map.layout, self.map.id
        return Walk(
            lambda offset, limit: self.client.page(name, offset=offset, limit=limit, sort=key)
        )

    def _entries(self, walk: Walk) -> Iterator[list[Entry]]:
        entries = entries_of(walk, self.map)
        while batch := list(islice(entries, PAGE)):
            for entry in batch:
                self.reader.require_fields(entry.record)
            yield [entry for entry in batch if self._is_recent(entry)]

    def _is_recent(self, entry: Entry) -> bool:
        """Say whether to take a record; one of which no day is known is taken."""
        day = entry.latest_day()
        return self._since is None or day is None or day >= self._since

    def _wanted(self, entries: list[Entry]) -> Iterable[Entry]:
        """Note the records of a page; with a limit leave out those that are settled or listed."""
        ids = [entry.source_id for entry in entries]
        if self.dry_run:
            known = {
                row.source_id: row for row in FileMakerRecord.objects.filter(source_id__in=ids)
            }
        else:
            known = note_entries(self.area, entries)
        if self._limit is None:
            return entries
        items = JobItem.objects.filter(job=self.job, source_id__in=ids)
        done = set(items.values_list("source_id", flat=True))
        done |= {name for name, row in known.items() if not _is_open(row)}
        return [entry for entry in entries if entry.source_id not in done]

    # --- A chunk at a stroke, or a chunk of one ---------------------------------------------------

    def process(self, item: WorkItem) -> Outcome:
        ((_, result),) = self.process_together([item])
        if isinstance(result, ItemError):
            raise result
        return result

    def process_together(
        self, items: Sequence[WorkItem]
    ) -> Iterator[tuple[WorkItem, Outcome | ItemError]]:
        if self._metadata_only:
            yield from _seen(items)
            return
        try:
            yield from self.importer.import_all(items)
        except TransientError as error:  # FileMaker does not even tell what there is
            self.patience.note(error)
            raise

    # --- What has become of it -------------------------------------------------------------------

    def reconcile(self) -> Reconciliation:
        gaps: list[Gap] = []
        report: dict[str, Any] = {}
        whole = not self._only_failed and self._limit is None
        if whole:
            with resumable():
                report = self._compare_listing(gaps)
        check = Check(self, self.area, self.map.layout, whole=whole)
        if not self.dry_run and not self._metadata_only:
            check.run()
        return Reconciliation((*gaps, *check.gaps), {**report, **check.report()})

    def _compare_listing(self, gaps: list[Gap]) -> dict[str, Any]:
        """List FileMaker once more: each record must be an item of this job.

        Starting the job again lists what is not, and does it.
        """
        walk, unreadable = self._walk(), 0
        for entries in self._entries(walk):
            unreadable += sum(entry.has_unreadable_date for entry in entries)
            ids = [entry.source_id for entry in entries]
            items = JobItem.objects.filter(job=self.job, source_id__in=ids)
            known = set(items.values_list("source_id", flat=True))
            late = [entry for entry in entries if entry.source_id not in known]
            detail = "It has come since the listing. Start the job again."
            gaps += [Gap(entry.source_id, "listed_late", detail) for entry in late]
        if walk.seen < walk.found:
            missing = walk.found - walk.seen
            gaps.append(Gap(self.map.layout, "pages_incomplete", f"{missing} never came."))
        return {"found_in_filemaker": walk.found, "unreadable_dates": unreadable}

    def undo(self, link: SourceLink, target: Model | None) -> None:
        if isinstance(target, Document):
            take_back_document(target)
            forget_outcome(target)


@register
class FileMakerDocuments(FileMakerImport):
    name = "filemaker_documents"
    title = "FileMaker: documents"
    area = Area.DOCUMENTS


@register
class FileMakerImages(FileMakerImport):
    name = "filemaker_images"
    title = "FileMaker: images"
    area = Area.IMAGES


@contextmanager
def resumable() -> Iterator[None]:
    """Interrupt a run whose listing fails for now; nothing of it counts as tried."""
    try:
        yield
    except TransientError as error:
        raise StopRunError(error.code, f"{error.detail} Start it again to go on.") from error


def _is_open(row: FileMakerRecord) -> bool:
    return row.state in OPEN or (
        row.state == RecordState.IMPORTED and row.done_mod_id != row.mod_id
    )


def _seen(items: Sequence[WorkItem]) -> Iterator[tuple[WorkItem, Outcome]]:
    """Say of records that were only listed how they stand."""
    names = [item.source_id for item in items]
    known = FileMakerRecord.objects.filter(source_id__in=names)
    states = dict(known.values_list("source_id", "state"))
    for item in items:
        state = states.get(item.source_id)
        if state is None or state in OPEN:
            yield item, Done(state or "listed")
        else:
            yield item, Skipped(state)


def _item_of(entry: Entry) -> NewItem:
    record = entry.record
    return _item(entry.source_id, record.record_id, record.mod_id, entry.filemaker_id)


def _item(source_id: str, record_id: str, mod_id: str, filemaker_id: str) -> NewItem:
    return NewItem(source_id, {"record_id": record_id, "mod_id": mod_id, "id": filemaker_id})
