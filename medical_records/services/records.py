"""Medical records: a draft is written, finalised once, and only added to after that."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Membership
from documents.services.owners import require_no_documents
from medical_records.errors import NotFinalizedError, NotReadyError, RecordFinalizedError
from medical_records.models import Addendum, Diagnosis, MedicalRecord, RecordStatus
from medical_records.policies import medical_records_visible_to
from medical_records.services.diagnoses import NewDiagnosis, set_diagnoses
from medical_records.services.entries import lock_entry, store_entry
from medical_records.values.lab_values import normalise_lab_results
from medical_records.values.prescriptions import normalise_prescriptions
from medical_records.values.vital_signs import normalise_vital_signs

NORMALISE = {
    "vital_signs": normalise_vital_signs,
    "prescriptions": normalise_prescriptions,
    "lab_results": normalise_lab_results,
}


@transaction.atomic
def create_record(
    *, membership: Membership, diagnoses: Sequence[NewDiagnosis] = (), **fields: Any
) -> MedicalRecord:
    """Write a draft, with its diagnoses. The writer is its doctor unless another is named.

    Raises `ValidationError`, `NotFoundError` (the patient), `NotPermittedError`.
    """
    if not membership.may("records.add"):
        raise NotPermittedError
    fields.setdefault("doctor", membership)
    record = store_entry(MedicalRecord(), membership, _normalised(fields))
    set_diagnoses(record, diagnoses)
    return record


@transaction.atomic
def update_record(
    *,
    membership: Membership,
    record: MedicalRecord,
    diagnoses: Sequence[NewDiagnosis] | None = None,
    **fields: Any,
) -> MedicalRecord:
    """Change a draft; `diagnoses`, when given, are all it has from then on."""
    locked = _draft(membership, record, "records.change")
    stored = store_entry(locked, membership, _normalised(fields))
    if diagnoses is not None:
        set_diagnoses(stored, diagnoses)
    return stored


@transaction.atomic
def delete_record(*, membership: Membership, record: MedicalRecord) -> None:
    """Remove a draft that has no documents; its diagnoses go with it."""
    locked = _draft(membership, record, "records.delete")
    require_no_documents(
        locked, remedy="This record has documents (perhaps in the trash) and is kept."
    )
    locked.delete()


@transaction.atomic
def finalize_record(*, membership: Membership, record: MedicalRecord) -> MedicalRecord:
    """Draft → finalised: from now on neither people nor programs change it.

    Raises `NotReadyError` for a record without complaint or diagnosis, or of a visit to come.
    """
    locked = _draft(membership, record, "records.change")
    _require_ready(locked)
    locked.status = RecordStatus.FINALIZED
    locked.finalized_at = timezone.now()
    locked.finalized_by = membership.user
    return store_entry(locked, membership, {})


@transaction.atomic
def add_addendum(*, membership: Membership, record: MedicalRecord, text: str) -> Addendum:
    """Add to a finalised record what came to light later."""
    if not membership.may("records.change"):
        raise NotPermittedError
    locked = lock_entry(_seen(membership, record))
    if locked.status != RecordStatus.FINALIZED:
        raise NotFinalizedError("This record is a draft; write it there.")
    addendum = Addendum(record=locked, author=membership.user, text=text.strip())
    addendum.full_clean(exclude=["record", "author"])
    addendum.save()
    return addendum


def _seen(membership: Membership, record: MedicalRecord) -> MedicalRecord:
    found = medical_records_visible_to(membership).filter(pk=record.pk).first()
    if found is None:
        raise NotFoundError
    return found


def _draft(membership: Membership, record: MedicalRecord, ability: str) -> MedicalRecord:
    if not membership.may(ability):
        raise NotPermittedError
    locked = lock_entry(_seen(membership, record))
    if locked.status != RecordStatus.DRAFT:
        raise RecordFinalizedError
    return locked


def _require_ready(record: MedicalRecord) -> None:
    if not record.chief_complaint.strip():
        raise NotReadyError("Write the chief complaint first.", field="chief_complaint")
    coded = Diagnosis.objects.filter(record=record).exists()
    if not coded and not record.diagnosis.strip():
        raise NotReadyError("Write a diagnosis, or code one, first.", field="diagnosis")
    if record.visit_date > timezone.now():
        raise NotReadyError("This visit has not been yet.", field="visit_date")


def _normalised(fields: dict[str, Any]) -> dict[str, Any]:
    """Bring the JSON fields into their one form; what cannot be is refused by the model."""
    found = dict(fields)
    for name, normalise in NORMALISE.items():
        if name in found:
            try:
                found[name] = normalise(found[name])
            except (TypeError, ValueError) as error:
                raise ValidationError({name: str(error)}) from error
    return found
