from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Membership


def membership_of_request(request: Request) -> Membership:
    """Return what the caller is at this clinic; `IsMember` has made sure that they are."""
    membership: Membership = request.user.membership  # type: ignore[union-attr,assignment]
    return membership


class IsMember(BasePermission):
    """A person with an active membership in this clinic; a superuser without one is nobody."""

    message = "Log in as a member of this clinic."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return bool(user.is_authenticated and getattr(user, "membership", None))
