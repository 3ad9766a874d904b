"""Why people come, what is found and what is done: the plots of the demo's records. Invented."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One reason for a visit. `diagnoses` are ICD-10 codes, the primary first."""

    complaint: str
    diagnosis: str
    diagnoses: tuple[str, ...]
    plan: str
    prescriptions: tuple[dict[str, Any], ...] = ()
    labs: tuple[tuple[str, float, float, str], ...] = ()  # test, lowest, highest, unit
    temperature: tuple[float, float] = (36.1, 37.2)
    pressure: tuple[int, int] = (112, 138)  # systolic
    follow_up: int = 0  # days; 0: none
    procedure: tuple[str, str] | None = None  # name and code
    kind: str = ""  # of a sample document
    tags: tuple[str, ...] = field(default=())


def _drug(
    medication: str, dose: float, unit: str, frequency: str, days: int = 0, route: str = "oral"
) -> dict[str, Any]:
    row = {
        "medication": medication,
        "dose": dose,
        "unit": unit,
        "route": route,
        "frequency": frequency,
    }
    return {**row, "duration": {"value": days, "unit": "day"}} if days else row


SCENARIOS = (
    Scenario(
        complaint="Sore throat and fever for two days",
        diagnosis="Streptococcal tonsillitis",
        diagnoses=("J03.00",),
        plan="Penicillin for ten days; fluids and rest. Back if breathing or swallowing is hard.",
        prescriptions=(_drug("Phenoxymethylpenicillin", 500, "mg", "twice a day", 10),),
        labs=(("C-reactive protein", 12, 90, "mg/L"),),
        temperature=(38.0, 39.4),
    ),
    Scenario(
        complaint="Diabetes check",
        diagnosis="Type 2 diabetes, moderately controlled; early loss of feeling in both feet",
        diagnoses=("E11.42", "I10"),
        plan="Metformin goes on. Daily foot inspection, podiatry every three months.",
        prescriptions=(
            _drug("Metformin", 1000, "mg", "twice a day with meals"),
            _drug("Perindopril", 4, "mg", "every morning"),
        ),
        labs=(("HbA1c", 46, 78, "mmol/mol"), ("Creatinine", 60, 120, "µmol/L")),
        pressure=(128, 158),
        follow_up=90,
        kind="results_workbook",
    ),
    Scenario(
        complaint="Heel pain in the morning",
        diagnosis="Plantar fasciitis of the right foot",
        diagnoses=("M72.2",),
        plan="Stretching twice a day, insoles, no running for six weeks.",
        prescriptions=(_drug("Ibuprofen", 400, "mg", "three times a day with food", 7),),
        follow_up=42,
        procedure=("Casting for custom insoles", "F-221"),
        kind="clinical_photo",
    ),
    Scenario(
        complaint="Wound on the left shin that does not heal",
        diagnosis="Venous ulcer of the left lower leg",
        diagnoses=("I83.022", "I87.2"),
        plan="Compression, dressing twice a week, photograph at each visit.",
        labs=(("Albumin", 30, 44, "g/L"), ("C-reactive protein", 2, 30, "mg/L")),
        follow_up=7,
        procedure=("Wound debridement and dressing", "30071"),
        kind="clinical_photo",
    ),
    Scenario(
        complaint="High readings at home",
        diagnosis="Essential hypertension",
        diagnoses=("I10",),
        plan="Less salt, walking daily, diary of readings.",
        prescriptions=(_drug("Amlodipine", 5, "mg", "every morning"),),
        labs=(("Potassium", 3.6, 5.1, "mmol/L"), ("Creatinine", 60, 110, "µmol/L")),
        pressure=(146, 172),
        follow_up=28,
    ),
    Scenario(
        complaint="Tired, gaining weight, feeling cold",
        diagnosis="Hypothyroidism",
        diagnoses=("E03.9",),
        plan="Start levothyroxine; TSH again in six weeks.",
        prescriptions=(_drug("Levothyroxine", 75, "microgram", "every morning, fasting"),),
        labs=(("TSH", 6.2, 18, "mIU/L"), ("Free T4", 6, 11, "pmol/L")),
        follow_up=42,
        kind="trend_chart",
    ),
    Scenario(
        complaint="Twisted ankle at sport",
        diagnosis="Sprain of the left ankle, no fracture on the radiograph",
        diagnoses=("S93.402A",),
        plan="Rest, ice, compression, elevation; brace for three weeks.",
        prescriptions=(_drug("Diclofenac gel", 2, "g", "three times a day", 10, "topical"),),
        procedure=("Fitting of an ankle brace", "F-118"),
        kind="radiograph",
    ),
    Scenario(
        complaint="Yearly check",
        diagnosis="Healthy adult",
        diagnoses=("Z00.00",),
        plan="Nothing to do; next check in a year.",
        labs=(("Haemoglobin", 128, 162, "g/L"), ("Cholesterol", 3.9, 6.1, "mmol/L")),
        kind="consultation",
    ),
    Scenario(
        complaint="Short of breath when climbing stairs",
        diagnosis="Asthma, mild and persistent",
        diagnoses=("J45.30",),
        plan="Preventer every day; show the inhaler technique again at each visit.",
        prescriptions=(
            _drug("Budesonide", 200, "microgram", "one puff twice a day", route="inhaled"),
            _drug("Salbutamol", 100, "microgram", "two puffs when needed", route="inhaled"),
        ),
        follow_up=30,
    ),
    Scenario(
        complaint="Low mood since the summer",
        diagnosis="Depressive episode, moderate",
        diagnoses=("F32.1",),
        plan="Weekly talks, sleep diary, review of treatment in a month.",
        prescriptions=(_drug("Sertraline", 50, "mg", "every morning"),),
        follow_up=30,
    ),
    Scenario(
        complaint="Back pain after lifting",
        diagnosis="Low back pain without nerve signs",
        diagnoses=("M54.50",),
        plan="Keep moving; physiotherapy if it lasts longer than two weeks.",
        prescriptions=(_drug("Paracetamol", 1000, "mg", "up to four times a day", 5),),
        kind="progress_note",
    ),
    Scenario(
        complaint="Walks less and less, afraid of falling",
        diagnosis="Difficulty in walking; needs an assessment of aids",
        diagnoses=("R26.2", "Z91.81"),
        plan="Assessment of assistive technology; home visit.",
        follow_up=21,
        tags=("assistive",),
        kind="progress_note",
    ),
)
FOLLOW_UP = Scenario(
    complaint="Follow-up as agreed",
    diagnosis="Better than at the last visit",
    diagnoses=("Z09",),
    plan="Go on as before; come again when something changes.",
)
AIDS = (
    (
        "Walks 20 m indoors with a frame and tires quickly. Grip is weak on the left.",
        "To shop alone in the village centre, with rests.",
        (
            ("Four-wheeled walker with seat", 1, "Harbour Mobility", 249.0, "Rests are needed."),
            ("Anti-slip mat", 2, "Harbour Mobility", 18.5, "The bathroom floor is wet at times."),
        ),
    ),
    (
        "Cannot rise from the toilet without help. Balance is good once standing.",
        "To use the bathroom alone, by day and by night.",
        (
            ("Raised toilet seat with arms", 1, "Valley Aids", 129.0, "Height 45 cm measured."),
            ("Grab rail, 45 cm", 2, "Valley Aids", 39.9, "Either side of the basin."),
            ("Night light with sensor", 1, "", None, "Falls happened at night."),
        ),
    ),
)
