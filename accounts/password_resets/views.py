"""The headless addresses of a forgotten password. Shapes of the answers are allauth's."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.decorators import rate_limit
from allauth.headless.account.response import PasswordResetKeyResponse, RequestPasswordResponse
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.base.views import APIView
from allauth.headless.internal.restkit.response import ErrorResponse
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from accounts.password_resets.inputs import AskInput, ChooseInput, KeyInput
from accounts.password_resets.services import reset_password
from accounts.requests import own_port
from accounts.tasks import mail_reset_link


@method_decorator(rate_limit(action="reset_password"), name="handle")
class AskView(APIView):
    """Somebody has forgotten the password. Same answer and same work, whoever it is."""

    input_class = AskInput
    input: AskInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        mail_reset_link.delay(self.input.cleaned_data["email"], own_port(request))
        return RequestPasswordResponse(request)


@method_decorator(rate_limit(action="reset_password_from_key"), name="handle")
class ChooseView(APIView):
    """Behind the link: whose it is, and the new password."""

    input_class = {"POST": ChooseInput}
    input: ChooseInput

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = KeyInput({"key": request.headers.get("X-Password-Reset-Key", "")})
        if not asked.is_valid() or asked.user is None:
            return ErrorResponse(request, input=asked)
        return PasswordResetKeyResponse(request, asked.user)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Set it; nobody is logged in by that, and the second factor is asked for as ever."""
        user = reset_password(
            key=self.input.cleaned_data["key"], password=self.input.cleaned_data["password"]
        )
        if user is None:
            self.input.add_error("key", get_adapter().validation_error("invalid_password_reset"))
            return ErrorResponse(request, input=self.input)
        return AuthenticationResponse(request)
