"""What every new or changed patient must satisfy, alone or among a thousand."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower

from accounts.clock import today
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import STAFF
from patients.errors import DuplicatePatientError
from patients.models import Patient
from patients.policies import patients_visible_to

UNIQUE_WHEN_GIVEN = ("email", "external_id", "filemaker_id")
LIMITS = {"address": 500, "notes": 20_000}  # characters; the database would hold any number
EARLIEST_BIRTH = date(1880, 1, 1)


def check_fields(patient: Patient) -> None:
    """Check a patient by themselves, without the database. Raises `ValidationError` by field."""
    found: dict[str, list[ValidationError]] = {}
    try:
        patient.clean_fields(exclude=["clinician", "user"])
    except ValidationError as error:
        found = error.error_dict
    for field, limit in LIMITS.items():
        if len(getattr(patient, field)) > limit:
            found.setdefault(field, []).append(
                ValidationError(f"Use at most {limit} characters.", code="max_length")
            )
    if not found:
        patient.clean()
        found = _dates(patient)
    if found:
        raise ValidationError(found)


def _dates(patient: Patient) -> dict[str, list[ValidationError]]:
    found = {}
    born, consented = patient.date_of_birth, patient.research_consent_on
    if born is not None and not EARLIEST_BIRTH <= born <= today():
        found["date_of_birth"] = ValidationError(
            f"A date of birth lies between {EARLIEST_BIRTH.year} and today.", code="out_of_range"
        )
    if patient.research_consent and consented is None:
        found["research_consent_on"] = ValidationError(
            "Say on which day the patient consented to research.", code="required"
        )
    if consented is not None and consented > today():
        found["research_consent_on"] = ValidationError(
            "Consent is given today or earlier.", code="out_of_range"
        )
    return {field: [error] for field, error in found.items()}


def unknown_clinicians(ids: Iterable[UUID | None]) -> set[UUID]:
    """Return which are no active staff here: a shared table has no constraint that would say so."""
    asked = {pk for pk in ids if pk is not None}
    if not asked:
        return set()
    known = memberships_of(current_account().pk).filter(pk__in=asked, role__in=STAFF)
    return asked - set(known.values_list("pk", flat=True))


def duplicates_of(
    patients: Sequence[Patient], membership: Membership
) -> dict[int, list[DuplicatePatientError]]:
    """Return, by position, what somebody else in the clinic has already; in four queries at most.

    The other's id is told where the member may see them.
    """
    found: list[tuple[int, str, UUID]] = []
    for field in UNIQUE_WHEN_GIVEN:
        found += _taken(patients, field)
    seen = set()
    if others := {pk for _, _, pk in found}:
        visible = patients_visible_to(membership).filter(pk__in=others).order_by()
        seen = set(visible.values_list("pk", flat=True))
    errors: dict[int, list[DuplicatePatientError]] = {}
    for at, field, pk in found:
        error = DuplicatePatientError(field=field, patient_id=pk if pk in seen else None)
        errors.setdefault(at, []).append(error)
    return errors


def _taken(patients: Sequence[Patient], field: str) -> list[tuple[int, str, UUID]]:
    values = {at: _value(patient, field) for at, patient in enumerate(patients)}
    asked = {value for value in values.values() if value}
    if not asked:
        return []
    others = Patient.objects.order_by().exclude(**{field: ""})
    if field == "email":
        others = others.alias(lower=Lower("email")).filter(lower__in=asked)
    else:
        others = others.filter(**{f"{field}__in": asked})
    owners = {_same(value, field): pk for value, pk in others.values_list(field, "pk")}
    return [
        (at, field, owners[value])
        for at, value in values.items()
        if value in owners and owners[value] != patients[at].pk
    ]


def _value(patient: Patient, field: str) -> str:
    return _same(getattr(patient, field), field)


def _same(value: str, field: str) -> str:
    """Return a value as it is compared: e-mails without regard to case."""
    return value.lower() if field == "email" else value
