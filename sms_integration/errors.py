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
