"""The headless addresses of the second factor, with this project's checks around allauth's own."""

from http import HTTPStatus
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from allauth.core.internal.httpkit import authenticated_user
from allauth.headless.base.response import ConflictResponse, ReauthenticationResponse
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.internal.restkit.response import APIResponse
from allauth.headless.mfa import response
from allauth.headless.mfa.views import (
    AuthenticateView,
    ManageRecoveryCodesView,
    ManageTOTPView,
    ReauthenticateView,
)
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.models import User
from accounts.second_factor.codes import use_first_code
from accounts.second_factor.factors import APP, RECOVERY, factors_here, has_second_factor
from accounts.second_factor.inputs import AgainCodeInput, FirstCodeInput, LoginCodeInput
from accounts.second_factor.stages import SecondFactorStage
from accounts.second_factor.unconfirmed import new_secret


class LoginCodeView(AuthenticateView):
    """The second step of a login, after the password."""

    input_class = LoginCodeInput
    stage_class = SecondFactorStage

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        waiting = LoginStageController.enter(request, self.stage_class.key)
        if waiting is not None and not waiting.still_stands():  # type: ignore[attr-defined]
            clear_login(request)
        answer: HttpResponseBase = super().handle(request, *args, **kwargs)
        return answer


class CodeAgainView(ReauthenticateView):
    """Somebody who is logged in shows the second factor again."""

    input_class = AgainCodeInput


class FactorsView(AuthenticatedAPIView):
    """The caller's second factors, as far as they count at this clinic."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return response.AuthenticatorsResponse(request, factors_here(request.user))


class CodeWantedResponse(ReauthenticationResponse):
    """The password alone will not do."""

    def _get_flows(self, request: HttpRequest, user: Any) -> list[Any]:
        flows: list[Any] = super()._get_flows(request, user)
        return [flow for flow in flows if flow["id"] == "mfa_reauthenticate"]


class OwnFactorView(AuthenticatedAPIView):
    """Who changes or reads a second factor has shown it in this session.

    A factor that another clinic still counts on is not touched from here at all.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated:
            if has_second_factor(user):
                if not _has_shown_it(request) and self.wants_the_factor(request):
                    return CodeWantedResponse(request)
            elif Authenticator.objects.filter(user_id=user.pk, type=APP).exists():
                return ConflictResponse(request)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def wants_the_factor(self, request: HttpRequest) -> bool:
        return True


class AppView(OwnFactorView, ManageTOTPView):
    """The authenticator app: look (with a new secret where there is none), set up, remove."""

    input_class = {"POST": FirstCodeInput}

    def wants_the_factor(self, request: HttpRequest) -> bool:
        return request.method == "DELETE"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer as allauth does, and where there is a new secret, with its picture."""
        if self._get_authenticator() is not None:
            found: HttpResponse = super().get(request, *args, **kwargs)
            return found
        adapter = get_adapter()
        secret = new_secret(request.session)
        url = adapter.build_totp_url(request.user, secret)
        meta = {"secret": secret, "totp_url": url, "totp_svg": adapter.build_totp_svg(url)}
        return APIResponse(request, meta=meta, status=HTTPStatus.NOT_FOUND)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            # Of two at once, one is late and finds the other's.
            User.objects.select_for_update().get(pk=authenticated_user(request).pk)
            if self._get_authenticator() is not None:
                return ConflictResponse(request)
            answer: HttpResponse = super().post(request, *args, **kwargs)
            made = self._get_authenticator()
            use_first_code(made, self.input.cleaned_data["code"])
            made.refresh_from_db()
        post_authentication(request, made, reauthenticated=True)
        return answer

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the app off and its recovery codes with it, in one step."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=authenticated_user(request).pk)
            answer: HttpResponse = super().delete(request, *args, **kwargs)
        return answer


class RecoveryCodesView(OwnFactorView, ManageRecoveryCodesView):
    """Look at the recovery codes that are left, or make new ones."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them, under a lock: that they were seen is noted beside which were used."""
        rows = Authenticator.objects.filter(user_id=authenticated_user(request).pk, type=RECOVERY)
        with transaction.atomic():
            rows.select_for_update().first()
            answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer


def _has_shown_it(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    # One that was taken off meanwhile opens nothing any more.
    here = set(factors_here(request.user).values_list("pk", flat=True))
    return any(one.get("method") == "mfa" and one.get("id") in here for one in records)
