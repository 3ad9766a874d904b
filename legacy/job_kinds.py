"""Moving an old system in: its patients and their records, then every file."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from documents.services.importing import QUARANTINED
from jobs.errors import ItemError, JobParametersError
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
from jobs.models import ItemState, JobItem, SourceLink
from legacy.address import parse_address
from legacy.analysis import OldUser, Teller, tell_analysis, users_of
from legacy.connections import Connections, away
from legacy.errors import SourceError, UploadsError
from legacy.files import Uploads
from legacy.invite_kind import LegacyInvites
from legacy.listing import FileRow, Listing
from legacy.naming import read_parameters
from legacy.progress import Progress
from legacy.schema import ENTITY_FILES, LAB_FILES, PATIENTS, record_tables, what_is_missing
from legacy.services.checking import Check
from legacy.services.filing import MOVED, Filer
from legacy.services.moving import REMOVED, Mover
from legacy.services.recognising import refuse_second_name
from legacy.services.transition import begin_transition
from legacy.services.undoing import take_back
from legacy.source import OldSystem

MOST_UNLISTED = 1_000  # in the report; the number of all stands beside
FILES = (LAB_FILES, ENTITY_FILES)


register(LegacyInvites)


@register
class LegacyLabResultFiles(ItemKind):
    """Moves an old single-clinic system in; its database and its files are only read."""

    name = "legacy_lab_result_files"
    title = "Old system: patients, records and files"
    concurrency = 1  # its operators read the lines user by user
    together = True
    chunk = 50
    max_failed_share = 1.0  # each file has its own reason; a wrong folder is told apart before

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        cleaned = read_parameters(parameters)
        folder = str(parameters.get("uploads") or "")
        if not folder:
            raise UploadsError("Give the old system's folder of files.")
        uploads = Uploads(folder)  # raises where it is none
        uploads.close()
        size = parameters.get("batch_size", 100)
        if not isinstance(size, int) or not 1 <= size <= 10_000:  # noqa: PLR2004
            raise JobParametersError("Choose from 1 to 10,000.", field="batch_size")
        with OldSystem(parse_address(cleaned["source"])) as old:
            if missing := what_is_missing(old.tables):
                raise SourceError(f"The old system lacks {', '.join(missing)}.")
        return {**cleaned, "uploads": str(Path(folder).resolve()), "batch_size": size}

    @property
    def source(self) -> str:
        return str(self.parameters["source_name"])

    def start(self) -> None:
        self._systems = Connections(self.parameters["source"])
        self._uploads = Uploads(self.parameters["uploads"])
        self._lock = threading.RLock()
        self._listing: Listing | None = None
        self._analysis: dict[str, Any] = {}
        self.teller = Teller(self.say, names=not self.job.background)
        self.progress = Progress(self.teller, self.parameters["batch_size"])
        if not self.dry_run:
            begin_transition(self.source)

    def close(self) -> None:
        if hasattr(self, "_systems"):
            self._systems.close()
        if getattr(self, "_listing", None) is not None:
            self._listing.close()  # type: ignore[union-attr]
        if hasattr(self, "_uploads"):
            self._uploads.close()

    # --- What there is ---------------------------------------------------------------------------

    def list_items(self) -> Iterator[NewItem]:
        with away():
            old, listing = self._old(), self._listed()
            self._refuse_wrong_folder(listing)
            refuse_second_name(self, listing, self._uploads)
            tell_analysis(old, listing, self.teller)
            for row in old.stream(PATIENTS):
                yield _item(PATIENTS, row["id"])
            for table in record_tables(old.tables):
                for row in old.stream(table.table):
                    yield _item(table.table, row["id"])
            for one in listing.files():
                if not one.twin:
                    yield NewItem(one.source_id, {"table": one.table, "id": one.id})

    def _refuse_wrong_folder(self, listing: Listing) -> None:
        total = listing.total()
        if total and listing.problems().get("file_missing") == total:
            raise ItemError(
                "wrong_folder",
                f"None of the {total:,} files is in the folder. Give the old system's own folder"
                " `uploads` with --uploads.",
            )

    # --- One after another -----------------------------------------------------------------------

    def process(self, item: WorkItem) -> Outcome:
        table, pk = str(item.payload["table"]), str(item.payload["id"])
        with away():
            if table not in FILES:
                return self._move_row(table, pk)
            return self._move_file(item, table, pk)

    def process_together(
        self, items: Sequence[WorkItem]
    ) -> Iterator[tuple[WorkItem, Outcome | ItemError]]:
        """Move the rows of a chunk one after another, and then its files at a stroke."""
        with away():
            files = []
            for item in items:
                if str(item.payload["table"]) in FILES:
                    files.append(item)
                    continue
                try:
                    yield item, self._move_row(str(item.payload["table"]), str(item.payload["id"]))
                except ItemError as error:
                    yield item, error
            yield from self._move_files(files)

    def _move_files(
        self, items: Sequence[WorkItem]
    ) -> Iterator[tuple[WorkItem, Outcome | ItemError]]:
        listing = self._listed()
        asked: list[tuple[WorkItem, FileRow]] = []
        for item in items:
            row = listing.file(str(item.payload["table"]), str(item.payload["id"]))
            if row is None:
                yield item, _row_gone()
                continue
            if not asked:
                self._tell_begin(row)
            asked.append((item, row))
        filer = Filer(self._mover(), self._uploads)
        results = filer.move_all([(row, listing.twins_of(row.source_id)) for _, row in asked])
        for (item, row), result in zip(asked, results, strict=True):
            self._tell_begin(row)
            self._tell(row, item, result)
            yield item, result

    def _tell(self, row: FileRow, item: WorkItem, result: Outcome | ItemError) -> None:
        """Count a file, unless it will be tried again."""
        if not isinstance(result, ItemError):
            self.progress.note(row.owner, moved=isinstance(result, Done), here=True)
        elif result.permanent or item.attempt >= self.max_attempts:
            self.progress.note(row.owner, moved=False, here=False)

    def _move_row(self, table: str, pk: str) -> Outcome:
        known = self.known(f"{table}:{pk}")
        code = "patient_moved" if table == PATIENTS else "record_moved"
        if known is not None:
            return Done(code) if isinstance(known, Done) else known
        mover = self._mover()
        try:
            if table == PATIENTS:
                mover.patient(pk)
            else:
                mover.record(table, pk)
        except ItemError as error:
            if error.code == REMOVED:
                return Skipped(REMOVED)  # with the patient
            raise
        return Done(code)

    def _move_file(self, item: WorkItem, table: str, pk: str) -> Outcome:
        listing = self._listed()
        row = listing.file(table, pk)
        if row is None:
            raise _row_gone()
        self._tell_begin(row)
        filer = Filer(self._mover(), self._uploads)
        (result,) = filer.move_all([(row, listing.twins_of(row.source_id))])
        self._tell(row, item, result)
        if isinstance(result, ItemError):
            raise result
        return result

    def _tell_begin(self, row: FileRow) -> None:
        with self._lock:
            if self.progress.knows(row.owner):
                return
            counts = self._listed().counts_of(row.owner)
            user = self._old().row("users", row.owner) if row.owner else None
            email = str((user or {}).get("email") or "")
            self.progress.begin(OldUser(row.owner, email), total=sum(counts.values()))

    # --- What has become of it -------------------------------------------------------------------

    def reconcile(self) -> Reconciliation:
        with away():
            return self._reconcile()

    def _reconcile(self) -> Reconciliation:
        self._tell_summary()
        with self._lock:  # read again: the old system may have gone on meanwhile
            if self._listing is not None:
                self._listing.close()
                self._listing = None
        old, listing = self._old(), self._listed()
        report: dict[str, Any] = {"source": self.source, "files": listing.total()}
        report |= {"problems": listing.problems(), "owners": self._owners(old, listing)}
        report |= self._unlisted(listing)
        if self.dry_run:
            return Reconciliation(self._unaccounted(listing), report)
        self.say("")
        self.say("=== VERIFYING MULTI-USER MIGRATION INTEGRITY ===")
        check = Check(self, old, listing, self._uploads)
        check.run()
        check.tell()
        return Reconciliation(tuple(check.gaps), {**report, **check.report()})

    def _unaccounted(self, listing: Listing) -> tuple[Gap, ...]:
        """Return the rows that a dry run has not looked at."""
        seen = JobItem.objects.filter(job=self.job)
        return tuple(
            Gap(row.source_id, "not_accounted")
            for row in listing.files()
            if not row.twin and not seen.filter(source_id=row.source_id).exists()
        )

    def _tell_summary(self) -> None:
        items = JobItem.objects.filter(job=self.job)
        files = items.filter(payload__table__in=FILES)
        moved = files.filter(state=ItemState.DONE, code=MOVED).count()
        failed = items.filter(state=ItemState.FAILED).order_by("id")
        number = failed.count()
        self.say("")
        self.say("=== MIGRATION SUMMARY ===")
        self.say(f"Total files processed: {moved:,}")
        if held := files.filter(state=ItemState.DONE, code=QUARANTINED).count():
            self.say(f"In the quarantine, as the scanner did not let them in: {held:,}")
        self.say(f"Migration errors: {number:,}")
        for item in failed[:50]:
            self.say(f"  {item.source_id}: {item.code}")

    def _owners(self, old: OldSystem, listing: Listing) -> dict[str, list[str]]:
        """Return which old user looked after which patients: nobody gets in by the move itself."""
        found = {}
        for user in users_of(old, listing):
            found[user.id] = [patient.id for patient in user.patients]
        return found

    def _unlisted(self, listing: Listing) -> dict[str, Any]:
        """Return the files that no row names: nobody's, so they are moved by nobody."""
        counts: Counter[str] = Counter()
        shown: list[dict[str, str]] = []
        for place, reason in listing.unlisted(self._uploads):
            counts[reason] += 1
            if len(shown) < MOST_UNLISTED:
                shown.append({"path": "/".join(place), "reason": reason})
        return {"unlisted": dict(counts), "unlisted_files": shown}

    def undo(self, link: SourceLink, target: Any) -> None:
        take_back(link, target)

    # --- What is open ----------------------------------------------------------------------------

    def _old(self) -> OldSystem:
        return self._systems.mine()

    def _mover(self) -> Mover:
        return Mover(self, self._old(), ZoneInfo(self.parameters["time_zone"]))

    def _listed(self) -> Listing:
        with self._lock:
            if self._listing is None:
                listing = Listing()
                listing.read(self._old(), self._uploads)
                self._listing = listing
            return self._listing


def _row_gone() -> ItemError:
    return ItemError("file_missing", "Its row has been removed from the old system since.")


def _item(table: str, pk: Any) -> NewItem:
    return NewItem(f"{table}:{pk}", {"table": table, "id": str(pk)})
