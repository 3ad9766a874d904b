"""Closing invites whose time is over."""

from django.utils import timezone

from invites.models import Invite, InviteStatus


def expire_invites() -> int:
    """Pending → expired, for those whose end has come; return how many. Safe to run twice."""
    over = Invite.objects.filter(status=InviteStatus.PENDING, expires_at__lte=timezone.now())
    return over.update(status=InviteStatus.EXPIRED, updated_at=timezone.now())
