"""Texts of messages as they may be sent."""

import unicodedata

from accounts.errors import ProblemError

LONGEST = 1600  # characters; Twilio takes no more in a message (its error 21617)
ALLOWED = frozenset("\n\t")


def checked_text(body: str, *, field: str = "body") -> str:
    """Return a text without blanks around it. Raises `ProblemError` for what cannot be sent."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST:
        raise ProblemError(
            f"A message has {LONGEST} characters at most; this one has {len(text)}.",
            field=field,
            code="max_length",
        )
    # Cc: control characters; Cs: halves of characters, which no encoding takes.
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in ALLOWED for one in text):
        raise ProblemError(
            "The text holds a character that cannot be sent.", field=field, code="invalid"
        )
    return text
