"""Who a login is, decided anew at each request: a person with a membership in this clinic."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.policies import membership_of
from accounts.tenancy import PUBLIC, current_schema


class MembershipBackend(BaseBackend):
    """On a clinic's host only its active members exist; on the platform's only its operators.

    A wrong password, an unknown address and a stranger to this clinic get the same answer, and
    take the same time.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        email = username or credentials.get("email")
        if not email or not password:
            return None
        user = None
        if _sayable(email, password):
            user = User.objects.filter(email__iexact=email.strip()).first()
        else:
            password = "-"  # nobody's, but it can be hashed
        if user is None:
            User().set_password(password)  # as slow as a check, so that nobody can tell
            return None
        return self.get_user(user.pk) if user.check_password(password) else None

    def get_user(self, user_id: Any) -> User | None:
        if current_schema() == PUBLIC:
            return User.objects.filter(pk=user_id, is_active=True, is_superuser=True).first()
        membership = membership_of(user_id, schema_name=current_schema())
        if membership is None:
            return None
        user = membership.user
        user.membership = membership
        return user


def _sayable(*texts: str) -> bool:
    """Tell whether the texts can be hashed and asked for: no NUL, no half of a character."""
    try:
        return b"\0" not in "".join(texts).encode()
    except UnicodeEncodeError:
        return False
