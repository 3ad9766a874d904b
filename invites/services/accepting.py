"""The patient's side: looking at an invite, and accepting it."""

import hmac
import time
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import Membership, User
from accounts.policies import current_account
from accounts.roles import Role
from accounts.services.members import add_member
from invites.errors import (
    InviteGoneError,
    LoginClosedError,
    LoginTakenError,
    PasswordRefusedError,
    TooManyTriesError,
    UnknownInviteError,
)
from invites.models import Invite, InviteStatus
from invites.services.sending import INVITABLE
from invites.tokens import LONGEST, hash_of
from patients.models import Patient

TRIES = 5  # of one login's password
TRIES_IN = 15 * 60  # seconds
GONE = {
    InviteStatus.ACCEPTED: ("invite_used", "This invite has been used. Log in instead."),
    InviteStatus.EXPIRED: (
        "invite_expired",
        "This invite has expired; ask for another.",
    ),
    InviteStatus.REVOKED: ("invite_revoked", "This invite was withdrawn. Please ring the clinic."),
}


@dataclass(frozen=True)
class InviteView:
    """What somebody with the link may know before they accept."""

    clinic: str
    first_name: str
    email: str
    expires_at: datetime


def verify_invite(token: str) -> InviteView:
    """Say whose invite it is, changing nothing.

    Raises `UnknownInviteError`, `InviteGoneError`.
    """
    invite = _find(token, Invite.objects.select_related("patient"))
    _require_still_meant(invite, invite.patient)
    return InviteView(
        clinic=current_account().name,
        first_name=invite.patient.first_name,
        email=_masked(invite.email),
        expires_at=invite.expires_at,
    )


def accept_invite(*, token: str, password: str, name: str = "") -> Membership:
    """Make the invited person a patient member with a login, and the patient theirs.

    All of it or nothing; of two at once, one is told that the invite has been used. Where there
    is a login with the address already, `password` must be its own and stays what it is.
    Raises `UnknownInviteError`, `InviteGoneError`, `PasswordRefusedError`, `TooManyTriesError`,
    `LoginClosedError`, `LoginTakenError`, `ValidationError` (a weak password).
    """
    _find(token, Invite.objects.all())  # without a lock, for the many that are wrong
    try:
        with transaction.atomic():
            # The patient first, as those who invite do: nobody waits for ever.
            known = _find(token, Invite.objects.all())
            patient = Patient.objects.select_for_update().get(pk=known.patient_id)
            invite = _find(token, Invite.objects.select_for_update())
            return _accept(invite, patient, password, name)
    except IntegrityError as error:
        raise LoginTakenError from error


def _accept(invite: Invite, patient: Patient, password: str, name: str) -> Membership:
    if patient.user_id is not None:
        raise _gone(InviteStatus.ACCEPTED)
    _require_still_meant(invite, patient)
    user = User.objects.select_for_update().filter(email__iexact=invite.email).first()
    membership = _new_member(invite, patient, password, name) if user is None else None
    if membership is None:
        assert user is not None  # noqa: S101  told to the type checker
        membership = _known_member(user, password)
    if Patient.objects.filter(user=membership.user_id).exists():
        raise LoginTakenError
    patient.user = membership.user
    patient.save(update_fields=["user", "updated_at"])
    invite.status = InviteStatus.ACCEPTED
    invite.accepted_at = timezone.now()
    invite.accepted_by = membership.user
    invite.save()
    return membership


def _new_member(invite: Invite, patient: Patient, password: str, name: str) -> Membership:
    called = " ".join(name.split()) or patient.full_name
    try:
        validate_password(password, User(email=invite.email, name=called))
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    return add_member(
        account=current_account(),
        email=invite.email,
        role=Role.PATIENT,
        name=called,
        password=password,
    )


def _known_member(user: User, password: str) -> Membership:
    """Return the membership of a login that exists, once its person has shown to be that."""
    _count_try(user)
    if not user.has_usable_password() or not user.check_password(password):
        raise PasswordRefusedError(field="password")
    if not user.is_active:
        raise LoginClosedError
    account = current_account()
    known = Membership.objects.filter(account=account, user=user).first()
    if known is None:
        return add_member(account=account, email=user.email, role=Role.PATIENT, name=user.name)
    if not known.is_active:
        raise LoginClosedError
    return known


def _count_try(user: User) -> None:
    """Bound the tries of one login's password: who has a token must not find out the password."""
    window, passed = divmod(int(time.time()), TRIES_IN)
    key = f"invite-tries:{user.pk}:{window}"
    cache.add(key, 0, timeout=2 * TRIES_IN)
    if cache.incr(key) > TRIES:
        raise TooManyTriesError(wait=TRIES_IN - passed)


def _require_still_meant(invite: Invite, patient: Patient) -> None:
    """Refuse a link that went to an address which proved wrong, or whose patient is archived."""
    if patient.email.lower() != invite.email.lower() or patient.status not in INVITABLE:
        raise _gone(InviteStatus.REVOKED)


def _find(token: str, invites: models.QuerySet[Invite]) -> Invite:
    wanted = hash_of(token[:LONGEST])
    found = invites.filter(token_hash=wanted).first()
    if found is None or not hmac.compare_digest(found.token_hash, wanted):
        raise UnknownInviteError(field="token")
    if found.status != InviteStatus.PENDING:
        raise _gone(InviteStatus(found.status))
    if found.has_expired:
        raise _gone(InviteStatus.EXPIRED)
    return found


def _gone(status: InviteStatus) -> InviteGoneError:
    code, detail = GONE[status]
    return InviteGoneError(detail, code=code)


def _masked(email: str) -> str:
    """Return enough of an address to know one's own: `p…@mail.test`."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"
