"""The header by which a client sends an upload again without doubling it."""

from drf_spectacular.utils import OpenApiParameter

from accounts.idempotency import HEADER, LONGEST_KEY

UPLOAD_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST_KEY, "pattern": "^[ -~]*$"},
    OpenApiParameter.HEADER,
    description="of the caller's choice, 60 characters at most: sent again with the same key, a"
    " file becomes one document",
)
