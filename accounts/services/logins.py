"""Logins: what the platform's operators change of a person, for all clinics at once."""

from typing import Any

from django.db import transaction

from accounts.models import Account, Membership, User
from accounts.roles import Role
from accounts.services.members import other_administrators


def make_login(
    *, email: str, name: str = "", is_active: bool = True, is_superuser: bool = False
) -> User:
    """Make a login without a password; a membership's one-time link lets its person choose one."""
    return User.objects.create_user(
        email, None, name=name, is_active=is_active, is_superuser=is_superuser
    )


@transaction.atomic
def change_login(*, user: User, **fields: Any) -> User:
    """Change e-mail, name, whether it works at all, and whether it administers the platform.

    Deactivating ends all sessions, tokens and one-time links everywhere for good. It is allowed
    even where a clinic then has no administrator (`clinics_left_alone` says which): a stolen
    login must be closed at once, and the platform can make another administrator.
    """
    found = User.objects.select_for_update().get(pk=user.pk)
    was_active = found.is_active
    for name, value in fields.items():
        setattr(found, name, value)
    if was_active and not found.is_active:
        found.login_epoch += 1
    found.full_clean(exclude=["password"])
    found.save()
    return found


def clinics_left_alone(user: User) -> list[Account]:
    """Return the clinics that this person administers and nobody else who can log in does."""
    administered = Membership.objects.select_related("account").filter(
        user=user, role=Role.ADMIN, is_active=True
    )
    return [one.account for one in administered if not other_administrators(one).exists()]
