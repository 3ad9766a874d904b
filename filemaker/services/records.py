"""Every change of what is known of FileMaker's records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership
from documents.models import Document
from filemaker.entries import Entry
from filemaker.models import Area, FileMakerRecord, RecordState
from filemaker.policies import may_assign, records_visible_to
from filemaker.services.matching import patients_of
from patients.models import Patient

OPEN = (RecordState.PENDING, RecordState.UNMATCHED, RecordState.FAILED)
SETTLED = (RecordState.IMPORTED, RecordState.EMPTY, RecordState.REMOVED, RecordState.GONE)
OUTCOME = ("state", "code", "patient_id", "document_id", "done_mod_id")
FACTS = ("record_id", "mod_id", "contact_id", "type", "date", "content")


@dataclass(frozen=True)
class Noted:
    """What became of a record; what is None stays as it was."""

    source_id: str
    state: RecordState
    code: str = ""
    patient_id: UUID | None = None
    document_id: UUID | None = None
    done_mod_id: str | None = None


def note_entries(
    area: Area, entries: Sequence[Entry], patients: Mapping[str, Patient] | None = None
) -> dict[str, FileMakerRecord]:
    """Write down records as FileMaker has them now; return them by `source_id`.

    A record that is new is pending, or unmatched where its patient is not here. What is known
    already keeps its state; one that was unmatched becomes pending when its patient has come.
    Noting the same twice, or twice at once, changes nothing. `patients` are those of the entries'
    contacts, where the caller has them.
    """
    if patients is None:
        patients = patients_of(entry.contact_id for entry in entries)
    ids = [entry.source_id for entry in entries]
    with transaction.atomic():
        known = _known(ids)
        new = [_new(area, entry, patients) for entry in entries if entry.source_id not in known]
        FileMakerRecord.objects.bulk_create(new, ignore_conflicts=True)
        for entry in entries:
            if entry.source_id in known:
                _bring_up_to_date(known[entry.source_id], entry, patients.get(entry.contact_id))
        return known if not new else _known(ids)


def note_outcomes(outcomes: Sequence[Noted]) -> None:
    """Write down what became of records; what says nothing new touches nothing."""
    if not outcomes:
        return
    with transaction.atomic():
        rows = FileMakerRecord.objects.filter(source_id__in=[one.source_id for one in outcomes])
        rows = rows.select_for_update().order_by("pk").defer("content")
        known = {row.source_id: row for row in rows}
        changed = [
            known[one.source_id]
            for one in outcomes
            if one.source_id in known and _take_in(known[one.source_id], one)
        ]
        if changed:
            _write_outcomes(changed)


def _write_outcomes(rows: Sequence[FileMakerRecord]) -> None:
    """Write the outcomes of several rows; the framework's own way takes far longer."""
    columns = zip(
        *([row.pk, *(getattr(row, name) for name in OUTCOME)] for row in rows), strict=True
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE filemaker_filemakerrecord r
               SET state = said.state, code = said.code, patient_id = said.patient_id,
                   document_id = said.document_id, done_mod_id = said.done_mod_id,
                   updated_at = clock_timestamp()
              FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[])
                   AS said(id, state, code, patient_id, document_id, done_mod_id)
             WHERE r.id = said.id""",
            [list(column) for column in columns],
        )


def _take_in(row: FileMakerRecord, noted: Noted) -> bool:
    """Put an outcome into a row; return whether that changes it."""
    said = {name: getattr(noted, name) for name in OUTCOME}
    new = {
        name: value
        for name, value in said.items()
        if value is not None and getattr(row, name) != value
    }
    for name, value in new.items():
        setattr(row, name, value)
    return bool(new)


def forget_outcome(document: Document) -> None:
    """Let a record wait again whose document a rollback has taken back."""
    FileMakerRecord.objects.filter(document=document).update(
        state=RecordState.PENDING,
        code="rolled_back",
        document=None,
        done_mod_id="",
        updated_at=timezone.now(),
    )


def assign_patient(
    *, membership: Membership, record: FileMakerRecord, patient: Patient | None
) -> FileMakerRecord:
    """Say whose a record is whose patient was not found; None takes that back.

    The next import with `--only-failed` takes it up. Raises `NotPermittedError`, `NotFoundError`,
    and `ConflictError` for a record that has been imported meanwhile.
    """
    if not may_assign(membership):
        raise NotPermittedError
    if not records_visible_to(membership).filter(pk=record.pk).exists():
        raise NotFoundError
    with transaction.atomic():
        locked = FileMakerRecord.objects.select_for_update().get(pk=record.pk)
        if locked.state not in OPEN:
            raise ConflictError(
                f"This record is {RecordState(locked.state).label.lower()}; there is nothing to"
                " choose any more.",
                code="record_settled",
                field="patient",
            )
        locked.patient = patient
        locked.assigned_by = membership.user if patient is not None else None
        locked.state = RecordState.PENDING if patient is not None else RecordState.UNMATCHED
        locked.code = "assigned" if patient is not None else ""
        locked.save()
    return locked


def _known(source_ids: Iterable[str]) -> dict[str, FileMakerRecord]:
    rows = FileMakerRecord.objects.select_related("patient").select_for_update(of=("self",))
    rows = rows.filter(source_id__in=list(source_ids)).order_by("pk")
    return {row.source_id: row for row in rows}


def _new(area: Area, entry: Entry, patients: Mapping[str, Patient]) -> FileMakerRecord:
    row = FileMakerRecord(area=area, source_id=entry.source_id, **_facts(entry))
    row.patient = patients.get(entry.contact_id)
    row.state = RecordState.PENDING if row.patient else RecordState.UNMATCHED
    return row


def _bring_up_to_date(row: FileMakerRecord, entry: Entry, patient: Patient | None) -> None:
    facts = _facts(entry)
    changed = [name for name in FACTS if getattr(row, name) != facts[name]]
    for name in changed:
        setattr(row, name, facts[name])
    if row.state in OPEN and row.assigned_by_id is None and patient != row.patient:
        row.patient = patient
        row.state = RecordState.PENDING if patient else RecordState.UNMATCHED
        row.code = "matched" if patient else ""  # so `--only-failed` takes it up
        changed += ["patient", "state", "code"]
    if row.state == RecordState.GONE:  # it has come back
        row.state = RecordState.PENDING if row.patient else RecordState.UNMATCHED
        changed.append("state")
    if changed:
        row.save(update_fields=[*changed, "updated_at"])


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "record_id": entry.record.record_id,
        "mod_id": entry.record.mod_id,
        "contact_id": entry.contact_id,
        "type": entry.type,
        "date": entry.date,
        "content": entry.content(),
    }
