"""Numbers as people type them, checked."""

from phonenumber_field.phonenumber import to_python

from accounts.errors import ProblemError


def valid_number(text: str, *, field: str = "phone") -> str:
    """Return a number in E.164. Raises `ProblemError` where it is none."""
    number = to_python(text)
    if not number or not number.is_valid():
        raise ProblemError(
            "Send a telephone number such as +61412345678.", field=field, code="invalid_phone"
        )
    return str(number.as_e164)
