"""The admin's login form, with a field for the code. It needs no script."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from accounts.second_factor.codes import TooManyCodesError, use_code
from accounts.second_factor.factors import has_second_factor

WANTED = "Enter your password again, and the code that your authenticator app shows."
WRONG = "The code is wrong or has been used. Wait for the next one, and enter your password again."


class LoginForm(AuthenticationForm):
    """The code is asked of those who have a second factor, once the password was right.

    Until then a refusal says nothing of it, so nobody learns whose login has one.
    """

    code = forms.CharField(
        label="Code",
        required=False,
        help_text="Only if you log in with an authenticator app: its code, or a recovery code.",
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:  # refused: the address stays, the password is typed again
            self.fields["username"].widget.attrs.pop("autofocus", None)
            self.fields["password"].widget.attrs["autofocus"] = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        user = self.user_cache
        if isinstance(user, User):
            factor = self._factor_shown(user) if has_second_factor(user) else None
            # As a login by the app records it, so that the app knows what was shown.
            record_authentication(self.request, user, "password", email=user.email)
            if factor is not None:
                post_authentication(self.request, factor)
        return dict(data or {})

    def _factor_shown(self, user: User) -> Authenticator:
        code = self.cleaned_data.get("code") or ""
        if not code:
            raise ValidationError({"code": ValidationError(WANTED, code="code_wanted")})
        try:
            factor = use_code(user, code)
        except TooManyCodesError as error:
            raise ValidationError(
                {"code": ValidationError(error.detail, code=error.code)}
            ) from error
        if factor is None:
            raise ValidationError({"code": ValidationError(WRONG, code="incorrect_code")})
        return factor
