"""Keys by which the same request, sent again, is known: `Idempotency-Key`."""

from uuid import UUID

from accounts.errors import ProblemError

HEADER = "Idempotency-Key"
LONGEST_KEY = 60  # characters; a column that holds whose it is as well has 100


def whole_key(user_id: UUID, key: str) -> str:
    """Return the key with whose it is: what one chose says nothing to anybody else."""
    if not key:
        return ""
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise ProblemError(
            f"An {HEADER} has {LONGEST_KEY} printable ASCII characters at most.",
            field="idempotency_key",
        )
    return f"{user_id}:{key}"
