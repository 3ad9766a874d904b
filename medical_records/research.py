"""What research partners read: records of consenting patients, without who they are.

Left out, after HIPAA's safe harbour (45 CFR 164.514(b)(2)): names, contact, dates but the year,
ages over 89, numbers and ids of every kind, documents, and all free text; what is coded is given
by the code's own name. Ids are pseudonyms: the same at each reading, and of no use elsewhere.
"""

import uuid
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.clock import local_day, today
from accounts.models import Membership
from medical_records.models import LabResult, LabStatus, MedicalRecord, RecordStatus
from medical_records.values.icd10 import icd10_code
from medical_records.values.lab_values import (
    analyte_of,
    check_lab_value,
    code_of,
    number_of,
)
from medical_records.values.units import fold_unit
from medical_records.values.vital_signs import check_vital_signs, normalise_vital_signs
from patients.models import Patient

OLDEST = 90  # years; who is older is one of these
BAND = 5  # years


def research_patients(membership: Membership) -> QuerySet[Patient]:
    """Return the patients who consent to research, for a research partner; else none."""
    if not membership.may("research.view"):
        return Patient.objects.none()
    return Patient.objects.filter(research_consent=True)


def research_records(membership: Membership) -> QuerySet[MedicalRecord]:
    """Return their finalised records, with patient and diagnoses loaded."""
    return (
        MedicalRecord.objects.filter(
            patient__in=research_patients(membership).order_by().values("pk"),
            status=RecordStatus.FINALIZED,
        )
        .select_related("patient")
        .prefetch_related("diagnoses")
    )


def research_lab_results(membership: Membership) -> QuerySet[LabResult]:
    """Return their results; those without a known code or a number are left out when shown."""
    return LabResult.objects.filter(
        patient__in=research_patients(membership).order_by().values("pk"),
        status=LabStatus.RESULTED,
    ).select_related("patient")


def describe_patient(patient: Patient) -> dict[str, Any]:
    age = age_on(patient.date_of_birth, today())
    low = age // BAND * BAND if age is not None else None
    band = None if low is None else f"{low}+" if low >= OLDEST else f"{low}-{low + BAND - 1}"
    return {"id": patient.research_id, "sex": patient.sex, "age_band": band}


def describe_record(record: MedicalRecord) -> dict[str, Any]:
    visited = local_day(record.visit_date)
    return {
        "id": pseudonym(record.patient, record.pk),
        "patient_id": record.patient.research_id,
        "year": visited.year,
        "age": age_on(record.patient.date_of_birth, visited),
        "diagnoses": [
            {"icd_code": known.code, "name": known.description, "type": diagnosis.diagnosis_type}
            for diagnosis in record.diagnoses.all()
            if (known := icd10_code(diagnosis.icd_code)) is not None
        ],
        "vital_signs": measured(record.vital_signs),
        "lab_results": [
            coded
            for row in record.lab_results
            if (
                coded := coded_result(
                    row["test"], row.get("code", ""), row["value"], row.get("unit", "")
                )
            )
        ],
        "follow_up_required": record.follow_up_required,
    }


def describe_lab_result(result: LabResult) -> dict[str, Any] | None:
    coded = coded_result(result.test_name, result.test_code, result.value, result.unit)
    if coded is None:
        return None
    seen = result.resulted_on or result.collected_on or local_day(result.created_at)
    return {
        "id": pseudonym(result.patient, result.pk),
        "patient_id": result.patient.research_id,
        "year": seen.year,
        "age": age_on(result.patient.date_of_birth, seen),
        **coded,
        "flag": result.flag,
    }


def coded_result(name: str, code: str, value: Any, unit: str) -> dict[str, Any] | None:
    """Return a result by its code's own name, or None where it is not coded or no number.

    One that could not be (a telephone number as potassium, a name as its unit) is left out too,
    however it came into the table.
    """
    known, number = analyte_of(name, code), number_of(value)
    coded = code_of(name, code)
    if known is None or coded is None or number is None:
        return None
    if check_lab_value(test_name=name, code=code, value=value, unit=unit):
        return None
    usual = known.limits_by_unit[fold_unit(unit)][0] if unit else ""
    return {"loinc": coded[0], "test": coded[1], "value": number, "unit": usual}


def measured(signs: Any) -> dict[str, Any]:
    """Return vital signs, or nothing where they are not what they can be."""
    found: dict[str, Any] = {} if check_vital_signs(signs) else normalise_vital_signs(signs)
    return found


def age_on(born: date | None, day: date) -> int | None:
    """Return the age in whole years, at most 90; None where it is not known."""
    if born is None or born > day:
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return min(years, OLDEST)


def pseudonym(patient: Patient, pk: uuid.UUID) -> uuid.UUID:
    """Return a record's other id, which tells neither the real one nor when it was made."""
    return uuid.uuid5(patient.research_id, str(pk))
