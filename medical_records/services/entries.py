"""The plain entries of a patient: lab results, visits, procedures, insurances."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership
from documents.services.owners import require_no_documents
from medical_records.models import PatientEntry, Visit
from medical_records.services.people import require_clinicians
from patients.policies import patients_visible_to

Entry = TypeVar("Entry", bound=PatientEntry)


def add_entry(*, membership: Membership, entry: Entry, **fields: Any) -> Entry:
    """Fill in and store a new entry of a patient whom the member sees.

    Raises `ValidationError`, `NotFoundError` (the patient), `NotPermittedError`, `ConflictError`.
    """
    if not membership.may(f"{entry.area}.add"):
        raise NotPermittedError
    with transaction.atomic():
        return store_entry(entry, membership, fields)


def change_entry(*, membership: Membership, entry: Entry, **fields: Any) -> Entry:
    """Change an entry; it stays with its patient, under whom its documents lie."""
    if not membership.may(f"{entry.area}.change"):
        raise NotPermittedError
    with transaction.atomic():
        locked = lock_entry(entry)
        return store_entry(locked, membership, fields)


def remove_entry(*, membership: Membership, entry: PatientEntry) -> None:
    """Remove what was entered by mistake and has no documents and nothing that refers to it."""
    if not membership.may(f"{entry.area}.delete"):
        raise NotPermittedError
    name = entry._meta.verbose_name
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            require_no_documents(
                entry, remedy=f"This {name} has documents (perhaps in the trash) and is kept."
            )
            entry.delete()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # somebody may have been faster
    except (ProtectedError, IntegrityError) as error:
        raise ConflictError(
            f"Other records refer to this {name}; remove them first, or cancel it.",
            code="has_records",
        ) from error


def lock_entry(entry: Entry) -> Entry:
    """Read the row anew and hold it until the transaction ends."""
    found: Entry = type(entry)._default_manager.select_for_update().get(pk=entry.pk)
    return found


def store_entry(entry: Entry, membership: Membership, fields: dict[str, Any]) -> Entry:
    """Put the fields in, check everything and save, in the caller's transaction."""
    before = None if entry._state.adding else entry.patient_id
    old = {name: getattr(entry, f"{name}_id", None) for name in fields}
    for name, value in fields.items():
        setattr(entry, name, value)
    if before is not None and entry.patient_id != before:
        raise ConflictError(
            "It stays with its patient; its documents lie under them.", field="patient_id"
        )
    if not patients_visible_to(membership).filter(pk=entry.patient_id).exists():
        raise NotFoundError("There is no such patient for you.", field="patient_id")
    require_clinicians(entry, {name for name in fields if _is_new(entry, name, old)})
    _require_same_patient(entry)
    _check(entry)
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        _check(entry)  # somebody was faster: in the same words
        raise
    return entry


def _check(entry: PatientEntry) -> None:
    """Check the fields but those whose rows are known by now, and then every constraint."""
    shared = {f.name for f in entry._meta.fields if f.is_relation and not f.db_constraint}  # type: ignore[attr-defined]
    entry.full_clean(exclude={"patient", *shared}, validate_constraints=False)
    entry.validate_constraints(exclude=shared)


def _is_new(entry: PatientEntry, name: str, old: dict[str, Any]) -> bool:
    return entry._state.adding or getattr(entry, f"{name}_id", None) != old[name]


def _require_same_patient(entry: PatientEntry) -> None:
    """Check the visit that an entry refers to, and hold it until the transaction ends."""
    pk = getattr(entry, "visit_id", None)
    if pk is None:
        return
    visit = Visit.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if visit is None:
        raise ValidationError({"visit_id": "There is no such visit any more."})
    if visit.patient_id != entry.patient_id:
        raise ValidationError({"visit_id": "This visit is another patient's."})
