"""Laboratory results."""

from typing import Any

from django.db import transaction

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership
from documents.services.owners import require_no_documents
from medical_records.models import LabResult
from patients.policies import patients_visible_to


def create_lab_result(*, membership: Membership, **fields: Any) -> LabResult:
    """Add a result to a patient that the member may see."""
    if not membership.may("records.add"):
        raise NotPermittedError
    return _save(LabResult(**fields), membership)


def update_lab_result(*, membership: Membership, result: LabResult, **fields: Any) -> LabResult:
    if not membership.may("records.change"):
        raise NotPermittedError
    with transaction.atomic():
        locked = LabResult.objects.select_for_update().get(pk=result.pk)
        if "patient" in fields and fields["patient"].pk != locked.patient_id:
            raise ConflictError(
                "A result stays with its patient; its documents lie under them.", field="patient_id"
            )
        for name, value in fields.items():
            setattr(locked, name, value)
        return _save(locked, membership)


def delete_lab_result(*, membership: Membership, result: LabResult) -> None:
    """Remove a result that was entered by mistake. One with documents is cancelled instead."""
    if not membership.may("records.delete"):
        raise NotPermittedError
    with transaction.atomic():
        require_no_documents(
            result,
            remedy="This result has documents (perhaps in the trash); set its status to cancelled.",
        )
        result.delete()


def _save(result: LabResult, membership: Membership) -> LabResult:
    if not patients_visible_to(membership).filter(pk=result.patient_id).exists():
        raise NotFoundError("There is no such patient for you.", field="patient_id")
    result.full_clean(exclude=["patient"])
    result.save()
    return result
