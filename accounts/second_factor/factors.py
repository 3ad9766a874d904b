"""Which second factors a login has, and which of them count at this clinic."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from accounts.models import Membership, User
from accounts.policies import current_account

APP = Authenticator.Type.TOTP
RECOVERY = Authenticator.Type.RECOVERY_CODES


def factors_here(user: User | Any) -> "QuerySet[Authenticator]":
    """Return the login's second factors, without those that this clinic has switched off.

    `user.membership` must be loaded, as the login backend does it.
    """
    found = Authenticator.objects.filter(user_id=user.pk)
    waived_at = user.membership.second_factor_waived_at if user.membership else None
    return found.filter(created_at__gt=waived_at) if waived_at else found


def has_second_factor(user: User | Any) -> bool:
    """Say whether this clinic asks the person for a code after the password."""
    return factors_here(user).filter(type=APP).exists()


def second_factor_wanted(membership: Membership) -> bool:
    """Say whether this member must set one up before anything else works at this clinic."""
    if not membership.is_staff or not current_account().second_factor_required:
        return False
    return not has_second_factor(membership.user)
