"""The base of every error that a caller can mend, and this app's own."""

from typing import Any


class ProblemError(Exception):
    """A refusal with a machine code, an HTTP status and a sentence that says what to do.

    Services raise it; the API answers it as a problem (RFC 9457), admin and commands show it.
    """

    status = 400
    code = "invalid"
    detail = "The request is invalid."

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.detail = detail or self.detail
        self.code = code or self.code
        self.field = field
        self.extra = extra or {}
        super().__init__(self.detail)


class NotFoundError(ProblemError):
    """It does not exist, or this caller may not know that it does: both answer alike."""

    status = 404
    code = "not_found"
    detail = "There is nothing at this address for you."


class NotPermittedError(ProblemError):
    """The caller may see it, but their role may not do this."""

    status = 403
    code = "not_permitted"
    detail = "Your role does not allow this."


class ConflictError(ProblemError):
    status = 409
    code = "conflict"


class AccountRefusedError(ProblemError):
    """A clinic cannot be made or changed like this; `field` says what to change."""

    code = "account_refused"
