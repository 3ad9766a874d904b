"""The OpenAPI description: one error body for every operation."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.api.viewsets import RecordViewSet
from patients.registry import patient_facts

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the record as you read it, or *. Without it the answer is 428.",
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Changes with each change of the record; send it back in If-Match.",
    response=["200", "201"],
)
CHANGES = {"PUT", "PATCH", "DELETE"}


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
    """Adds to each operation the errors that it can answer with, and the entity tags."""

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if self._guards():
            found.append(IF_MATCH)
        if self._shows_one():
            found.append(ETAG)
        return found

    def _guards(self) -> bool:
        """Tell whether the operation wants to know what the caller has read."""
        view = self.view
        return isinstance(view, RecordViewSet) and (
            self.method in CHANGES or view.action in view.guarded
        )

    def _shows_one(self) -> bool:
        view = self.view
        return isinstance(view, RecordViewSet) and (
            view.action in {"retrieve", "create", "update", "partial_update"} | view.guarded
        )

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)  # type: ignore[arg-type]
        statuses = ["401", "403", "406"]
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses += ["400", "409", "413", "415"]
        if "{" in self.path or self.method == "DELETE":
            statuses += ["404", "409"]
        if self.method == "GET":
            statuses += ["400"]
        if self._is_list_view() and self._get_paginator():
            statuses += ["404"]  # a cursor that is none of ours
        if self._guards():
            statuses += ["412", "428"]
        if self.view.get_throttles():
            statuses += ["429"]
        further = getattr(self.view, "further_statuses", {})
        statuses += further.get(getattr(self.view, "action", None) or self.method.lower(), ())
        for status in sorted(set(statuses)):
            if status not in bodies:
                bodies[status] = self._get_response_for_code(
                    ProblemSerializer, status, media_types=["application/problem+json"]
                )
        return bodies


def facts_are_for_staff(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Require of no answer what other apps tell of patients: patients themselves do not get it."""
    facts = {fact.name for fact in patient_facts()}
    patient = result["components"]["schemas"]["Patient"]
    patient["required"] = [name for name in patient["required"] if name not in facts]
    return result


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
