"""One record on its way in: what is known of it, its containers' files, and what to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from documents.models import Document
from documents.services.importing import QUARANTINED, outcome_code
from filemaker.entries import Entry
from filemaker.models import FileMakerRecord, RecordState
from filemaker.services.filing import Filing
from filemaker.services.records import Noted
from jobs.errors import ItemError
from jobs.kinds import Done, Outcome, Skipped, WorkItem
from jobs.models import SourceLink
from patients.models import Patient

IMPORTED, NEW_VERSION, THERE = "imported", "new_version", "already_there"
REMOVED, EMPTY, GONE = "removed_here", "empty_container", "gone_from_filemaker"


@dataclass
class Part:
    """A repetition of the containers that holds a file. `here`: the document that came of it."""

    source_id: str
    repetition: int
    link: SourceLink | None = None
    here: Document | None = None
    filing: Filing | None = None  # what is to be filed
    code: str = ""  # what became of it
    document: Document | None = None


@dataclass
class Undertaking:
    """A record. `row` is what was known of it, `noted` what is to be written there."""

    item: WorkItem
    row: FileMakerRecord | None
    entry: Entry | None = None
    matched: Patient | None = None  # by the contact that it names
    was_empty: bool = False
    link: SourceLink | None = None
    is_here: bool = False
    parts: list[Part] = field(default_factory=list)
    result: Outcome | ItemError | None = None
    noted: Noted | None = None

    @property
    def outcome(self) -> Outcome | ItemError:
        if self.result is None:
            raise LookupError("Nothing has been said of this record yet.")
        return self.result

    def begin(self, job_begun: datetime, patients: Mapping[str, Patient]) -> None:
        """Take in what has been read."""
        if self.entry is None:
            return
        self.matched = patients.get(self.entry.contact_id)
        row = self.row
        self.was_empty = (  # when the job began; not noted so by an attempt that was cut off
            row is not None and row.state == RecordState.EMPTY and row.updated_at < job_begun
        )
        name = self.entry.source_id
        self.parts = [
            Part(name if number == 1 else f"{name}({number})", number)
            for number in self.entry.repetitions()
        ]

    def patient(self) -> Patient:
        """Return whose it is. Raises `ItemError("unmatched")`."""
        chosen = self.row.patient if self.row is not None and self.row.assigned_by_id else None
        patient = chosen or self.matched
        if patient is None:
            raise ItemError(
                "unmatched",
                "No patient has the FileMaker id that the record names.",
                "Choose the patient among the FileMaker records, then import with --only-failed.",
            )
        return patient

    def settle(self, result: Outcome, state: RecordState, **more: Any) -> None:
        self.result = result
        self.noted = Noted(self.item.source_id, state, **more)

    def tell(self) -> None:
        """Say what has become of it, from what became of its files."""
        codes = {part.code for part in self.parts} - {""}
        documents = [part.document for part in self.parts if part.document is not None]
        facts: dict[str, Any] = {"documents": [str(one.pk) for one in documents]}
        if not codes:
            self._tell_empty()
        elif codes == {REMOVED}:
            self.settle(Skipped(REMOVED), RecordState.REMOVED, code=REMOVED)
        else:
            first = documents[0]
            said = next((code for code in (NEW_VERSION, IMPORTED) if code in codes), "")
            if said and any(outcome_code(one, said) == QUARANTINED for one in documents):
                said = QUARANTINED
            self.settle(
                Done(said, facts) if said else Skipped(THERE, facts),
                RecordState.IMPORTED,
                patient_id=first.patient_id,
                document_id=first.pk,
                done_mod_id=self.entry.record.mod_id if self.entry is not None else None,
            )

    def _tell_empty(self) -> None:
        if self.link is not None:  # it was imported, and emptied in FileMaker since
            self.result = Skipped(THERE if self.is_here else REMOVED)
            return
        result = Skipped(EMPTY) if self.was_empty else Done(EMPTY)
        self.settle(result, RecordState.EMPTY, code=EMPTY)
