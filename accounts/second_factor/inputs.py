"""What is sent with a code. Checked by `use_code`, not by the base's own counting in the cache."""

from typing import Any

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.internal.restkit.inputs import CharField, Input
from allauth.headless.mfa.inputs import AuthenticateInput, ReauthenticateInput
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp.internal.auth import validate_totp_code
from django import forms

from accounts.models import User
from accounts.requests import too_many
from accounts.second_factor.codes import TooManyCodesError, use_code
from accounts.second_factor.unconfirmed import shown_secret


class CheckedCode(forms.Form):
    user: User

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            found = use_code(self.user, code)
        except TooManyCodesError as error:
            answer = too_many(context.request, seconds=error.wait or 0, text=error.detail)
            raise ImmediateHttpResponse(answer) from error
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        self.authenticator = found
        return code


class LoginCodeInput(CheckedCode, AuthenticateInput):
    """The second step of a login."""


class AgainCodeInput(CheckedCode, ReauthenticateInput):
    """Somebody who is logged in shows the second factor again."""


class FirstCodeInput(Input):
    """The first code of an app that is being set up. As allauth's, for a secret kept encrypted."""

    code = CharField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.secret = shown_secret(context.request.session)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        forgive = check_rate_limit(self.user, error_key="rate_limited")
        if self.secret is None or not validate_totp_code(self.secret, code):
            raise get_adapter().validation_error("incorrect_code")
        forgive()
        return code
