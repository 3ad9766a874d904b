from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.notices import (
    APP_ADDED,
    APP_REMOVED,
    CODES_MADE,
    PASSWORD_CHANGED,
    tell_person,
)
from accounts.requests import client_ip, too_many

NOTICES = {  # what allauth calls them
    "account/email/password_changed": PASSWORD_CHANGED,
    "mfa/email/totp_activated": APP_ADDED,
    "mfa/email/totp_deactivated": APP_REMOVED,
    "mfa/email/recovery_codes_generated": CODES_MADE,
}


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: people are invited, as staff or with their patient record."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that the lock-out uses too, whatever stands in front."""
        return client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Slow down one address that tries many logins; one login is the lock-out's matter."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(too_many(request, seconds=60)) from error

    def get_login_stages(self) -> list[str]:
        """Return what stands between the password and the login: the second factor, no other."""
        return ["accounts.second_factor.stages.SecondFactorStage"]

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Ask for the password again; guessing counts as it does at a login."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def set_password(self, user: Any, password: str) -> None:
        """Write the password and nothing else: the rest of this row may be old by now."""
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])

    def send_notification_mail(self, template_prefix: str, user: Any, *_: Any, **__: Any) -> None:
        """Tell the person, in this project's words, by a worker."""
        what = NOTICES.get(template_prefix)
        if what is not None:
            tell_person(user.pk, what)
