from typing import Any
from uuid import UUID

from accounts.errors import ConflictError


class DuplicatePatientError(ConflictError):
    """Another patient has this e-mail or number; `patient_id` is told to who may see them."""

    code = "duplicate_patient"

    def __init__(self, *, field: str, patient_id: UUID | None) -> None:
        extra: dict[str, Any] = {"patient_id": str(patient_id)} if patient_id else {}
        super().__init__(
            f"Another patient has this {field.replace('_', ' ')}.", field=field, extra=extra
        )


class PatientHasRecordsError(ConflictError):
    code = "patient_has_records"
    detail = "This patient has records or documents; archive them instead of deleting."
