"""Who is in the demo clinics, and of what they are made. Everybody in them is invented."""

from dataclasses import dataclass
from datetime import date

PASSWORD = "demo-password"
LOGINS = (
    ("admin@demo.test", "administrator of the Demo Clinic"),
    ("provider@demo.test", "provider there: own and unassigned patients"),
    ("patient@demo.test", "patient there"),
    ("guardian@demo.test", "parent of two patients there"),
    ("research@demo.test", "research partner there"),
    ("developer@demo.test", "developer there"),
    ("admin@north.test", "administrator of the North Clinic"),
    ("provider@north.test", "provider there"),
    ("platform@localhost.test", "platform administrator (platform's host only)"),
)
FIRST = (
    "Ava Noah Mia Leo Zoë Ivan Priya Omar Chloé Jack Lucía Hugo Mei Tama Aroha Sami Nadia Finn"
    " Olga Kofi Ingrid Mateo Sina Ewa Tomás Ruby Björn Amina Daniel Grace"
).split()
LAST = (
    "Nguyen Smith O'Brien García Müller Singh Walker Kowalski Haddad Chen Brown Ngata Rossi Ito"
    " Larsen Wójcik Dubois Mokoena Ivanova Taylor Silva Petrov Andersen Kaur Yılmaz"
).split()
TESTS = (
    ("Haemoglobin", "718-7", "g/L", 130, 180, 0),
    ("Potassium", "2823-3", "mmol/L", 3.5, 5.2, 1),
    ("HbA1c", "59261-8", "mmol/mol", 20, 42, 0),
    ("TSH", "3016-3", "mIU/L", 0.4, 4.0, 2),
    ("C-reactive protein", "1988-5", "mg/L", 0, 5, 1),
    ("Ferritin", "2276-4", "µg/L", 30, 300, 0),
)
LAB_KINDS = (
    *("lab_report", "lab_export", "observations", "results_workbook"),
    *("consultation", "trend_chart", "pressure_map", "progress_note", "scanned_letter"),
)
PATIENT_KINDS = ("referral_letter", "letter_docx", "insurance_card", "radiograph", "insole_photo")
BATCH_KINDS = ("clinical_photo", "wound_photo", "electrocardiogram")
CATEGORIES = {
    "insurance_card": "identification",
    "letter_docx": "letter",
    "radiograph": "report",
    "insole_photo": "other",
    "lab_report": "report",
    "trend_chart": "image",
    "pressure_map": "image",
    "electrocardiogram": "scan",
    "scanned_letter": "document",
}
LAST_DAY = date(2026, 10, 31)


@dataclass(frozen=True)
class Plan:
    schema: str
    name: str
    patients: int
    seed: int


PLANS = (
    Plan("demo", "Demo Clinic", patients=160, seed=1),
    Plan("north", "North Clinic", patients=60, seed=2),
)
