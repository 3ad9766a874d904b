"""Inviting colleagues by e-mail. The link in it is nowhere else: not in a log, not in an answer."""

import time

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from accounts.errors import (
    AlreadyMemberError,
    InactiveMemberError,
    InvitationNotSentError,
    NotFoundError,
    NotPermittedError,
    PatientRoleError,
    ProblemError,
    TooManyInvitationsError,
)
from accounts.mail import MailUnavailableError, send_mail
from accounts.models import Membership
from accounts.password_links import clinic_address, password_link
from accounts.roles import Role
from accounts.services.members import add_member, lock_members

AN_HOUR = 60 * 60
INVITATIONS_AN_HOUR = 60  # of one clinic


def invite_member(
    *, membership: Membership, email: str, name: str, role: Role, port: str = ""
) -> Membership:
    """Make somebody a colleague and write to them once that is committed.

    Whether they had a login already shows in the e-mail only: its answer must not tell a clinic
    who is known at others. `port` is the one in the link, where it is not the scheme's own.
    Raises `AlreadyMemberError`, `PatientRoleError`, `TooManyInvitationsError`, `NotPermittedError`;
    `InvitationNotSentError` when all is done but the e-mail.
    """
    if not membership.may("members.add"):
        raise NotPermittedError
    if role == Role.PATIENT:
        raise PatientRoleError(field="role")
    called = " ".join(name.split())
    if not called:
        raise ProblemError("Say what the person is called.", field="name", code="required")
    with transaction.atomic():
        lock_members(membership.account_id)
        _refuse_known(membership, email)
        _count(membership)
        made = add_member(account=membership.account, email=email, role=role, name=called)
        _write_after_commit(made, port)
    return made


def send_invitation(*, membership: Membership, member: Membership, port: str = "") -> None:
    """Write to a colleague once more, with a new link when they have no password yet.

    Raises `InactiveMemberError` and what `invite_member` raises.
    """
    if not membership.may("members.add"):
        raise NotPermittedError
    if member.account_id != membership.account_id:
        raise NotFoundError
    if member.role == Role.PATIENT:
        raise PatientRoleError("Patients are invited from their record, not here.")
    if not member.is_active:
        raise InactiveMemberError
    _count(membership)
    with transaction.atomic():
        _write_after_commit(member, port)


def _refuse_known(membership: Membership, email: str) -> None:
    known = Membership.objects.filter(
        account_id=membership.account_id, user__email__iexact=email.strip()
    ).first()
    if known is None:
        return
    if known.is_active:
        raise AlreadyMemberError(field="email")
    raise AlreadyMemberError(
        "This person was a member of the clinic. Reactivate them instead.", field="email"
    )


def _count(membership: Membership) -> None:
    """Count an invitation of the clinic's; raises `TooManyInvitationsError`."""
    hour, passed = divmod(int(time.time()), AN_HOUR)
    key = f"invitations:{membership.account_id}:{hour}"
    cache.add(key, 0, timeout=AN_HOUR)
    if cache.incr(key) > INVITATIONS_AN_HOUR:
        raise TooManyInvitationsError(wait=AN_HOUR - passed)


def _write_after_commit(member: Membership, port: str) -> None:
    transaction.on_commit(lambda: _write(member, port))


def _write(member: Membership, port: str) -> None:
    """Send the e-mail, unless the platform has closed this login."""
    user, account = member.user, member.account
    if not user.is_active:
        return
    scheme = "https" if settings.HTTPS else "http"
    chooses = not user.has_usable_password()
    try:
        send_mail(
            account=account,
            to=user.email,
            subject=f"You have been added at {' '.join(account.name.split())}",
            template="accounts/invitation_mail",
            context={
                "name": member.shown_name,
                "role": member.get_role_display(),
                "email": user.email,
                "staff": member.is_staff,
                "password_link": password_link(member, scheme=scheme, port=port) if chooses else "",
                "address": clinic_address(account, scheme=scheme, port=port),
            },
        )
    except MailUnavailableError as error:
        raise InvitationNotSentError from error
