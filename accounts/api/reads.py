"""Reads over the API that are written to the access log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.audit.models import AccessAction
from accounts.audit.services import record_access


class LoggedReads:
    """Mix in before a generic view: what a list or a detail showed is in the access log."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().list(request, *args, **kwargs)  # type: ignore[misc]
        self._note(request, AccessAction.LIST, [row["id"] for row in response.data["results"]])
        return response

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().retrieve(request, *args, **kwargs)  # type: ignore[misc]
        self._note(request, AccessAction.VIEW, [response.data["id"]])
        return response

    def _note(self, request: Request, action: AccessAction, ids: Sequence[str]) -> None:
        if ids:
            record_access(
                membership=membership_of_request(request),
                action=action,
                object_type=self.queryset.model._meta.label_lower,  # type: ignore[attr-defined]
                object_ids=[UUID(str(pk)) for pk in ids],
            )
