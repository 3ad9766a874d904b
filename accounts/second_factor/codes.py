"""Checking a code. Each is good once, at all clinics together, and guessing ends soon."""

import math
import time

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.errors import ProblemError
from accounts.models import User
from accounts.notices import CODES_GUESSED, tell_person
from accounts.requests import in_minutes
from accounts.second_factor.factors import APP, RECOVERY

WRONG_CODES = 5  # of one login, at all clinics together ...
WITHIN = 15 * 60  # ... in so many seconds; as long after the last of them no code is looked at


class TooManyCodesError(ProblemError):
    status = 429
    code = "login_locked"

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"Too many wrong codes. Try again in {in_minutes(wait)}.")


def use_code(user: User, code: str) -> Authenticator | None:
    """Use a code up and return what it belongs to; None where it is wrong or was used before.

    Used codes and wrong ones are counted in the row of the authenticator and under its lock: the
    cache is another one for each clinic, and two who ask at once must not both be let in.
    Of a lock-out the person is told once: whoever guesses here knows the password.
    Raises `TooManyCodesError`.
    """
    now = time.time()
    with transaction.atomic():
        # One query in one order: two at once wait for each other, never for ever.
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk).order_by("pk")
        known = {row.type: row for row in rows}
        app = known.get(APP)
        if app is None:
            return None
        wrong = _counted(app, now)
        found = _matching(known, code)
        app.data["wrong"] = [] if found else [*wrong, now]
        app.save(update_fields=["data"])
        if len(app.data["wrong"]) == WRONG_CODES:
            tell_person(user.pk, CODES_GUESSED)
        if found is not None:
            found.user = user
        return found


def use_first_code(app: Authenticator, code: str) -> None:
    """Use up the code with which an app was set up: it must not open a login as well."""
    with transaction.atomic():
        locked = Authenticator.objects.select_for_update().get(pk=app.pk)
        if _is_next(locked, code):
            locked.save(update_fields=["data"])


def _counted(app: Authenticator, now: float) -> list[float]:
    """Return when there were wrong codes that still count. Raises `TooManyCodesError`."""
    wrong: list[float] = app.data.get("wrong", [])
    if len(wrong) >= WRONG_CODES and wrong[-1] > now - WITHIN:
        raise TooManyCodesError(wait=math.ceil(wrong[-1] + WITHIN - now))
    return [at for at in wrong if at > now - WITHIN]


def _matching(known: dict[str, Authenticator], code: str) -> Authenticator | None:
    if _is_next(known[APP], code):
        return known[APP]
    recovery = known.get(RECOVERY)
    return recovery if recovery is not None and recovery.wrap().validate_code(code) else None


def _is_next(app: Authenticator, code: str) -> bool:
    """Say whether the code is a later one than the last that was used, and note it as used."""
    secret, last = decrypt(app.data["secret"]), app.data.get("last", 0)
    for step in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, step))
        if step > last and compare_user_code(actual=code, expected=expected):
            app.data["last"] = step
            return True
    return False
