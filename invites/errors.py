from typing import Any
from uuid import UUID

from accounts.errors import ConflictError, ProblemError


class HasLoginError(ConflictError):
    code = "has_login"
    detail = "This patient has a login already."


class PendingInviteError(ConflictError):
    """`invite_id` says which one; resend or revoke it."""

    code = "invite_pending"

    def __init__(self, invite_id: UUID) -> None:
        extra: dict[str, Any] = {"invite_id": str(invite_id)}
        super().__init__(
            "This patient has an invite that is still open; resend or revoke it.",
            field="patient_id",
            extra=extra,
        )


class NotInvitableError(ConflictError):
    code = "not_invitable"
    detail = "Archived and deceased patients are not invited; make the patient active first."


class NoEmailError(ProblemError):
    code = "no_email"
    detail = (
        "This patient has no e-mail address. Add one; a child is looked after by a guardian's"
        " login instead."
    )


class NotPendingError(ConflictError):
    code = "not_pending"
    detail = "Only an open invite can be resent or revoked; make a new one."


class InviteGoneError(ProblemError):
    """The invite has ended; `code` says how: used, expired or revoked."""

    status = 410


class UnknownInviteError(ProblemError):
    status = 404
    code = "unknown_invite"
    detail = "There is no such invite. Take the whole link from the newest e-mail."


class PasswordRefusedError(ProblemError):
    """The address has a login, and this is not its password."""

    code = "wrong_password"
    detail = (
        "There is a login with your e-mail address already. Give the password of that login,"
        " or ask the clinic for help."
    )


class TooManyTriesError(ProblemError):
    status = 429
    code = "throttled"

    def __init__(self, *, wait: int) -> None:
        self.wait = wait
        super().__init__(f"Too many wrong passwords. Try again in {wait} seconds.")


class LoginClosedError(ConflictError):
    code = "login_closed"
    detail = "This login cannot be used at the clinic. Please ring the clinic."


class LoginTakenError(ConflictError):
    code = "login_taken"
    detail = "Your login belongs to another patient of this clinic. Please ring the clinic."
