"""Inviting: one patient, many, once more, not any more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from accounts.models import Membership
from accounts.password_links import clinic_address
from accounts.policies import current_account
from invites.errors import (
    HasLoginError,
    NoEmailError,
    NotInvitableError,
    NotPendingError,
    PendingInviteError,
)
from invites.models import Invite, InviteStatus
from invites.policies import invites_visible_to
from invites.services.mailing import mail_invite, mail_invites
from invites.tokens import new_token
from medical_records.services.people import require_clinicians
from patients.models import Patient, PatientStatus
from patients.policies import patients_visible_to

DEFAULT_DAYS = 14
MOST_DAYS = 90
MOST_AT_ONCE = 500
INVITABLE = (PatientStatus.ACTIVE, PatientStatus.INACTIVE)


@dataclass(frozen=True, kw_only=True)
class InviteOptions:
    """How to invite. `clinician` None is nobody; left out, it is the patient's own.

    `port` is the one in the link, where it is not the scheme's own.
    """

    clinician: Membership | str | None = "patient's"
    expires_in_days: int = DEFAULT_DAYS
    send_email: bool = True
    message: str = ""
    port: str = ""


@dataclass(frozen=True)
class Invited:
    """`link` is told only where no e-mail went out: there is no other copy of its token."""

    invite: Invite
    link: str = ""


@dataclass(frozen=True)
class BulkResult:
    patient_id: UUID
    invite: Invite | None = None
    error: ProblemError | None = field(default=None)


def generate_invite(
    *, membership: Membership, patient_id: UUID, options: InviteOptions | None = None
) -> Invited:
    """Invite a patient whom the member sees, and e-mail the link once that is committed.

    Raises `NotFoundError`, `HasLoginError`, `PendingInviteError`, `NotInvitableError`,
    `NoEmailError`, `NotPermittedError`.
    """
    chosen = options or InviteOptions()
    invite, link = _make(membership, patient_id, chosen)
    return _hand_out(invite, link, chosen)


def _make(membership: Membership, patient_id: UUID, chosen: InviteOptions) -> tuple[Invite, str]:
    """Make an invite and its link, which is nowhere else."""
    if not membership.may("invites.add"):
        raise NotPermittedError
    if not 1 <= chosen.expires_in_days <= MOST_DAYS:
        raise ProblemError(f"From 1 to {MOST_DAYS} days.", field="expires_in_days")
    token, token_hash = new_token()
    with transaction.atomic():
        patient = _lock_patient(membership, patient_id)
        _require_invitable(patient)
        own = isinstance(chosen.clinician, str)
        invite = Invite(
            patient=patient,
            email=patient.email,
            token_hash=token_hash,
            clinician_id=patient.clinician_id if own else getattr(chosen.clinician, "pk", None),
            message=chosen.message.strip(),
            expires_at=timezone.now() + timedelta(days=chosen.expires_in_days),
            created_by=membership.user,
        )
        require_clinicians(invite, () if own else {"clinician"})
        shared = ["patient", "clinician", "created_by"]
        invite.full_clean(exclude=shared, validate_constraints=False)
        invite.save()
    return invite, _link(token, chosen)


def bulk_invite(
    *, membership: Membership, patient_ids: Sequence[UUID], options: InviteOptions | None = None
) -> list[BulkResult]:
    """Invite many; each on its own, so that one who cannot be invited stops nobody else."""
    if not membership.may("invites.add"):
        raise NotPermittedError
    if len(patient_ids) > MOST_AT_ONCE:
        raise ProblemError(
            f"At most {MOST_AT_ONCE} patients at once; {len(patient_ids)} were sent.",
            field="patient_ids",
        )
    found, letters = [], []
    for patient_id in dict.fromkeys(patient_ids):
        try:
            invite, link = _make(membership, patient_id, options or InviteOptions())
        except ProblemError as error:
            found.append(BulkResult(patient_id, error=error))
        else:
            found.append(BulkResult(patient_id, invite=invite))
            letters.append((invite, link))
    mail_invites(letters)
    return found


def resend_invite(
    *, membership: Membership, invite: Invite, options: InviteOptions | None = None
) -> Invited:
    """Give an open invite a new link and a new end; the old link is worth nothing from then on.

    One that has expired meanwhile is opened again. Raises `NotPendingError`.
    """
    if not membership.may("invites.change"):
        raise NotPermittedError
    chosen = options or InviteOptions()
    token, token_hash = new_token()
    with transaction.atomic():
        patient = _lock_patient(membership, invite.patient_id)
        locked = Invite.objects.select_for_update().get(pk=invite.pk)
        if locked.status not in {InviteStatus.PENDING, InviteStatus.EXPIRED}:
            raise NotPendingError
        _require_invitable(patient, besides=locked)
        locked.status = InviteStatus.PENDING
        locked.patient = patient
        locked.email = patient.email
        locked.token_hash = token_hash
        locked.expires_at = timezone.now() + timedelta(days=chosen.expires_in_days)
        locked.save()
    return _hand_out(locked, _link(token, chosen), chosen)


@transaction.atomic
def revoke_invite(*, membership: Membership, invite: Invite) -> Invite:
    """Pending → revoked: its link is worth nothing any more."""
    if not membership.may("invites.change"):
        raise NotPermittedError
    seen = invites_visible_to(membership).filter(pk=invite.pk).select_for_update(of=("self",))
    locked = seen.first()
    if locked is None:
        raise NotFoundError
    if locked.status != InviteStatus.PENDING:
        raise NotPendingError
    locked.status = InviteStatus.REVOKED
    locked.save()
    return locked


def _lock_patient(membership: Membership, patient_id: UUID) -> Patient:
    """Hold the patient: of two who invite at once, one waits and then sees the other's invite."""
    seen = patients_visible_to(membership).filter(pk=patient_id)
    found = seen.select_for_update(of=("self",)).first()
    if found is None:
        raise NotFoundError("There is no such patient for you.", field="patient_id")
    return found


def _require_invitable(patient: Patient, besides: Invite | None = None) -> None:
    if patient.user_id is not None:
        raise HasLoginError(field="patient_id")
    if patient.status not in INVITABLE:
        raise NotInvitableError(field="patient_id")
    if not patient.email:
        raise NoEmailError(field="patient_id")
    known = Invite.objects.filter(patient=patient, status=InviteStatus.PENDING).first()
    if known is None or known == besides:
        return
    if not known.has_expired:
        raise PendingInviteError(known.pk)
    known.status = InviteStatus.EXPIRED
    known.save()


def _link(token: str, options: InviteOptions) -> str:
    scheme = "https" if settings.HTTPS else "http"
    address = clinic_address(current_account(), scheme=scheme, port=options.port)
    return f"{address}/invite#{token}"


def _hand_out(invite: Invite, link: str, options: InviteOptions) -> Invited:
    """Send the link, or tell it to the one who asked; nobody else ever has it."""
    if not options.send_email:
        return Invited(invite, link)
    mail_invite(invite, link)
    return Invited(invite)
