"""Sending the link and setting the password. The link is in the e-mail and nowhere else."""

import hashlib
import time
from datetime import datetime

from axes.utils import reset as lift_lock_outs
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.encoding import force_bytes, force_str
from django.utils.http import base36_to_int, urlsafe_base64_decode, urlsafe_base64_encode

from accounts.backends import MembershipBackend
from accounts.mail import MailUnavailableError, send_mail
from accounts.models import Membership, User
from accounts.notices import PASSWORD_CHANGED, tell_person
from accounts.password_links import MembershipTokens, clinic_address
from accounts.policies import membership_of
from accounts.tenancy import current_schema

AN_HOUR = 60 * 60
LINK_LIVES = AN_HOUR  # seconds
MAILS_AN_HOUR = 3  # to one address; each holds a link that works


class ResetTokens(MembershipTokens):
    """Like an invitation's, but short-lived. One dies with a login, or with the password."""

    key_salt = "accounts.password_reset"

    def check_token(self, user: User | None, token: str | None) -> bool:  # type: ignore[override]
        return super().check_token(user, token) and self._age(token or "") <= LINK_LIVES

    def _age(self, token: str) -> int:
        made = base36_to_int(token.partition("-")[0])
        now: datetime = self._now()  # type: ignore[attr-defined]
        return int(self._num_seconds(now) - made)  # type: ignore[attr-defined]


reset_tokens = ResetTokens()


def send_reset_link(*, email: str, port: str = "") -> bool:
    """Write to an active member of this clinic; return whether there was somebody to write to.

    Nobody is told which it was: the request that asks for this ends before it begins.
    Raises `MailUnavailableError`.
    """
    known = User.objects.filter(email__iexact=email.strip()).first()
    membership = membership_of(known.pk, schema_name=current_schema()) if known else None
    if membership is None or not _counted(membership):
        return False
    try:
        send_mail(
            account=membership.account,
            to=membership.user.email,
            subject=f"A new password at {' '.join(membership.account.name.split())}",
            template="accounts/password_reset_mail",
            context={"name": str(membership), "link": reset_link(membership, port=port)},
        )
    except MailUnavailableError:
        _uncount(membership)  # nothing went out; the worker tries again
        raise
    return True


def reset_link(membership: Membership, *, port: str = "") -> str:
    """Return the address at which this member chooses a new password."""
    scheme = "https" if settings.HTTPS else "http"
    address = clinic_address(membership.account, scheme=scheme, port=port)
    # Behind the "#": what stands there reaches no server's log and no Referer.
    return f"{address}/app/forgot-password#key={reset_key(membership)}"


def reset_key(membership: Membership) -> str:
    user = User.objects.get(pk=membership.user_id)
    user.membership = membership
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{uid}-{reset_tokens.make_token(user)}"


def person_behind(key: str) -> User | None:
    """Return whose key this is, at this clinic, if it may still be used."""
    uid, _, token = key.partition("-")
    try:
        user_id = force_str(urlsafe_base64_decode(uid))
        user = MembershipBackend().get_user(user_id)
    except (ValueError, ValidationError):
        return None
    return user if user is not None and reset_tokens.check_token(user, token) else None


@transaction.atomic
def reset_password(*, key: str, password: str) -> User | None:
    """Set a new password, which ends every session, token and link of the login everywhere.

    None where the key was used meanwhile. Lock-outs end too: whoever guessed, guessed at a password
    that is gone, and only who reads the person's mail gets here.
    """
    found = person_behind(key)
    if found is None:
        return None
    User.objects.select_for_update().get(pk=found.pk)
    user = person_behind(key)  # anew: of two at once the second finds the first one's password
    if user is None:
        return None
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    lift_lock_outs(username=user.email.lower())
    tell_person(user.pk, PASSWORD_CHANGED)
    return user


def _count_key(membership: Membership) -> str:
    hour = int(time.time()) // AN_HOUR
    who = hashlib.sha256(str(membership.pk).encode()).hexdigest()
    return f"password-resets:{who}:{hour}"


def _uncount(membership: Membership) -> None:
    key = _count_key(membership)
    if cache.add(key, 0, timeout=AN_HOUR):  # another hour has begun
        return
    cache.decr(key)


def _counted(membership: Membership) -> bool:
    key = _count_key(membership)
    cache.add(key, 0, timeout=AN_HOUR)
    return bool(cache.incr(key) <= MAILS_AN_HOUR)
