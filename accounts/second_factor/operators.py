"""A second factor for those who run the platform, on the server's own command line."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django.db import transaction

from accounts.errors import ConflictError, ProblemError
from accounts.models import User
from accounts.second_factor.adapter import SecondFactorAdapter
from accounts.second_factor.codes import use_first_code


class WrongCodeError(ProblemError):
    code = "incorrect_code"
    detail = "The code is wrong. Nothing was changed; begin again."


class AlreadySetUpError(ConflictError):
    code = "already_set_up"
    detail = "This login has a second factor. Take it off first, with --off."


def new_secret(user: User) -> tuple[str, str]:
    """Return a secret as text, and as the address that authenticator apps read.

    Raises `AlreadySetUpError`.
    """
    if Authenticator.objects.filter(user=user).exists():
        raise AlreadySetUpError
    secret = generate_totp_secret()
    return secret, SecondFactorAdapter().build_totp_url(user, secret)


@transaction.atomic
def set_up(*, user: User, secret: str, code: str) -> list[str]:
    """Keep the secret, if its app shows the right code, and return recovery codes.

    Raises `WrongCodeError`, `AlreadySetUpError`.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if Authenticator.objects.filter(user=user).exists():
        raise AlreadySetUpError
    if not validate_totp_code(secret, code):
        raise WrongCodeError
    use_first_code(TOTP.activate(user, secret).instance, code)
    return RecoveryCodes.activate(user).generate_codes()
