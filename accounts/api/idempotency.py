"""`Idempotency-Key` in the API's description; `accounts/idempotency.py` says what becomes of it."""

from drf_spectacular.utils import OpenApiParameter

from accounts.idempotency import HEADER, LONGEST_KEY

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST_KEY, "pattern": "^[ -~]*$"},
    OpenApiParameter.HEADER,
    description=f"of the caller's choice, {LONGEST_KEY} characters at most: asked again with the"
    " same key, nothing is done twice",
)
