from typing import Any

from allauth.mfa.stages import AuthenticateStage

from accounts.backends import MembershipBackend
from accounts.models import User

BACKEND = "accounts.backends.MembershipBackend"


class SecondFactorStage(AuthenticateStage):
    """Between the password and the login. Who is waiting here is asked for anew each time.

    The wait ends when a session would: with the password, the login or the membership.
    """

    def __init__(self, controller: Any, request: Any, login: Any) -> None:
        super().__init__(controller, request, login)
        if login.user is not None and getattr(login.user, "membership", None) is None:
            login.user = MembershipBackend().get_user(login.user.pk)
        if login.user is not None:
            login.user.backend = BACKEND

    def handle(self) -> tuple[Any, bool]:
        user: User = self.login.user
        self.state["stands_on"] = user.get_session_auth_hash()
        found: tuple[Any, bool] = super().handle()
        return found

    def still_stands(self) -> bool:
        """Say whether the password that was right when this began is right still."""
        user: User | None = self.login.user
        return user is not None and self.state.get("stands_on") == user.get_session_auth_hash()
