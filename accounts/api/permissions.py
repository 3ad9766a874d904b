from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.errors import SecondFactorRequiredError
from accounts.models import Membership
from accounts.second_factor.factors import second_factor_wanted


def membership_of_request(request: Request) -> Membership:
    """Return what the caller is at this clinic; `IsMember` has made sure that they are."""
    membership: Membership = request.user.membership  # type: ignore[union-attr,assignment]
    return membership


class IsMemberAtAll(BasePermission):
    """A person with an active membership in this clinic; a superuser without one is nobody."""

    message = "Log in as a member of this clinic."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return bool(user.is_authenticated and getattr(user, "membership", None))


class IsMember(IsMemberAtAll):
    """The same, who has the second factor that the clinic wants of its staff."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        if second_factor_wanted(membership_of_request(request)):
            raise SecondFactorRequiredError
        return True
