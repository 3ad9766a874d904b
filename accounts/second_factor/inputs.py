"""What is sent with a code. Checked by `use_code`, not by the base's own counting in the cache."""

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.mfa.inputs import AuthenticateInput, ReauthenticateInput
from allauth.mfa.adapter import get_adapter
from django import forms

from accounts.models import User
from accounts.requests import too_many
from accounts.second_factor.codes import TooManyCodesError, use_code


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
