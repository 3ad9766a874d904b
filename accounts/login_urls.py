"""The part of allauth's headless API that exists here.

People are invited with their address, so nobody signs up, adds or verifies addresses; what is not
listed is not there (its answers would tell which addresses exist).
"""

from allauth.headless.account.views import (
    LoginView,
    ReauthenticateView,
    SessionView,
)
from allauth.headless.base.views import APIView, ConfigView
from allauth.headless.constants import Client
from allauth.headless.tokens.views import RefreshTokenView
from django.urls import URLPattern, include, path

from accounts.password_change import OwnPasswordView
from accounts.password_resets.views import AskView, ChooseView
from accounts.second_factor.views import (
    AppView,
    CodeAgainView,
    FactorsView,
    LoginCodeView,
    RecoveryCodesView,
)

VIEWS: dict[str, type[APIView]] = {
    "config": ConfigView,
    "auth/login": LoginView,
    "auth/2fa/authenticate": LoginCodeView,
    "auth/session": SessionView,
    "auth/reauthenticate": ReauthenticateView,
    "auth/2fa/reauthenticate": CodeAgainView,
    "auth/password/request": AskView,
    "auth/password/reset": ChooseView,
    "account/password/change": OwnPasswordView,
    "account/authenticators": FactorsView,
    "account/authenticators/totp": AppView,
    "account/authenticators/recovery-codes": RecoveryCodesView,
}


def _addresses(client: Client) -> list[URLPattern]:
    return [
        path(address, view.as_api_view(client=client), name=address)
        for address, view in VIEWS.items()
    ]


app_name = "headless"
urlpatterns = [
    path("browser/v1/", include((_addresses(Client.BROWSER), "headless"), namespace="browser")),
    path(
        "app/v1/",
        include(
            (
                [
                    *_addresses(Client.APP),
                    path(
                        "tokens/refresh",
                        RefreshTokenView.as_api_view(client=Client.APP),
                        name="refresh",
                    ),
                ],
                "headless",
            ),
            namespace="app",
        ),
    ),
]
