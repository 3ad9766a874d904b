"""Adding many patients at once, by the same rules as one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.errors import NotPermittedError, ProblemError
from accounts.models import Membership
from accounts.services.inserting import insert_many
from patients.errors import (
    MAX_ROWS,
    BulkRaceError,
    BulkRefusedError,
    DuplicatePatientError,
    TooManyRowsError,
    UnknownClinicianError,
)
from patients.models import Patient
from patients.services.checks import (
    UNIQUE_WHEN_GIVEN,
    check_fields,
    duplicates_of,
    unknown_clinicians,
)
from patients.services.patients import new_patient

ATTEMPTS = 3  # when others add the same patients meanwhile


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one field of one row."""

    field: str
    code: str
    message: str
    patient_id: UUID | None = None  # of the patient who has it already


@dataclass(frozen=True)
class Row:
    """One patient to be: the fields, or what was wrong with them before we saw them."""

    fields: dict[str, Any]
    faults: tuple[RowFault, ...] = ()


@dataclass(frozen=True)
class RowResult:
    """What became of a row: `created`, `valid` (a trial run) or `error`."""

    index: int
    patient: Patient | None = None
    faults: tuple[RowFault, ...] = ()
    stored: bool = field(default=False)

    @property
    def patient_id(self) -> UUID | None:
        return self.patient.pk if self.patient is not None and self.stored else None

    @property
    def status(self) -> str:
        if self.faults:
            return "error"
        return "created" if self.stored else "valid"


def create_patients(
    *,
    membership: Membership,
    rows: Sequence[Row],
    partial: bool = False,
    dry_run: bool = False,
    place: Callable[[int], str] = "patients.{}".format,
) -> list[RowResult]:
    """Add patients: all, or with `partial` those that are right; with `dry_run` only look.

    Returns a result per row, in their order. Without `partial`, one bad row refuses all of them
    with `BulkRefusedError`, except in a dry run. Raises `NotPermittedError`, `TooManyRowsError`,
    and `BulkRaceError` when others keep adding the same patients. `place` names a row in errors.
    """
    if not membership.may("patients.add"):
        raise NotPermittedError
    if len(rows) > MAX_ROWS:
        raise TooManyRowsError
    results = [_checked(membership, index, row) for index, row in enumerate(rows)]
    results = _without_strangers(results)
    results = _without_twins(results, place)
    for _ in range(ATTEMPTS):
        results = _without_duplicates(results, membership)
        if dry_run:
            return results
        if not partial:
            _refuse_faulty(results, place)
        try:
            return _stored(results)
        except IntegrityError:  # somebody was faster: look again who has what
            continue
    raise BulkRaceError


def _checked(membership: Membership, index: int, row: Row) -> RowResult:
    if row.faults:
        return RowResult(index, None, row.faults)
    patient = new_patient(membership, row.fields)
    try:
        check_fields(patient)
    except ValidationError as error:
        return RowResult(index, None, tuple(_faults(error)))
    return RowResult(index, patient)


def _faults(error: ValidationError) -> list[RowFault]:
    return [
        RowFault(name, reason.code or "invalid", " ".join(reason.messages))
        for name, reasons in error.error_dict.items()
        for reason in reasons
    ]


def _sound(results: list[RowResult]) -> list[tuple[int, Patient]]:
    return [(result.index, result.patient) for result in results if result.patient is not None]


def _without_strangers(results: list[RowResult]) -> list[RowResult]:
    """Mark the rows whose clinician is none of this clinic."""
    unknown = unknown_clinicians(patient.clinician_id for _, patient in _sound(results))
    fault = _fault_of(UnknownClinicianError())
    return [
        RowResult(result.index, None, (fault,))
        if result.patient is not None and result.patient.clinician_id in unknown
        else result
        for result in results
    ]


def _without_twins(results: list[RowResult], place: Callable[[int], str]) -> list[RowResult]:
    """Mark the rows that repeat what an earlier row of the same request has."""
    first: dict[tuple[str, str], int] = {}
    for index, patient in _sound(results):
        faults = []
        for name in UNIQUE_WHEN_GIVEN:
            value = str(getattr(patient, name))
            earlier = first.setdefault((name, value), index) if value else index
            if earlier != index:
                text = f"The same {name.replace('_', ' ')} as {place(earlier)}."
                faults.append(RowFault(name, "duplicate_in_request", text))
        if faults:
            results[index] = RowResult(index, None, tuple(faults))
    return results


def _without_duplicates(results: list[RowResult], membership: Membership) -> list[RowResult]:
    """Mark the rows that have what another patient has already."""
    sound = _sound(results)
    found = duplicates_of([patient for _, patient in sound], membership)
    for at, errors in found.items():
        index = sound[at][0]
        results[index] = RowResult(index, None, tuple(map(_fault_of, errors)))
    return results


def _fault_of(error: ProblemError) -> RowFault:
    other = error.extra.get("patient_id")
    return RowFault(error.field or "", error.code, error.detail, UUID(other) if other else None)


def _refuse_faulty(results: list[RowResult], place: Callable[[int], str]) -> None:
    faults = [(result.index, fault) for result in results for fault in result.faults]
    if not faults:
        return
    errors = [
        {
            "field": f"{place(index)}.{fault.field}".rstrip("."),
            "code": fault.code,
            "message": fault.message,
            **({"patient_id": str(fault.patient_id)} if fault.patient_id else {}),
        }
        for index, fault in faults
    ]
    conflict = all(fault.code == DuplicatePatientError.code for _, fault in faults)
    raise BulkRefusedError(errors, conflict=conflict)


def _stored(results: list[RowResult]) -> list[RowResult]:
    with transaction.atomic():
        insert_many([patient for _, patient in _sound(results)])
    return [replace(result, stored=result.patient is not None) for result in results]
