"""Records of FileMaker are imported: each file once, and a word on what became of each record.

A chunk of records shares its requests, queries and transactions; a record alone is a chunk of one.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

from documents.models import Document
from documents.services.announcing import OCCUPIED
from documents.services.importing import outcome_code
from filemaker.containers import Download
from filemaker.entries import Entry
from filemaker.errors import RecordMissingError
from filemaker.models import Area, FileMakerRecord, RecordState
from filemaker.services.filing import Filer, Filing
from filemaker.services.matching import patients_of
from filemaker.services.patience import Patience
from filemaker.services.reading import Reader
from filemaker.services.records import Noted, note_entries, note_outcomes
from filemaker.services.undertaking import (
    GONE,
    IMPORTED,
    NEW_VERSION,
    REMOVED,
    THERE,
    Part,
    Undertaking,
)
from jobs.errors import ItemError, StopRunError, TransientError
from jobs.kinds import Done, ItemKind, Outcome, Skipped, WorkItem
from jobs.models import SourceLink
from patients.models import Patient

IN_HAND = 32 * 1024 * 1024  # bytes of downloads before they are filed; they are spooled to disk
IN_TIME = 10.0  # seconds; what a slow server has not given by then is done one by one
Results = Iterator[tuple[WorkItem, Outcome | ItemError]]


class Importer:
    """Imports records of one layout, for one job."""

    def __init__(
        self,
        *,
        kind: ItemKind,
        area: Area,
        reader: Reader,
        filer: Filer,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kind, self.area, self.reader, self.filer = kind, area, reader, filer
        self.patience, self.clock = patience, clock

    def import_all(self, items: Sequence[WorkItem]) -> Results:
        """Import records; yield what became of each, or why it could not be imported.

        The reasons are `unmatched`, a refusal of the file and the like. Where the server is slow
        it ends early: who is not yielded is still to be done. Raises `StopRunError`, after
        filing and yielding what has been downloaded, and `TransientError`.
        """
        left = deque(self._begun(items))
        begun = self.clock()
        while left:
            with ExitStack() as files:
                hand, stopped = self._gathered(left, files, begun)
                self._file(hand)
            self._note(hand)
            yield from ((one.item, one.outcome) for one in hand)
            if stopped is not None:
                raise stopped
            if self._is_late(begun):
                return

    def _is_late(self, begun: float) -> bool:
        return self.clock() - begun > IN_TIME

    # --- What is known, here and in FileMaker ----------------------------------------------------

    def _begun(self, items: Sequence[WorkItem]) -> list[Undertaking]:
        """Look up and read all; those of which there is nothing to do have their result."""
        names = [item.source_id for item in items]
        rows = {
            row.source_id: row
            for row in FileMakerRecord.objects.select_related("patient").filter(source_id__in=names)
        }
        work = [Undertaking(item, rows.get(item.source_id)) for item in items]
        links = self.kind.links(names)
        here = documents_of(links.values())
        for one in work:
            self._settle(one, links.get(one.item.source_id), here)
        self._read([one for one in work if one.result is None], links)
        return work

    def _settle(self, one: Undertaking, link: SourceLink | None, here: dict[Any, Document]) -> None:
        """Say of a record whose files are all here as of its present state that it is done."""
        row, listed = one.row, str(one.item.payload["mod_id"])
        if row is None or link is None or row.state != RecordState.IMPORTED:
            return
        if not listed or row.done_mod_id != listed:
            return
        if link.target_id not in here:
            one.settle(Skipped(REMOVED), RecordState.REMOVED, code=REMOVED)
            return
        facts = {"documents": [str(link.target_id)]}
        mine = link.job_id == self.kind.job.pk
        said = outcome_code(here[link.target_id], IMPORTED)
        one.result = Done(said, facts) if mine else Skipped(THERE, facts)

    def _read(self, work: list[Undertaking], links: dict[str, SourceLink]) -> None:
        """Read the records, note what they say, and find what has come of their containers."""
        if not work:
            return
        found = self.reader.read_all([one.item for one in work])
        for one in work:
            entry = found[one.item.source_id]
            if isinstance(entry, RecordMissingError):
                one.settle(Skipped(GONE), RecordState.GONE, code=GONE)
            elif isinstance(entry, ItemError):
                one.result = entry
            else:
                one.entry = entry
        read = [one for one in work if one.entry is not None]
        entries = [one.entry for one in read if one.entry is not None]
        patients = patients_of(entry.contact_id for entry in entries)
        if entries and not self.kind.dry_run:
            rows = note_entries(self.area, entries, patients)
            for one in read:
                one.row = rows[one.item.source_id]
        self._find_parts(read, links, patients)

    def _find_parts(
        self,
        read: list[Undertaking],
        links: dict[str, SourceLink],
        patients: dict[str, Patient],
    ) -> None:
        for one in read:
            one.begin(self.kind.job.created_at, patients)
        names = {part.source_id for one in read for part in one.parts}
        links |= self.kind.links(names - links.keys()) if names - links.keys() else {}
        here = documents_of(links.values())
        for one in read:
            one.link = links.get(one.item.source_id)
            one.is_here = one.link is not None and one.link.target_id in here
            for part in one.parts:
                part.link = links.get(part.source_id)
                if part.link is not None:
                    part.here = here.get(part.link.target_id)

    # --- Downloads -------------------------------------------------------------------------------

    def _gathered(
        self, left: deque[Undertaking], files: ExitStack, begun: float
    ) -> tuple[list[Undertaking], StopRunError | None]:
        """Take records off and download what they need, until enough is in hand."""
        hand: list[Undertaking] = []
        size = 0
        while left and size < IN_HAND:
            if hand and self._is_late(begun):
                break
            try:
                size += self._download_all(left[0], files)
                hand.append(left.popleft())
                result = hand[-1].result
                self.patience.note(result if isinstance(result, ItemError) else None)
            except StopRunError as error:
                return hand, error
        return hand, None

    def _download_all(self, one: Undertaking, files: ExitStack) -> int:
        """Download what has not come yet; return how many bytes that were."""
        size = 0
        if one.result is not None or one.entry is None:
            return size
        try:
            for part in one.parts:
                size += self._download(one, one.entry, part, files)
        except RecordMissingError:
            one.settle(Skipped(GONE), RecordState.GONE, code=GONE)  # at this moment
        except ItemError as error:
            one.result = error
        return size

    def _download(self, one: Undertaking, entry: Entry, part: Part, files: ExitStack) -> int:
        link = part.link
        if link is not None and part.here is None:
            part.code = REMOVED
            return 0
        if link is not None and link.facts.get("mod_id") == entry.record.mod_id != "":
            part.code = IMPORTED if link.job_id == self.kind.job.pk else THERE
            part.document = part.here
            return 0
        patient = part.here.patient if part.here is not None else one.patient()
        limit = self.filer.limit
        record, found = self.reader.download(entry, part.repetition, limit=limit)
        if found is None:
            return 0  # emptied at this moment
        files.enter_context(closing(found.content))  # type: ignore[type-var]
        self._plan(part, replace(entry, record=record), patient, found)
        return found.content.size

    def _plan(self, part: Part, entry: Entry, patient: Any, found: Download) -> None:
        """Say what is to become of a download, unless it is what is here already.

        A file that was replaced in FileMaker since comes in beside the earlier one: which of the
        two holds is for people to say.
        """
        code, source_id = IMPORTED, part.source_id
        if part.here is not None:
            if found.content.sha256 in self._versions(source_id):
                part.code, part.document = THERE, part.here
                return
            code, source_id = NEW_VERSION, f"{source_id}@{found.content.sha256[:16]}"
        part.code = code
        part.filing = Filing(entry, source_id, patient, found)

    def _versions(self, source_id: str) -> set[str]:
        """Return the hashes of all that has come from one container, removed ones included."""
        links = SourceLink.objects.filter(source=self.kind.source)
        own = links.filter(source_id=source_id) | links.filter(
            source_id__startswith=f"{source_id}@"
        )
        return {str(link.facts.get("sha256")) for link in own}

    # --- What becomes of them --------------------------------------------------------------------

    def _file(self, hand: list[Undertaking]) -> None:
        """Make documents of the downloads; what is wrong with one touches none of the others."""
        asked = [
            (one, part, part.filing)
            for one in hand
            for part in one.parts
            if part.filing is not None
        ]
        filed = self.filer.file_all([filing for _, _, filing in asked])
        for (one, part, filing), result in zip(asked, filed, strict=True):
            if isinstance(result, ItemError):
                one.result = one.result or result
                continue
            part.document, made = result
            if not made and not self._is_ours(filing.source_id):
                part.code = THERE  # another job was faster
        for one in hand:
            if one.result is None:
                one.tell()

    def _is_ours(self, source_id: str) -> bool:
        """Say whether this job made it: a worker that was killed may be heard of late."""
        link = self.kind.link(source_id)
        return link is not None and link.job_id == self.kind.job.pk

    def _note(self, hand: list[Undertaking]) -> None:
        if self.kind.dry_run:
            return
        note_outcomes([noted for one in hand if (noted := self._noted(one)) is not None])

    def _noted(self, one: Undertaking) -> Noted | None:
        error = one.result
        if not isinstance(error, ItemError):
            return one.noted
        source_id = one.item.source_id
        if isinstance(error, TransientError):
            if one.item.attempt < self.kind.max_attempts:
                return None
            return Noted(source_id, RecordState.FAILED, code="gave_up")
        if error.code == "unmatched":
            return Noted(source_id, RecordState.UNMATCHED)
        return Noted(source_id, RecordState.FAILED, code=error.code)


def documents_of(links: Any) -> dict[Any, Document]:
    """Return the documents that links lead to, but for those that people have removed."""
    found = Document.objects.select_related("patient").filter(
        pk__in=[link.target_id for link in links], state__in=OCCUPIED
    )
    return {one.pk: one for one in found}
