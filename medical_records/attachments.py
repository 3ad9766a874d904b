"""Which of this app's models carry documents."""

from documents.keys import patient_record_key
from documents.registry import MB, DocumentPolicy, register
from medical_records.policies import lab_results_visible_to

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
