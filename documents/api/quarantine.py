"""The quarantine, for administrators: what is in it, scan again, release, delete."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.api.serializers import DocumentSerializer
from documents.models import Document, DocumentState
from documents.policies import get_document_for
from documents.reasons import REASON
from documents.services.quarantine import (
    ABILITY,
    delete_quarantined,
    release_quarantined,
    rescan_document,
)

QUARANTINE_ACTIONS = ("rescan", "release_from_quarantine", "delete_from_quarantine")


class ReleaseSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=REASON)
    force = serializers.BooleanField(
        default=False, help_text="without another scan, whatever was found; it is noted with it"
    )


class QuarantineActions:
    """For the view of all documents."""

    @extend_schema(operation_id="files_quarantine", responses=DocumentSerializer(many=True))
    @action(detail=False, methods=["get"])
    def quarantine(self, request: Request) -> Response:
        """What waits in the quarantine; `state_reason` says why. Nobody gets the bytes."""
        if not membership_of_request(request).may(ABILITY):
            raise NotPermittedError
        return super().list(request)  # type: ignore[misc,no-any-return]

    @extend_schema(operation_id="files_quarantine_delete", request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="quarantine")
    def delete_from_quarantine(self, request: Request, pk: UUID) -> Response:
        """Remove a quarantined document's bytes for good; its receipt stays."""
        membership, document = _quarantined(request, pk)
        delete_quarantined(membership=membership, document=document)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="files_rescan", request=None, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def rescan(self, request: Request, pk: UUID) -> Response:
        """Scan a quarantined document again; one in which nothing is found becomes available."""
        membership, document = _quarantined(request, pk)
        return _answer(request, rescan_document(membership=membership, document=document))

    @extend_schema(
        operation_id="files_quarantine_release",
        request=ReleaseSerializer,
        responses=DocumentSerializer,
    )
    @action(detail=True, methods=["post"], url_path="quarantine/release")
    def release_from_quarantine(self, request: Request, pk: UUID) -> Response:
        """Release a quarantined document, after another scan or by force; the reason is kept."""
        membership, document = _quarantined(request, pk)
        form = ReleaseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent: dict[str, Any] = form.validated_data
        done = release_quarantined(membership=membership, document=document, **sent)
        return _answer(request, done)


def _quarantined(request: Request, pk: UUID) -> tuple[Membership, Document]:
    membership = membership_of_request(request)
    document = get_document_for(membership, pk, DocumentState.QUARANTINED)
    if not membership.may(ABILITY):
        raise NotPermittedError
    return membership, document


def _answer(request: Request, document: Document) -> Response:
    return Response(DocumentSerializer(document, context={"request": request}).data)
