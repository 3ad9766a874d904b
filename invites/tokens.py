"""Tokens of invites: 256 random bits for the patient, their hash for us."""

import hashlib
import secrets

BYTES = 32
LONGEST = 200  # characters of anything that could be one


def new_token() -> tuple[str, str]:
    """Return a token and its hash."""
    token = secrets.token_urlsafe(BYTES)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """Return the SHA-256 of a token, in hex.

    No salt and no slow hash: 256 random bits cannot be guessed or looked up.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
