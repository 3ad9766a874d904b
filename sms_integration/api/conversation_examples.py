"""Examples of the OpenAPI description. Everybody in them is invented."""

from drf_spectacular.utils import OpenApiExample

_PATIENT = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"
_CONVERSATION = {
    "id": "01931f6e-9b2c-7d10-8a41-6c7d8e9f0a1b",
    "patient_id": _PATIENT,
    "patient_name": "Ava Nguyen",
    "phone": "+61491570156",
    "email": "",
    "last_message_at": "2026-11-21T01:00:00Z",
    "last_message": {
        "direction": "inbound",
        "status": "received",
        "text": "Here is the picture of my knee.",
    },
    "unread_count": 1,
    "opted_out": False,
    "created_at": "2026-11-20T01:00:00Z",
}
ASSIGN = [
    OpenApiExample(
        "Of nobody so far",
        value={"patient_id": _PATIENT, "from_patient_id": None},
        request_only=True,
    ),
    OpenApiExample("It is hers now", value=_CONVERSATION, response_only=True, status_codes=["200"]),
]
READ = [
    OpenApiExample(
        "As far as was seen",
        value={"up_to": "01931f6e-9b2c-7d10-8a41-6c7d8e9f0a2c"},
        request_only=True,
    ),
    OpenApiExample(
        "Nothing is unread",
        value={**_CONVERSATION, "unread_count": 0},
        response_only=True,
        status_codes=["200"],
    ),
]
