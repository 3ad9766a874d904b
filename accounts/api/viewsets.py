"""The shape that all record endpoints share: policies to read, services to write."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.api.reads import LoggedReads
from accounts.audit.models import AccessAction
from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Membership


class RecordViewSet(LoggedReads, viewsets.ModelViewSet):
    """List, create, retrieve, update and delete through an app's policies and services.

    A subclass says in `area` which abilities are asked (`patients` → `patients.view` …), in
    `visible_to` what a member sees, and calls its services in `make`, `change` and `remove`.
    """

    area: str
    lookup_value_converter = "uuid"

    def visible_to(self, membership: Membership) -> QuerySet[Any]:
        raise NotImplementedError

    def make(self, membership: Membership, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def remove(self, membership: Membership, record: Any) -> None:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        membership = membership_of_request(self.request)
        if self.action == "list" and not membership.may(f"{self.area}.view"):
            raise NotPermittedError
        return self.visible_to(membership)

    def get_object(self) -> Any:
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFoundError
        return found

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        if not membership.may(f"{self.area}.add"):
            raise NotPermittedError
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        record = self.make(membership, form.validated_data)
        return Response(self.get_serializer(record).data, status=status.HTTP_201_CREATED)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        record = self.get_object()
        if not membership.may(f"{self.area}.change"):
            raise NotPermittedError
        partial = kwargs.get("partial", False)
        form = self.get_serializer(record, data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        changed = self.change(membership, record, form.validated_data)
        self._note(request, AccessAction.VIEW, [str(changed.pk)])  # the answer shows it whole
        return Response(self.get_serializer(changed).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        record = self.get_object()
        if not membership.may(f"{self.area}.delete"):
            raise NotPermittedError
        self.remove(membership, record)
        return Response(status=status.HTTP_204_NO_CONTENT)
