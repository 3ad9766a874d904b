"""People of a clinic: who is one, as what, and who is one no longer."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.errors import (
    LastAdministratorError,
    NotFoundError,
    NotPermittedError,
    PatientRoleError,
)
from accounts.models import Account, Membership, User
from accounts.roles import Role


@transaction.atomic
def add_member(
    *, account: Account, email: str, role: Role, name: str = "", password: str | None = None
) -> Membership:
    """Give a person a role at a clinic, making their login when there is none.

    An existing login keeps its name and password: it may serve other clinics too.
    Asks nobody's ability: for the platform, commands and other services.
    """
    user = _login_of(email, name, password)
    membership = Membership(account=account, user=user, role=role, name=name)
    membership.full_clean()
    membership.save()
    return membership


def change_member(
    *,
    membership: Membership,
    member: Membership,
    role: Role | None = None,
    is_active: bool | None = None,
) -> Membership:
    """Change the role of a colleague, or deactivate or reactivate a member.

    Patients can be deactivated, but nobody becomes or stops being one here.
    Raises `PatientRoleError`, `LastAdministratorError`, `NotPermittedError`, `NotFoundError`.
    """
    if not membership.may("members.change"):
        raise NotPermittedError
    if member.account_id != membership.account_id:
        raise NotFoundError
    if role is not None and role != member.role and Role.PATIENT in {role, member.role}:
        raise PatientRoleError(field="role")
    return set_membership(member=member, role=role, is_active=is_active)


@transaction.atomic
def set_membership(
    *, member: Membership, role: Role | None = None, is_active: bool | None = None
) -> Membership:
    """Write what a person is at a clinic; the one place that does, for clinics and the platform.

    The role counts from the next request on. Deactivating ends all sessions, tokens and one-time
    links at this clinic for good (`login_epoch`). Raises `LastAdministratorError`.
    """
    lock_members(member.account_id)
    locked = Membership.objects.select_related("user").select_for_update(of=("self",))
    found = locked.get(pk=member.pk)
    before = (found.role, found.is_active)
    administered = _administers(found)
    found.role = found.role if role is None else role
    found.is_active = found.is_active if is_active is None else is_active
    if before == (found.role, found.is_active):
        return found
    if administered and not _administers(found) and not other_administrators(found).exists():
        raise LastAdministratorError
    if before[1] and not found.is_active:
        found.login_epoch += 1
    if found.role == Role.ADMIN and before[0] != Role.ADMIN:
        found.second_factor_waived_at = None  # no administrator is let in without theirs this way
    found.full_clean()
    found.save()
    return found


def lock_members(account_id: UUID) -> None:
    """Let nobody else change this clinic's members until the transaction ends.

    Taken before any membership is locked, so that two changes wait for each other and never
    for ever. New rows that refer to the clinic do not wait.
    """
    Account.objects.select_for_update(no_key=True).get(pk=account_id)


def other_administrators(member: Membership) -> QuerySet[Membership]:
    """Return who administers the clinic besides this member, and can log in."""
    return Membership.objects.filter(
        account_id=member.account_id, role=Role.ADMIN, is_active=True, user__is_active=True
    ).exclude(pk=member.pk)


def _administers(member: Membership) -> bool:
    return member.role == Role.ADMIN and member.is_active and member.user.is_active


def _login_of(email: str, name: str, password: str | None) -> User:
    known = User.objects.filter(email__iexact=email.strip())
    user = known.first()
    if user is not None:
        return user
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name)
    except (IntegrityError, ValidationError):
        user = known.first()  # another clinic was faster with the same person
        if user is None:
            raise
        return user
