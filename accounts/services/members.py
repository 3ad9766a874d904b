"""People of a clinic."""

from django.db import transaction

from accounts.models import Account, Membership, User
from accounts.roles import Role


@transaction.atomic
def add_member(
    *, account: Account, email: str, role: Role, name: str = "", password: str | None = None
) -> Membership:
    """Give a person a role at a clinic, making their login when there is none.

    An existing login keeps its name and password: it may serve other clinics too.
    """
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    membership = Membership(account=account, user=user, role=role)
    membership.full_clean()
    membership.save()
    return membership
