"""Refusals of this app; each service's docstring says which it raises."""

from accounts.errors import ConflictError, ProblemError


class SuppressedError(ConflictError):
    """The number opted out; its owner has to send START, or staff lift it."""

    code = "opted_out"
    detail = "This number wants no messages. It has to send START first."


class NoPhoneError(ProblemError):
    code = "no_phone"
    detail = "This patient has no phone number. Add one to the patient first."


class NoGatewayError(ConflictError):
    code = "no_gateway"
    detail = "No gateway is switched on. An administrator connects one under Messages, Gateways."


class NotDraftError(ConflictError):
    code = "not_draft"
    detail = "This message has been sent or is on its way. Write a new one."


class MessageStateError(ConflictError):
    """The message is in a state in which this cannot be done; the detail says which."""

    code = "message_state"


class KeyUsedError(ConflictError):
    """The idempotency key belongs to another message of the same person."""

    code = "idempotency_key_used"
    detail = (
        "This Idempotency-Key was used for another message. Use a new key for each message, and the"
        " same one only to send the very same request again."
    )


class NotReachableError(ConflictError):
    code = "not_reachable"
    detail = "Archived and deceased patients are not written to; make the patient active first."


class FilesNotReadyError(ConflictError):
    code = "files_not_ready"
    detail = "A file of this message is still on its way. Send the message when it has arrived."


class GatewayCheckError(ProblemError):
    """The gateway refused the credentials, or could not be reached; the detail says why."""

    status = 422
    code = "gateway_check"
