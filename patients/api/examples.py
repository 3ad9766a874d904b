"""Examples of the OpenAPI description. Everybody in them is invented."""

from drf_spectacular.utils import OpenApiExample

_NEW = {
    "first_name": "Zoë",
    "last_name": "Okafor",
    "date_of_birth": "2015-03-01",
    "sex": "female",
    "email": "zoe@mail.example",
    "phone": "+61412345678",
    "external_id": "N-100",
}
_ID = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"
PATIENT_EXAMPLES = [
    OpenApiExample("A new patient", value=_NEW, request_only=True),
    OpenApiExample(
        "As it is kept",
        value={
            "id": _ID,
            **_NEW,
            "address": "",
            "filemaker_id": "",
            "status": "active",
            "clinician_id": None,
            "research_consent": False,
            "research_consent_on": None,
            "notes": "",
            "created_at": "2026-11-21T00:05:12.345678Z",
            "updated_at": "2026-11-21T00:05:12.345678Z",
        },
        response_only=True,
        status_codes=["201"],
    ),
]
_FAULT = {
    "field": "email",
    "code": "duplicate_patient",
    "message": "Another patient has this email.",
    "patient_id": _ID,
}
_RESULTS = [
    {"index": 0, "status": "created", "id": _ID, "errors": []},
    {"index": 1, "status": "error", "id": None, "errors": [_FAULT]},
]
BULK_EXAMPLES = [
    OpenApiExample(
        "Two patients",
        value={"patients": [_NEW, {"first_name": "Sam", "last_name": "Okafor"}]},
        request_only=True,
    ),
    OpenApiExample(
        "All were added",
        value={"created": [_ID, "01931f6e-9b2c-7d10-8a41-6c7d8e9f0a1b"], "count": 2},
        response_only=True,
        status_codes=["201"],
    ),
    OpenApiExample(
        "With partial=true",
        value={"count": 1, "results": _RESULTS},
        response_only=True,
        status_codes=["200"],
    ),
]
IMPORT_EXAMPLES = [
    OpenApiExample(
        "A trial run",
        value={
            "dry_run": True,
            "count": 1,
            "results": [
                {"index": 0, "line": 2, "status": "valid", "id": None, "errors": []},
                {"index": 1, "line": 3, "status": "error", "id": None, "errors": [_FAULT]},
            ],
        },
        response_only=True,
        status_codes=["200"],
    )
]
GUARDIAN_EXAMPLES = [
    OpenApiExample(
        "A mother, by her login's e-mail",
        value={"email": "gina@mail.example", "relationship": "parent"},
        request_only=True,
    )
]
TIMELINE_EXAMPLES = [
    OpenApiExample(
        "A document",
        value={
            "kind": "document",
            "at": "2026-11-20T23:40:00Z",
            "id": _ID,
            "title": "referral.pdf",
            "url": f"/api/v1/files/{_ID}",
        },
        response_only=True,
        status_codes=["200"],
    )
]
