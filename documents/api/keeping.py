"""What else is done with documents that are there: several at once, holds, a day to keep until."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from documents.api.serializers import DocumentSerializer
from documents.models import Document, DocumentState
from documents.policies import documents_visible_to, get_document_for
from documents.services.holds import (
    HOLDABLE,
    REASON,
    hold_document,
    keep_document,
    release_document,
)
from documents.services.trash import restore_documents, trash_documents

MAX_IDS = 1000


class IdsSerializer(serializers.Serializer):
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_IDS)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=REASON)


class UntilSerializer(serializers.Serializer):
    until = serializers.DateField(help_text="the last day; it can only be moved later")


class AnswerSerializer(serializers.Serializer):
    """What became of one of them; `code` and `detail` where it was refused."""

    id = serializers.UUIDField()
    state = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class AnswersSerializer(serializers.Serializer):
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = AnswerSerializer(many=True)


class KeepingActions:
    """For the view of all documents."""

    @extend_schema(
        operation_id="files_bulk_delete", request=IdsSerializer, responses=AnswersSerializer
    )
    @action(detail=False, methods=["post"], url_path="bulk-delete")
    def bulk_delete(self, request: Request) -> Response:
        """Put up to 1,000 documents into the trash; the answer says of each what became of it."""
        return self._bulk(request, trash_documents, DocumentState.AVAILABLE)

    @extend_schema(
        operation_id="files_bulk_restore", request=IdsSerializer, responses=AnswersSerializer
    )
    @action(detail=False, methods=["post"], url_path="bulk-restore")
    def bulk_restore(self, request: Request) -> Response:
        """Take up to 1,000 documents out of the trash; the answer says what became of each."""
        return self._bulk(request, restore_documents, DocumentState.TRASHED)

    @extend_schema(
        operation_id="files_hold", request=ReasonSerializer, responses=DocumentSerializer
    )
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: UUID) -> Response:
        """Put the document under a legal hold: nobody can delete it until it is released."""
        return self._kept(request, pk, hold_document, ReasonSerializer)

    @extend_schema(
        operation_id="files_release", request=ReasonSerializer, responses=DocumentSerializer
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: UUID) -> Response:
        """End the legal hold."""
        return self._kept(request, pk, release_document, ReasonSerializer)

    @extend_schema(operation_id="files_keep", request=UntilSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: UUID) -> Response:
        """Keep the document at least until a day."""
        return self._kept(request, pk, keep_document, UntilSerializer)

    @staticmethod
    def _bulk(
        request: Request, service: Callable[..., dict[UUID, Any]], state: DocumentState
    ) -> Response:
        membership = membership_of_request(request)
        if not membership.may("documents.delete"):
            raise NotPermittedError
        form = IdsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        ids = list(dict.fromkeys(form.validated_data["ids"]))
        found = documents_visible_to(membership).filter(state=state).in_bulk(ids)
        documents = [found[pk] for pk in ids if pk in found]
        results = service(membership=membership, documents=documents)
        answers = [_answer(pk, results.get(pk) or NotFoundError()) for pk in ids]
        refused = sum(answer["state"] is None for answer in answers)
        return Response({"done": len(answers) - refused, "refused": refused, "results": answers})

    @staticmethod
    def _kept(
        request: Request,
        pk: UUID,
        service: Callable[..., Document],
        form_class: type[serializers.Serializer],
    ) -> Response:
        membership = membership_of_request(request)
        document = get_document_for(membership, pk, *HOLDABLE)
        if not membership.may("documents.hold"):
            raise NotPermittedError
        form = form_class(data=request.data)
        form.is_valid(raise_exception=True)
        document = service(membership=membership, document=document, **form.validated_data)
        return Response(DocumentSerializer(document, context={"request": request}).data)


def _answer(pk: UUID, result: Document | ProblemError) -> dict[str, Any]:
    if isinstance(result, ProblemError):
        return {"id": str(pk), "state": None, "code": result.code, "detail": result.detail}
    return {"id": str(pk), "state": result.state, "code": "", "detail": ""}
