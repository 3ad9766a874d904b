"""The base of every error that a caller can mend, and this app's own."""

from typing import Any


class ProblemError(Exception):
    """A refusal with a machine code, an HTTP status and a sentence that says what to do.

    Services raise it; the API answers it as a problem (RFC 9457), admin and commands show it.
    """

    status = 400
    code = "invalid"
    detail = "The request is invalid."
    wait: int | None = None  # seconds until it may be tried again: Retry-After

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


class SecondFactorRequiredError(NotPermittedError):
    code = "second_factor_required"
    detail = (
        "This clinic wants a second factor of its staff. Set up an authenticator app first,"
        " in your account."
    )


class ConflictError(ProblemError):
    status = 409
    code = "conflict"


class AccountRefusedError(ProblemError):
    """A clinic cannot be made or changed like this; `field` says what to change."""

    code = "account_refused"


class AlreadyMemberError(ConflictError):
    code = "already_member"
    detail = "This person is a member of the clinic already. Change their role instead."


class LastAdministratorError(ConflictError):
    code = "last_administrator"
    detail = (
        "The clinic would have no active administrator. Make somebody else administrator first."
    )


class PatientRoleError(ProblemError):
    """Patients come by an invite to their own record, so that the login belongs to it."""

    code = "patient_role"
    detail = "Patients become members by the invite to their record, not here."


class InactiveMemberError(ConflictError):
    code = "member_inactive"
    detail = "This member is deactivated. Reactivate them first."


class InvitationNotSentError(ProblemError):
    status = 503
    code = "invitation_not_sent"
    detail = (
        "The member is kept, but the e-mail could not be sent. Send the invitation again later."
    )


class TooManyInvitationsError(ProblemError):
    status = 429
    code = "throttled"

    def __init__(self, *, wait: int) -> None:
        self.wait = wait
        super().__init__(f"Too many invitations from this clinic. Try again in {wait} seconds.")
