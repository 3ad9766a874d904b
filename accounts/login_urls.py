"""The part of allauth's headless API that exists here.

People are invited with their address, so nobody signs up, adds or verifies addresses; what is not
listed is not there (its answers would tell which addresses exist).
"""

from allauth.headless.account.views import ChangePasswordView, LoginView, SessionView
from allauth.headless.base.views import ConfigView
from allauth.headless.constants import Client
from allauth.headless.tokens.views import RefreshTokenView
from django.urls import URLPattern, include, path


def _addresses(client: Client) -> list[URLPattern]:
    return [
        path("config", ConfigView.as_api_view(client=client), name="config"),
        path("auth/login", LoginView.as_api_view(client=client), name="login"),
        path("auth/session", SessionView.as_api_view(client=client), name="session"),
        path(
            "account/password/change",
            ChangePasswordView.as_api_view(client=client),
            name="change_password",
        ),
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
