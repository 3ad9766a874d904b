"""What forbids that a patient is erased: holds, days to keep until, and how long charts are kept.

Documents go by their class (documents/retention.py); what was recorded by the same seven years as
clinical documents, from the day it was written down or happened, whichever is later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.errors import ConflictError
from backups.one_patient.graph import covered
from documents.models import ArchiveFile, ArchiveState, Document, DocumentState
from documents.retention import FOR_EVER, kept_until, recorded_until
from jobs.models import JobState

MOST = 200  # that are named; the number of all stands beside
HOLD, UNTIL, RETENTION, BUSY = "legal_hold", "retain_until", "retention", "in_progress"
GONE = (DocumentState.PURGED, DocumentState.REJECTED)  # of these no bytes are left to keep
COMING = (DocumentState.PENDING, DocumentState.VERIFYING)
HAPPENED = ("visit_date", "started_at", "performed_at", "assessed_on", "collected_at")
RECORDED = frozenset(
    {
        "medical_records.addendum",
        "medical_records.atreport",
        "medical_records.labresult",
        "medical_records.medicalrecord",
        "medical_records.procedure",
        "medical_records.visit",
    }
)


@dataclass(frozen=True)
class Duty:
    """One thing that is to be kept. `until` is its last day; None where there is no such day."""

    kind: str  # of record: `documents.document`
    id: UUID
    reason: str
    until: date | None = None

    def as_json(self) -> dict[str, Any]:
        until = self.until.isoformat() if self.until else None
        return {"kind": self.kind, "id": str(self.id), "reason": self.reason, "until": until}


class PatientKeptError(ConflictError):
    """The patient is not erased, and nothing was changed; `kept` names what is in the way."""

    code = "patient_kept"

    def __init__(self, duties: list[Duty], number: int) -> None:
        self.duties = duties
        days = [one.until for one in duties if one.until]
        last = f" The last of their days is {max(days)}." if days else ""
        super().__init__(
            f"{number} documents and records of this patient must be kept.{last}",
            extra={"number": number, "kept": [one.as_json() for one in duties]},
        )


def require_no_duties(patient_id: UUID) -> None:
    """Raise `PatientKeptError` where anything of a patient is to be kept."""
    named: list[Duty] = []
    number = 0
    for duty in duties_of(patient_id):
        number += 1
        if len(named) < MOST:
            named.append(duty)
    if number:
        raise PatientKeptError(named, number)


def duties_of(patient_id: UUID) -> Iterator[Duty]:
    """Yield what forbids an erasure; where the rows are locked, it stays so until the commit."""
    today = timezone.now().date()
    documents = Document.objects.filter(
        Q(patient_id=patient_id) | Q(batch__patient_id=patient_id)
    ).order_by("pk")
    for document in documents.iterator(chunk_size=500):
        yield from _of_document(document, today)
    for table in covered():
        if table.label in RECORDED:
            for row in table.of(patient_id).iterator(chunk_size=500):
                until = recorded_until(_since(row))
                if until >= today:
                    yield Duty(table.label, row.pk, RETENTION, until)
    for archive in being_made(patient_id):
        yield Duty("documents.archivefile", archive.pk, BUSY)


def _of_document(document: Document, today: date) -> Iterator[Duty]:
    label = "documents.document"
    if document.legal_hold:
        yield Duty(label, document.pk, HOLD)
    if document.state in COMING:
        yield Duty(label, document.pk, BUSY)
    elif document.state not in GONE:
        until = kept_until(document)
        chosen = document.retain_until
        if chosen is not None and chosen >= today and chosen >= until:
            yield Duty(label, document.pk, UNTIL, chosen)
        elif until >= today:
            yield Duty(label, document.pk, RETENTION, None if until == FOR_EVER else until)


def _since(row: Any) -> date:
    days = [row.created_at.date()]
    for name in HAPPENED:
        value = getattr(row, name, None)
        if isinstance(value, datetime):
            days.append(value.date())
        elif isinstance(value, date):
            days.append(value)
    return max(days)


def being_made(patient_id: UUID) -> Iterator[ArchiveFile]:
    """Yield the ZIPs that somebody is making of a patient's documents at this moment."""
    documents = Document.objects.filter(patient_id=patient_id).order_by()
    making = ArchiveFile.objects.filter(state=ArchiveState.MAKING).exclude(
        job__state__in=(JobState.FAILED, JobState.CANCELLED)
    )
    for archive in making.order_by("pk"):
        if archive.patient_uuid == patient_id or (
            archive.chosen and documents.filter(pk__in=archive.chosen).exists()
        ):
            yield archive
