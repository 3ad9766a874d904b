"""What may stand in braces in a text, and filling it in. One list; docs/messages.md shows it."""

import re
from collections.abc import Callable, Iterator

from accounts.clock import today
from accounts.errors import ProblemError
from accounts.policies import current_account
from patients.models import Patient

Value = Callable[[Patient], str]


def _clinician(patient: Patient) -> str:
    return patient.clinician.shown_name if patient.clinician_id else ""


PLACEHOLDERS: dict[str, tuple[str, Value]] = {
    "first_name": ("the patient's first name", lambda patient: patient.first_name),
    "last_name": ("the patient's last name", lambda patient: patient.last_name),
    "full_name": ("first and last name", lambda patient: patient.full_name),
    "clinician": ("what the clinic calls the patient's clinician", _clinician),
    "clinic": ("the clinic's name", lambda _: current_account().name),
    "date": ("today's date by the clinic's clock: 24/11/2026", lambda _: f"{today():%d/%m/%Y}"),
}
OF_NOBODY = frozenset({"clinic", "date"})  # which need no patient
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


class MissingValueError(ProblemError):
    """The patient has no value for a placeholder; `placeholder` says which."""

    code = "missing_placeholder"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{{{name}}} cannot be filled in: this patient has none. Add it, or change the text.",
            field="body",
            extra={"placeholder": name},
        )


def check_placeholders(text: str) -> None:
    """Refuse a text with braces that are no placeholder. Raises `ProblemError` with its name."""
    for name in _names(text):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise ProblemError(
                f"There is no placeholder {{{name[:40]}}}. There are {known}.",
                field="body",
                code="unknown_placeholder",
            )


def fill(text: str, patient: Patient | None) -> str:
    """Return a text with its placeholders filled in, once: values are not looked through again.

    Raises `ProblemError` for an unknown one, `MissingValueError` where a value is missing.
    """
    check_placeholders(text)

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if patient is None and name not in OF_NOBODY:
            raise MissingValueError(name)
        filled = PLACEHOLDERS[name][1](patient)  # type: ignore[arg-type]
        if not filled.strip():
            raise MissingValueError(name)
        return filled.strip()

    return _BRACES.sub(value, text)


def _names(text: str) -> Iterator[str]:
    for found in _BRACES.finditer(text):
        yield found[1] if found[1] is not None else found[0]
