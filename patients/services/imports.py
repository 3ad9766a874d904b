"""Rows of a file by the thousand: each is imported, updated, there already, or refused."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import TextChoices

from accounts.models import Membership
from accounts.services.inserting import insert_many
from patients.errors import BulkRaceError, DuplicatePatientError
from patients.imports.delimited import Record
from patients.imports.earlier import Earlier
from patients.imports.people import People, UnclearError, changed_fields, look_up
from patients.imports.reading import Recipe
from patients.imports.storing import update_patients
from patients.imports.values import understand
from patients.models import Patient
from patients.policies import patients_visible_to
from patients.services.bulk import ATTEMPTS, RowFault
from patients.services.checks import check_fields
from patients.services.patients import new_patient

ONE_AT_A_TIME = 7_216_201  # advisory lock: two imports must see what the other one adds
_LOCK = "SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()::text))"


class OnDuplicate(TextChoices):
    """What to do with a row whose patient is there already."""

    SKIP = "skip", "Leave the patient as they are"
    UPDATE = "update", "Change what the file says otherwise"
    REPORT = "report", "List the row as an error"


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How rows are taken in. Without a membership it is the platform's operator who imports.

    `earlier` remembers the rows of a dry run: there they are not in the database.
    """

    on_duplicate: OnDuplicate = OnDuplicate.SKIP
    membership: Membership | None = None
    earlier: Earlier | None = None

    @property
    def dry_run(self) -> bool:
        return self.earlier is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row: `imported`, `updated`, `already_there`, or why it was refused."""

    record: Record
    code: str = ""
    faults: tuple[RowFault, ...] = ()


@dataclass(slots=True)
class _Candidate:
    """A row that is right by itself: the patient it would make, and the fields it gives."""

    at: int
    patient: Patient
    given: tuple[str, ...]


@dataclass(slots=True)
class _Plan:
    """What is to be written, by patient, and the line each new one comes from."""

    made: dict[UUID, Patient] = field(default_factory=dict)
    changed: dict[UUID, Patient] = field(default_factory=dict)
    lines: dict[UUID, int] = field(default_factory=dict)


def import_rows(*, records: Sequence[Record], recipe: Recipe, manner: Manner) -> list[Verdict]:
    """Take in records of a file; return a verdict for each, in their order.

    Inside the caller's transaction, so that all of it is stored or nothing.
    """
    verdicts: list[Verdict] = [Verdict(record) for record in records]
    candidates = []
    for at, record in enumerate(records):
        found = _candidate(at, record, recipe, manner.membership)
        if isinstance(found, _Candidate):
            candidates.append(found)
        else:
            verdicts[at] = Verdict(record, "", tuple(found))
    for at, verdict in _settle(candidates, records, manner).items():
        verdicts[at] = verdict
    return verdicts


def _settle(
    candidates: Sequence[_Candidate], records: Sequence[Record], manner: Manner
) -> dict[int, Verdict]:
    """Decide and write, again where somebody was faster; what never goes through goes by itself.

    So a single row that the database refuses (or two patients who exchange their e-mails) costs
    its batch some time, and nobody else their place.
    """
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _decide(candidates, records, manner)
        except IntegrityError:  # somebody was faster: look again who is there
            continue
    if len(candidates) == 1:
        at = candidates[0].at
        fault = RowFault("", BulkRaceError.code, "Another patient has this id or e-mail by now.")
        return {at: Verdict(records[at], "", (fault,))}
    found: dict[int, Verdict] = {}
    for candidate in candidates:
        found |= _settle([candidate], records, manner)
    return found


def _candidate(
    at: int, record: Record, recipe: Recipe, membership: Membership | None
) -> _Candidate | list[RowFault]:
    fault = recipe.fault_of(record)
    if fault:
        return [RowFault("", "bad_line", fault)]
    found = understand(recipe.cells_of(record), recipe.date_order)
    fields = found.fields
    patient = Patient(**fields) if membership is None else new_patient(membership, fields)
    faults = [*found.faults, *_faults(patient)]
    return faults or _Candidate(at, patient, tuple(fields))


def _faults(patient: Patient) -> list[RowFault]:
    try:
        check_fields(patient)
    except ValidationError as error:
        return [
            RowFault(name, reason.code or "invalid", " ".join(reason.messages))
            for name, reasons in error.error_dict.items()
            for reason in reasons
        ]
    return []


def _decide(
    candidates: Sequence[_Candidate], records: Sequence[Record], manner: Manner
) -> dict[int, Verdict]:
    """Decide row by row, each knowing those before it, and write what follows."""
    if not manner.dry_run:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [ONE_AT_A_TIME])
    rows = [candidate.patient for candidate in candidates]
    updates = manner.on_duplicate == OnDuplicate.UPDATE
    people = look_up(rows, lock=updates and not manner.dry_run)
    if manner.earlier is not None:
        manner.earlier.add_to(people, rows)
    plan = _Plan()
    verdicts = {}
    for candidate in candidates:
        record = records[candidate.at]
        try:
            code = _place(candidate, record, people, plan, manner)
            verdicts[candidate.at] = Verdict(record, code)
        except _RefusedError as error:
            verdicts[candidate.at] = Verdict(record, "", error.faults)
        except UnclearError as error:
            verdicts[candidate.at] = Verdict(record, "", (error.fault,))
    if manner.earlier is not None:
        manner.earlier.keep([*plan.made.values(), *plan.changed.values()])
    else:
        update_patients(list(plan.changed.values()))  # first: a new one may get what they had
        insert_many(list(plan.made.values()))
    return verdicts


class _RefusedError(Exception):
    def __init__(self, *faults: RowFault) -> None:
        super().__init__()
        self.faults = faults


def _place(
    candidate: _Candidate, record: Record, people: People, plan: _Plan, manner: Manner
) -> str:
    known = people.meant_by(candidate.patient, candidate.given)
    if known is None:
        plan.made[candidate.patient.pk] = candidate.patient
        plan.lines[candidate.patient.pk] = record.line
        people.add(candidate.patient)
        return "imported"
    if manner.on_duplicate == OnDuplicate.REPORT:
        line = plan.lines.get(known.pk)
        where = f"Line {line} has this patient" if line else f"This patient is here: {known.pk}"
        raise _RefusedError(RowFault("", DuplicatePatientError.code, f"{where}."))
    changes = changed_fields(candidate.patient, known, candidate.given)
    if manner.on_duplicate == OnDuplicate.SKIP or not changes:
        return "already_there"
    changed = _changed(known, changes, manner)
    people.add(changed)
    (plan.made if known.pk in plan.made else plan.changed)[known.pk] = changed
    return "updated"


def _changed(known: Patient, changes: dict[str, Any], manner: Manner) -> Patient:
    """Return the patient as the row has them; the one that is known stays as it is."""
    if manner.membership is not None and not known._state.adding:
        visible = patients_visible_to(manner.membership).filter(pk=known.pk)
        if not visible.exists():
            error = DuplicatePatientError(field="", patient_id=None)
            raise _RefusedError(RowFault("", error.code, "Another provider has this patient."))
    changed = copy.copy(known)
    for name, value in changes.items():
        setattr(changed, name, value)
    faults = _faults(changed)
    if faults:
        raise _RefusedError(*faults)
    return changed
