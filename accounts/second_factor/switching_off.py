"""Taking a second factor away from somebody who cannot show it any more."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership, User
from accounts.notices import LET_IN, tell_person
from accounts.roles import Role
from accounts.services.members import lock_members


class OwnSecondFactorError(ConflictError):
    code = "own_second_factor"
    detail = "Your own second factor is switched off in your account, where you show it first."


class AdministratorsSecondFactorError(NotPermittedError):
    code = "administrators_second_factor"
    detail = "Ask the platform's operators: they do this for administrators."


@transaction.atomic
def switch_off_for_member(*, membership: Membership, member: Membership) -> Membership:
    """Let a member in with the password alone, until they set up another second factor.

    It ends all their sessions, tokens and one-time links at this clinic: the lost phone may have
    one. What they use at other clinics is left to those, and the answer does not tell whether
    there are any. The time of it is in the member's history, with who did it.
    Raises `NotPermittedError`, `NotFoundError`, `OwnSecondFactorError`,
    `AdministratorsSecondFactorError`.
    """
    if not membership.may("members.change"):
        raise NotPermittedError
    if member.account_id != membership.account_id:
        raise NotFoundError
    if member.user_id == membership.user_id:
        raise OwnSecondFactorError
    lock_members(member.account_id)
    locked = Membership.objects.select_related("user").select_for_update(of=("self",))
    found = locked.get(pk=member.pk)
    if found.role == Role.ADMIN:
        raise AdministratorsSecondFactorError
    found.second_factor_waived_at = timezone.now()
    found.login_epoch += 1
    found.save()
    if not _is_known_elsewhere(found):
        Authenticator.objects.filter(user_id=found.user_id).delete()
    tell_person(found.user_id, LET_IN)
    return found


@transaction.atomic
def switch_off_for_login(*, user: User, by: User | None) -> User:
    """Take a login's second factor away at all clinics; for the platform's operators.

    Ends its sessions, tokens and one-time links everywhere. `by` is None on the command line.
    Raises `OwnSecondFactorError`.
    """
    if by is not None and user.pk == by.pk:
        raise OwnSecondFactorError("Ask another operator: nobody does this for themselves.")
    found = User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user_id=found.pk).delete()
    found.login_epoch += 1
    found.save(update_fields=["login_epoch", "updated_at"])
    return found


def _is_known_elsewhere(member: Membership) -> bool:
    others = Membership.objects.filter(user_id=member.user_id).exclude(pk=member.pk)
    return member.user.is_superuser or others.exists()
