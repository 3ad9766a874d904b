"""The shape that all record endpoints share: policies to read, services to write."""

from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.etags import etag_of, require_match
from accounts.api.permissions import membership_of_request
from accounts.api.reads import LoggedReads
from accounts.audit.models import AccessAction
from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Membership


class RecordViewSet(LoggedReads, viewsets.ModelViewSet):
    """List, create, retrieve, update and delete through an app's policies and services.

    A subclass says in `area` which abilities are asked (`patients` → `patients.view` …), in
    `visible_to` what a member sees, and calls its services in `make`, `change` and `remove`.
    Answers carry an ETag; changes and removals need it back in If-Match.
    """

    area: str
    guarded: frozenset[str] = frozenset()  # further actions that need If-Match
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
        return self._found(self.get_queryset())

    def locked_object(self) -> Any:
        """Return the record, locked and as the caller has read it; call it in a transaction."""
        record = self._found(self.get_queryset().select_for_update(of=("self",)))
        require_match(self.request, record)
        return record

    def answer(self, record: Any, code: int = status.HTTP_200_OK) -> Response:
        """Show a record as it is after a change, with its ETag."""
        self._note(self.request, AccessAction.VIEW, [str(record.pk)])
        body = self.get_serializer(record).data
        return Response(body, status=code, headers={"ETag": etag_of(record)})

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        if not membership.may(f"{self.area}.add"):
            raise NotPermittedError
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.answer(self.make(membership, form.validated_data), status.HTTP_201_CREATED)

    @transaction.atomic
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        record = self._allowed(membership, "change")
        partial = kwargs.get("partial", False)
        form = self.get_serializer(record, data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        return self.answer(self.change(membership, record, form.validated_data))

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        self.remove(membership, self._allowed(membership, "delete"))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _allowed(self, membership: Membership, verb: str) -> Any:
        """Return the record for a change: 404, 403, 428 and 412 in this order."""
        self.get_object()
        if not membership.may(f"{self.area}.{verb}"):
            raise NotPermittedError
        return self.locked_object()

    def _found(self, queryset: QuerySet[Any]) -> Any:
        found = queryset.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFoundError
        return found
