"""Which of this app's models carry documents."""

from datetime import timedelta

from documents.keys import at_report_key, medical_record_key, patient_record_key
from documents.registry import MB, DocumentPolicy, register
from medical_records.policies import (
    at_reports_visible_to,
    draft_records_hidden_from,
    insurances_visible_to,
    lab_results_visible_to,
    medical_records_visible_to,
    procedures_visible_to,
    visits_visible_to,
)

PAPERS = (".pdf", ".doc", ".docx", ".jpg", ".jpeg", ".png")

register(
    DocumentPolicy(
        slug="lab-results",
        model="medical_records.LabResult",
        extensions=(
            *(".pdf", ".jpg", ".jpeg", ".png", ".tiff", ".bmp", ".gif"),
            *(".txt", ".csv", ".xml", ".json", ".doc", ".docx", ".xls", ".xlsx"),
        ),
        max_size=10 * MB,
        max_files=10,
        categories=("result", "report", "image", "document"),
        visible_to=lab_results_visible_to,
        key=patient_record_key("lab-results"),
    )
)
register(
    DocumentPolicy(
        slug="insurances",
        model="medical_records.Insurance",
        extensions=PAPERS,
        max_size=5 * MB,
        max_files=5,
        categories=("card", "policy", "claim", "eob", "correspondence"),
        operations=frozenset({"upload", "download", "delete"}),
        visible_to=insurances_visible_to,
        key=patient_record_key("insurances"),
        link_ttl=timedelta(hours=1),
    )
)
register(
    DocumentPolicy(
        slug="visits",
        model="medical_records.Visit",
        extensions=(*PAPERS, ".txt"),
        max_size=15 * MB,
        max_files=8,
        categories=("summary", "referral", "prescription", "test_order", "correspondence"),
        visible_to=visits_visible_to,
        key=patient_record_key("visits"),
    )
)
register(
    DocumentPolicy(
        slug="procedures",
        model="medical_records.Procedure",
        extensions=(*PAPERS, ".dcm"),
        max_size=20 * MB,
        max_files=12,
        categories=("consent", "report", "image", "instructions", "billing"),
        visible_to=procedures_visible_to,
        key=patient_record_key("procedures"),
    )
)
register(
    DocumentPolicy(
        slug="medical-records",
        model="medical_records.MedicalRecord",
        extensions=(
            *(".pdf", ".jpg", ".jpeg", ".png", ".tiff", ".dcm", ".txt", ".csv", ".xml", ".json"),
            *(".doc", ".docx", ".xls", ".xlsx"),
        ),
        max_size=50 * MB,
        max_files=50,
        categories=(
            *("note", "result", "image", "prescription"),
            *("referral", "correspondence", "other"),
        ),
        visible_to=medical_records_visible_to,
        hidden_from=draft_records_hidden_from,
        key=medical_record_key,
    )
)
register(
    DocumentPolicy(
        slug="at-reports",
        model="medical_records.ATReport",
        extensions=(".pdf",),
        max_size=50 * MB,
        max_files=None,
        categories=("report",),
        operations=frozenset({"download", "preview"}),  # finalising a report makes its one file
        visible_to=at_reports_visible_to,
        key=at_report_key,
        retention="at-report",
    )
)
