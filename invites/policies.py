"""Which invites a member sees: those of the patients they see."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import NotFoundError
from accounts.models import Membership
from accounts.roles import Role
from invites.models import Invite, InviteStatus
from patients.policies import patients_visible_to


def invites_visible_to(membership: Membership) -> QuerySet[Invite]:
    invites = Invite.objects.select_related("patient")
    if not membership.may("invites.view"):
        return invites.none()
    if membership.role == Role.ADMIN:
        return invites
    return invites.filter(patient__in=patients_visible_to(membership).order_by().values("pk"))


def get_invite_for(membership: Membership, invite_id: UUID) -> Invite:
    """Return one invite, or raise `NotFoundError`."""
    found = invites_visible_to(membership).filter(pk=invite_id).first()
    if found is None:
        raise NotFoundError
    return found


def pending_invites(membership: Membership) -> QuerySet[Invite]:
    """Return the open invites, the one that ends first in front."""
    open_ones = invites_visible_to(membership).filter(
        status=InviteStatus.PENDING, expires_at__gt=timezone.now()
    )
    return open_ones.order_by("expires_at", "id")
