"""Optimistic locking (RFC 9110, 13.1.1 and RFC 6585, 3): nobody overwrites unknowingly."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework.request import Request

from accounts.errors import ProblemError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANY = "*"


class IfMatchRequiredError(ProblemError):
    status = 428
    code = "if_match_required"
    detail = (
        "Send If-Match with the ETag of the record as you read it,"
        " or * to change it whatever it is now."
    )


class ChangedMeanwhileError(ProblemError):
    status = 412
    code = "changed_meanwhile"
    detail = "Somebody has changed this since you read it. Read it again and repeat your change."


def etag_of(record: Any) -> str:
    """Return the strong entity tag of a record: the microsecond of its last change."""
    return f'"{(record.updated_at - _EPOCH) // timedelta(microseconds=1):x}"'


def require_match(request: Request, record: Any) -> None:
    """Refuse a change to anything but what the caller has read. The record must be locked.

    Raises `IfMatchRequiredError` (428) or `ChangedMeanwhileError` (412).
    """
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        raise IfMatchRequiredError
    if sent == ANY:
        return
    if etag_of(record) not in {tag.strip() for tag in sent.split(",")}:
        raise ChangedMeanwhileError
