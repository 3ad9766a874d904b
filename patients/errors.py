"""What is refused about patients."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.errors import ConflictError, ProblemError

MAX_ROWS = 1_000  # patients in one request, lines in one file
MAX_CSV_SIZE = 2 * 1024 * 1024  # bytes


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


class NotArchivedError(ConflictError):
    code = "not_archived"
    detail = "This patient is not archived."


class UnknownClinicianError(ProblemError):
    code = "unknown_clinician"
    detail = "Choose an active provider or administrator of this clinic."

    def __init__(self) -> None:
        super().__init__(field="clinician_id")


class UnknownGuardianError(ProblemError):
    """The login is not there, or not a patient's or guardian's: both are answered alike."""

    code = "unknown_user"

    def __init__(self, field: str) -> None:
        super().__init__(
            "Nobody with this login is a patient or guardian at this clinic.", field=field
        )


class BulkRefusedError(ProblemError):
    """Some rows are wrong, so none is stored; `errors` names each by row and field."""

    code = "invalid"

    def __init__(self, errors: Sequence[dict[str, Any]], *, conflict: bool) -> None:
        self.status = 409 if conflict else 400
        super().__init__(
            f"{len(errors)} errors; nothing was stored."
            if len(errors) > 1
            else f"{errors[0]['message']} Nothing was stored.",
            code="duplicate_patient" if conflict else None,
            extra={"errors": list(errors)},
        )


class BulkRaceError(ConflictError):
    code = "changed_meanwhile"
    detail = "Others are adding the same patients right now; nothing was stored. Try again."


class TooManyRowsError(ProblemError):
    status = 413
    code = "too_many_rows"
    detail = f"At most {MAX_ROWS} patients at once; send them in several parts."


class CsvError(ProblemError):
    """The file as a whole cannot be read; the sentence says where."""

    code = "bad_csv"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="file")
