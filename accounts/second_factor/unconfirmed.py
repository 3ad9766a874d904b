"""The secret of an app that is being set up: shown already, its first code still to come.

It lies in the session, which is a row of the clinic's schema. So it is encrypted there, as it will
be once it counts.
"""

from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase

from accounts.fields import decrypt, encrypt


def new_secret(session: SessionBase) -> str:
    """Return another secret and keep it in the place of the last. It goes when it is confirmed."""
    secret = generate_totp_secret()
    session[SECRET_SESSION_KEY] = encrypt(secret)  # where allauth clears it
    return secret


def shown_secret(session: SessionBase) -> str | None:
    """Return the secret that was shown last, none where there is none that can be read."""
    try:
        return decrypt(session.get(SECRET_SESSION_KEY, "")) or None
    except InvalidToken:
        return None
