"""Examples of the OpenAPI description. Everybody in them is invented."""

from drf_spectacular.utils import OpenApiExample

_PATIENT = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"
_INVITE = {
    "id": "01931f6e-9b2c-7d10-8a41-6c7d8e9f0a1b",
    "patient_id": _PATIENT,
    "patient_name": "Ava Nguyen",
    "email": "ava@mail.test",
    "status": "pending",
    "clinician_id": None,
    "message": "",
    "expires_at": "2026-12-05T01:00:00Z",
    "sent_at": "2026-11-21T01:00:00Z",
    "sent_count": 1,
    "delivery_error": "",
    "accepted_at": None,
    "created_at": "2026-11-21T01:00:00Z",
}
GENERATE = [
    OpenApiExample("One patient", value={"patient_id": _PATIENT}, request_only=True),
    OpenApiExample(
        "Invited", value={**_INVITE, "link": ""}, response_only=True, status_codes=["201"]
    ),
]
BULK = [
    OpenApiExample("Some patients", value={"patient_ids": [_PATIENT]}, request_only=True),
    OpenApiExample(
        "One was not invited",
        value={
            "invited": 0,
            "refused": 1,
            "results": [
                {
                    "patient_id": _PATIENT,
                    "status": "refused",
                    "invite": None,
                    "code": "has_login",
                    "detail": "This patient has a login already.",
                }
            ],
        },
        response_only=True,
        status_codes=["200"],
    ),
]
ACCEPT = [
    OpenApiExample(
        "A new login",
        value={
            "token": "the part of the link behind #",
            "password": "four words or twelve characters",
            "name": "Ava Nguyen",
        },
        request_only=True,
    )
]
