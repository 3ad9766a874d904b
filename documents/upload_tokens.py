"""Links to send bytes with, where the store has no addresses of its own: signed, and narrow.

A token is good at one clinic, for one document, for one part (or the whole) of just so many bytes,
and until its time is over. Whoever has it can write to the staging place, and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.utils import timezone

from accounts.errors import ProblemError
from accounts.tenancy import current_schema

SALT = "documents.direct-upload"
WHOLE = 0  # instead of a part's number


class LinkRefusedError(ProblemError):
    """The link was changed, is for another clinic, or its time is over: all answer alike."""

    status = 403
    code = "link_refused"
    detail = "This link is not good, or not any more. Ask for a new one."


@dataclass(frozen=True)
class UploadToken:
    """What a link allows. `number` counts parts from 1; `size` in bytes."""

    document_id: UUID
    number: int
    size: int


def make_token(token: UploadToken, *, until: datetime) -> str:
    """Return the text of a token for the clinic that we are in."""
    payload = [
        current_schema(),
        str(token.document_id),
        token.number,
        token.size,
        until.timestamp(),
    ]
    return signing.dumps(payload, salt=SALT)


def read_token(text: str) -> UploadToken:
    """Return what a token allows. Raises `LinkRefusedError`."""
    try:
        schema, document_id, number, size, until = signing.loads(text, salt=SALT)
    except signing.BadSignature as error:
        raise LinkRefusedError from error
    if schema != current_schema() or until < timezone.now().timestamp():
        raise LinkRefusedError
    return UploadToken(UUID(document_id), number, size)
