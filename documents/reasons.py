"""Why somebody did it: asked for wherever the history must show more than who and when."""

from accounts.errors import ProblemError

REASON = 300  # characters


def checked_reason(text: str) -> str:
    """Return a reason without the blanks around it. Raises `ProblemError` (field `reason`)."""
    text = text.strip()
    if not text:
        raise ProblemError("Say why; the history shows it.", field="reason")
    if len(text) > REASON:
        raise ProblemError(f"The reason has more than {REASON} characters.", field="reason")
    return text
