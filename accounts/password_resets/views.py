"""The headless addresses of a forgotten password. Shapes of the answers are allauth's."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.headless.account.response import PasswordResetKeyResponse, RequestPasswordResponse
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.base.views import APIView
from allauth.headless.internal.restkit.response import ErrorResponse
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from kombu.exceptions import OperationalError

from accounts.password_resets.inputs import AskInput, ChooseInput, KeyInput
from accounts.password_resets.services import reset_password
from accounts.requests import not_now, own_port, too_many
from accounts.tasks import mail_reset_link

TOO_MANY = "Too many tries from your network. Try again later."


class LimitedView(APIView):
    """So many tries from one place; the limits stand in ACCOUNT_RATE_LIMITS."""

    action: str

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not ratelimit.consume(request, action=self.action):
            return too_many(request, seconds=60, text=TOO_MANY)
        answer: HttpResponseBase = super().handle(request, *args, **kwargs)
        return answer


class AskView(LimitedView):
    """Somebody has forgotten the password. Same answer and same work, whoever it is."""

    action = "reset_password"
    input_class = AskInput
    input: AskInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            mail_reset_link.delay(self.input.cleaned_data["email"], own_port(request))
        except OperationalError:  # the broker is away: nobody would ever write
            return not_now(request)
        return RequestPasswordResponse(request)


class ChooseView(LimitedView):
    """Behind the link: whose it is, and the new password."""

    action = "reset_password_from_key"
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
