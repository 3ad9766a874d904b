"""Adding, changing and removing patients."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.errors import ConflictError, NotPermittedError, ProblemError
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import Role
from documents.services.owners import require_no_documents
from patients.errors import DuplicatePatientError, PatientHasRecordsError
from patients.models import Patient, PatientStatus
from patients.policies import patients_visible_to

UNIQUE_WHEN_GIVEN = ("email", "external_id", "filemaker_id")
# What patients fill in themselves. Not the e-mail: "taken" would say who else is a patient here.
OWN_FIELDS = frozenset({"phone", "address"})


def create_patient(*, membership: Membership, **fields: Any) -> Patient:
    """Add a patient. A provider who names no clinician becomes it, unless None is sent.

    Raises `DuplicatePatientError`, `ValidationError`, `NotPermittedError`.
    """
    if not membership.may("patients.add"):
        raise NotPermittedError
    if membership.role == Role.PROVIDER:
        fields.setdefault("clinician", membership)
    patient = Patient(**fields)
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
    """Take a patient out of the daily lists; nothing is lost."""
    return update_patient(membership=membership, patient=patient, status=PatientStatus.ARCHIVED)


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
    patient.clean_fields(exclude=["clinician", "user"])
    patient.clean()
    _refuse_duplicate(patient, membership)
    try:
        with transaction.atomic():
            patient.save()
    except IntegrityError:
        _refuse_duplicate(patient, membership)  # somebody was faster: say so in the same words
        raise


def _check_clinician(patient: Patient) -> None:
    """A shared table is referred to without a database constraint, so check it here."""
    if patient.clinician_id is None:
        return
    known = memberships_of(current_account().pk).filter(
        pk=patient.clinician_id, role__in=(Role.ADMIN, Role.PROVIDER)
    )
    if not known.exists():
        raise ProblemError(
            "Choose an active provider or administrator of this clinic.",
            field="clinician_id",
            code="unknown_clinician",
        )


def _refuse_duplicate(patient: Patient, membership: Membership) -> None:
    for field in UNIQUE_WHEN_GIVEN:
        value = getattr(patient, field)
        if not value:
            continue
        lookup = {f"{field}__iexact" if field == "email" else field: value}
        other = Patient.objects.filter(**lookup).exclude(pk=patient.pk).first()
        if other is not None:
            seen = patients_visible_to(membership).filter(pk=other.pk).exists()
            raise DuplicatePatientError(field=field, patient_id=other.pk if seen else None)
