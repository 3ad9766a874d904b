"""Examples of the OpenAPI description. Everybody in them is invented."""

from drf_spectacular.utils import OpenApiExample

_RECORD = {
    "patient_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f",
    "visit_date": "2026-11-20T23:30:00Z",
    "chief_complaint": "Sore throat and fever for two days",
    "diagnosis": "Streptococcal tonsillitis",
    "diagnoses": [
        {
            "icd_code": "J03.00",
            "diagnosis_name": "Acute streptococcal tonsillitis, unspecified",
            "diagnosis_type": "primary",
            "notes": "",
        }
    ],
    "treatment_plan": "Antibiotics for ten days; rest and fluids.",
    "prescriptions": [
        {
            "medication": "Phenoxymethylpenicillin",
            "dose": 500,
            "unit": "mg",
            "route": "oral",
            "frequency": "twice a day",
            "duration": {"value": 10, "unit": "day"},
        }
    ],
    "vital_signs": {
        "systolic": {"value": 118, "unit": "mmHg"},
        "diastolic": {"value": 76, "unit": "mmHg"},
        "temperature": {"value": 38.6, "unit": "°C"},
    },
    "lab_results": [{"test": "C-reactive protein", "value": 48, "unit": "mg/L", "flag": "H"}],
    "follow_up_required": True,
    "follow_up_date": "2026-12-01",
}
RECORD_EXAMPLES = [
    OpenApiExample("A draft", value=_RECORD, request_only=True),
    OpenApiExample(
        "As it is kept",
        value={
            "id": "01931f6e-9b2c-7d10-8a41-6c7d8e9f0a1b",
            **_RECORD,
            "doctor_id": "01931f6e-1111-7aaa-8bbb-0c0d0e0f1011",
            "visit_id": None,
            "notes": "",
            "status": "draft",
            "finalized_at": None,
            "addenda": [],
            "created_at": "2026-11-21T00:05:12.345678Z",
            "updated_at": "2026-11-21T00:05:12.345678Z",
        },
        response_only=True,
        status_codes=["200", "201"],
    ),
]
REPORT_EXAMPLES = [
    OpenApiExample(
        "A draft",
        value={
            "patient_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f",
            "assessed_on": "2026-11-20",
            "findings": "Walks 20 m indoors with a frame; tires quickly.",
            "goals": "To shop alone in the village centre.",
            "items": [
                {
                    "item": "Four-wheeled walker with seat",
                    "quantity": 1,
                    "supplier": "Harbour Mobility",
                    "cost": 249.0,
                    "rationale": "Rests are needed every 100 m.",
                }
            ],
        },
        request_only=True,
    )
]
