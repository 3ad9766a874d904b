"""The OpenAPI description: one error body for every operation."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ProblemFieldSerializer(serializers.Serializer):
    field = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """What went wrong and what to do (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemFieldSerializer(many=True)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Adds to each operation the errors that it can answer with."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)  # type: ignore[arg-type]
        statuses = ["401", "403"]
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses += ["400", "409", "415"]
        if "{" in self.path or self.method == "DELETE":
            statuses += ["404", "409"]
        if self.path.endswith("/files") and self.method == "POST":
            statuses += ["413", "503"]
        if self.method == "GET":
            statuses += ["400"]
        for status in sorted(set(statuses)):
            if status not in bodies:
                bodies[status] = self._get_response_for_code(
                    ProblemSerializer, status, media_types=["application/problem+json"]
                )
        return bodies


class SessionScheme(OpenApiAuthenticationExtension):
    """The browser's session; unsafe methods also send X-CSRFToken."""

    target_class = "accounts.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class TokenScheme(OpenApiAuthenticationExtension):
    """The access token from /_allauth/app/v1/auth/login, good at its own clinic."""

    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "token"
    priority = 1  # before the one that allauth's parent class would get

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
