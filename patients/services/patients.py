"""Adding, changing, archiving and removing patients."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.errors import ConflictError, NotPermittedError
from accounts.models import Membership
from accounts.roles import Role
from documents.services.owners import require_no_documents
from patients.errors import NotArchivedError, PatientHasRecordsError, UnknownClinicianError
from patients.models import Patient, PatientStatus
from patients.services.checks import check_fields, duplicates_of, unknown_clinicians

# What patients fill in themselves. Not the e-mail: "taken" would say who else is a patient here.
OWN_FIELDS = frozenset({"phone", "address"})


def new_patient(membership: Membership, fields: dict[str, Any]) -> Patient:
    """Return a patient who is not yet stored. A provider's own, unless a clinician is named."""
    if membership.role == Role.PROVIDER:
        fields = {"clinician": membership, **fields}
    return Patient(**fields)


def create_patient(*, membership: Membership, **fields: Any) -> Patient:
    """Add a patient. A provider who names no clinician becomes it, unless None is sent.

    Raises `DuplicatePatientError`, `ValidationError`, `NotPermittedError`.
    """
    if not membership.may("patients.add"):
        raise NotPermittedError
    patient = new_patient(membership, fields)
    _check_clinician(patient)
    _save(patient, membership)
    return patient


def update_patient(*, membership: Membership, patient: Patient, **fields: Any) -> Patient:
    """Change a patient. Patients and guardians change contact fields only."""
    if not membership.may("patients.change"):
        raise NotPermittedError
    if membership.role == Role.PATIENT and set(fields) - OWN_FIELDS:
        raise NotPermittedError(
            f"You can change {', '.join(sorted(OWN_FIELDS))}; ask the clinic for the rest."
        )
    with transaction.atomic():
        locked = Patient.objects.select_for_update().get(pk=patient.pk)
        clinician_id = locked.clinician_id
        for name, value in fields.items():
            setattr(locked, name, value)
        if locked.clinician_id != clinician_id:  # one who has left stays until somebody decides
            _check_clinician(locked)
        _save(locked, membership)
    return locked


def archive_patient(*, membership: Membership, patient: Patient) -> Patient:
    """Mark a patient as one of the past; nothing is lost. Archiving twice changes nothing."""
    return update_patient(membership=membership, patient=patient, status=PatientStatus.ARCHIVED)


def restore_patient(*, membership: Membership, patient: Patient) -> Patient:
    """Give an archived patient the status back that they had before, by the history.

    Raises `NotArchivedError`.
    """
    if not membership.may("patients.change") or not membership.is_staff:
        raise NotPermittedError
    with transaction.atomic():
        locked = Patient.objects.select_for_update().get(pk=patient.pk)
        if locked.status != PatientStatus.ARCHIVED:
            raise NotArchivedError
        before = locked.events.exclude(status=PatientStatus.ARCHIVED).order_by("-pgh_id").first()  # type: ignore[attr-defined]
        status = before.status if before else PatientStatus.ACTIVE
        return update_patient(membership=membership, patient=locked, status=status)


def delete_patient(*, membership: Membership, patient: Patient) -> None:
    """Remove a patient who was entered by mistake and has nothing attached.

    Raises `PatientHasRecordsError` as soon as there is any record or document, even in the trash.
    """
    if not membership.may("patients.delete"):
        raise NotPermittedError
    try:
        with transaction.atomic():
            require_no_documents(patient, remedy=PatientHasRecordsError.detail)
            patient.delete()
    except (ProtectedError, ConflictError) as error:
        raise PatientHasRecordsError from error


def _save(patient: Patient, membership: Membership) -> None:
    check_fields(patient)
    _refuse_duplicate(patient, membership)
    try:
        with transaction.atomic():
            patient.save()
    except IntegrityError:
        _refuse_duplicate(patient, membership)  # somebody was faster: say so in the same words
        raise


def _check_clinician(patient: Patient) -> None:
    if unknown_clinicians([patient.clinician_id]):
        raise UnknownClinicianError


def _refuse_duplicate(patient: Patient, membership: Membership) -> None:
    for errors in duplicates_of([patient], membership).values():
        raise errors[0]
