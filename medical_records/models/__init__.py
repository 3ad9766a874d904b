"""What was observed, decided and done: the clinical tables."""

from medical_records.models.at_reports import ATReport
from medical_records.models.entries import PatientEntry
from medical_records.models.insurances import Insurance, InsuranceRank
from medical_records.models.lab_results import LabFlag, LabResult, LabStatus
from medical_records.models.records import (
    Addendum,
    Diagnosis,
    DiagnosisType,
    MedicalRecord,
    RecordStatus,
)
from medical_records.models.visits import (
    Procedure,
    ProcedureOutcome,
    Visit,
    VisitStatus,
    VisitType,
)

__all__ = [
    "ATReport",
    "Addendum",
    "Diagnosis",
    "DiagnosisType",
    "Insurance",
    "InsuranceRank",
    "LabFlag",
    "LabResult",
    "LabStatus",
    "MedicalRecord",
    "PatientEntry",
    "Procedure",
    "ProcedureOutcome",
    "RecordStatus",
    "Visit",
    "VisitStatus",
    "VisitType",
]
