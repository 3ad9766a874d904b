"""Two ways in: the browser's session with CSRF, and another client's bearer token."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication
from django.http import HttpRequest
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.history import note_user
from accounts.tenancy import current_schema
from accounts.tokens import CLINIC_CLAIM


class _Bodyless:
    """A request whose form is not looked at.

    Django's CSRF check looks for its token in the form first, which would read a whole upload
    before anybody has asked how large it is. API clients send the header.
    """

    POST: dict[str, str] = {}

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class SessionAuthentication(authentication.SessionAuthentication):
    def enforce_csrf(self, request: Request) -> None:
        super().enforce_csrf(_Bodyless(getattr(request, "_request", request)))  # type: ignore[arg-type]

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenAuthentication(JWTTokenAuthentication):
    """A token is worth something at the clinic that it names, as long as its session lives."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        user, payload = super().authenticate_credentials(key)
        if payload.get(CLINIC_CLAIM) != current_schema():
            raise exceptions.AuthenticationFailed("Invalid token.")
        note_user(user)
        return user, payload
