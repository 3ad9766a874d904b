"""The coded diagnoses of a draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from medical_records.models import Diagnosis, DiagnosisType, MedicalRecord
from medical_records.values.icd10 import icd10_code

MOST = 50  # diagnoses of one record


@dataclass(frozen=True, kw_only=True)
class NewDiagnosis:
    """A diagnosis to be set. A known code may go without a name: it takes the code's own."""

    icd_code: str = ""
    diagnosis_name: str = ""
    diagnosis_type: str = DiagnosisType.SECONDARY
    notes: str = ""


def check_diagnoses(record: MedicalRecord, wanted: Sequence[NewDiagnosis]) -> list[Diagnosis]:
    """Return the rows that these would be, not stored.

    Raises `ValidationError` whose fields are `diagnoses.<n>.<field>`, counted from 0.
    """
    if len(wanted) > MOST:
        raise ValidationError({"diagnoses": f"At most {MOST} diagnoses; {len(wanted)} were sent."})
    rows = [_checked(record, number, new) for number, new in enumerate(wanted)]
    _require_distinct(rows)
    return rows


def set_diagnoses(record: MedicalRecord, wanted: Sequence[NewDiagnosis]) -> None:
    """Make these the diagnoses of a draft, in the caller's transaction."""
    rows = check_diagnoses(record, wanted)
    known = list(record.diagnoses.order_by("id"))
    if [_content(row) for row in known] == [_content(row) for row in rows]:
        return
    for row in known:
        row.delete()
    for row in rows:
        row.save()


def _checked(record: MedicalRecord, number: int, new: NewDiagnosis) -> Diagnosis:
    code, name = new.icd_code.strip(), new.diagnosis_name.strip()
    if code:
        known = icd10_code(code)
        if known is None:
            raise ValidationError(
                {
                    f"diagnoses.{number}.icd_code": ValidationError(
                        f"{code[:20]!r} is no ICD-10 code; search with /api/v1/icd10?search=",
                        code="unknown_icd10",
                    )
                }
            )
        code, name = known.code, name or known.description[:255]
    row = Diagnosis(
        record=record,
        icd_code=code,
        diagnosis_name=name,
        diagnosis_type=new.diagnosis_type,
        notes=new.notes,
    )
    try:
        row.full_clean(exclude=["record"], validate_constraints=False)
    except ValidationError as error:
        raise ValidationError(
            {f"diagnoses.{number}.{field}": found for field, found in error.error_dict.items()}
        ) from error
    return row


def _require_distinct(rows: list[Diagnosis]) -> None:
    primary, codes = 0, set()
    for number, row in enumerate(rows):
        primary += row.diagnosis_type == DiagnosisType.PRIMARY
        if primary > 1:
            raise ValidationError(
                {f"diagnoses.{number}.diagnosis_type": "A record has one primary diagnosis."}
            )
        if row.icd_code and row.icd_code in codes:
            raise ValidationError(
                {f"diagnoses.{number}.icd_code": f"{row.icd_code} is there already."}
            )
        codes.add(row.icd_code)


def _content(row: Diagnosis) -> tuple[str, ...]:
    return row.icd_code, row.diagnosis_name, row.diagnosis_type, row.notes
