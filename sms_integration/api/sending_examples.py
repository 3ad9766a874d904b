"""Examples of the OpenAPI description. Everybody in them is invented."""

from drf_spectacular.utils import OpenApiExample

_PATIENT = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"
NEW = [
    OpenApiExample(
        "Now",
        value={"patient_id": _PATIENT, "body": "Your brace is ready to be collected."},
        request_only=True,
    )
]
BULK = [
    OpenApiExample(
        "To named patients",
        value={"patient_ids": [_PATIENT], "body": "Dear {first_name}, {clinic} has moved."},
        request_only=True,
    )
]
