"""Conversations over HTTP. Answering in one is a new message: `POST /messages`."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.api.reads import LoggedReads
from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotPermittedError
from sms_integration.api.conversation_examples import ASSIGN, READ
from sms_integration.api.conversation_filters import ConversationFilter
from sms_integration.api.conversation_pagination import ConversationPagination, MessagePagination
from sms_integration.api.conversation_serializers import (
    AssignSerializer,
    CandidateSerializer,
    ConversationSerializer,
    ReadSerializer,
    ThreadMessageSerializer,
    UnreadSerializer,
)
from sms_integration.models import Conversation
from sms_integration.policies import conversations_visible_to, get_conversation_for
from sms_integration.services.assigning import AssignedMeanwhileError, assign_conversation
from sms_integration.services.candidates import candidates_for
from sms_integration.services.reading import mark_read, mark_unread, unread_totals
from sms_integration.services.thread import (
    files_of,
    media_of,
    messages_of,
    with_last,
    with_opted_out,
)


class ConversationsView(
    LoggedReads, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The conversations of the patients whom the caller sees, and who may, of nobody yet.

    Those in which something was said, the last first.
    """

    queryset = Conversation.objects.none()
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilter
    pagination_class = ConversationPagination
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Conversation]:
        membership = membership_of_request(self.request)
        if self.action == "list" and not membership.may("messages.view"):
            raise NotPermittedError
        seen = conversations_visible_to(membership)
        return with_opted_out(with_last(seen.filter(last_message_at__isnull=False)))

    def get_object(self) -> Conversation:
        return self._one(self.kwargs["pk"])

    def _one(self, pk: UUID) -> Conversation:
        """Return it as it is answered. Raises `NotFoundError`."""
        membership = membership_of_request(self.request)
        get_conversation_for(membership, pk)
        seen = with_opted_out(with_last(conversations_visible_to(membership)))
        return seen.get(pk=pk)

    def _answer(self, conversation: Conversation) -> Response:
        found = self._one(conversation.pk)
        membership = membership_of_request(self.request)
        _note(membership, AccessAction.VIEW, "sms_integration.conversation", [found.pk])
        return Response(ConversationSerializer(found).data)

    @extend_schema(operation_id="conversations_unread", responses=UnreadSerializer)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def unread(self, request: Request) -> Response:
        """How much is unread and how much is of nobody yet, for a badge."""
        membership = membership_of_request(request)
        if not membership.may("messages.view"):
            raise NotPermittedError
        return Response(UnreadSerializer(unread_totals(membership)).data)

    @extend_schema(
        operation_id="conversation_messages",
        responses=ThreadMessageSerializer(many=True),
        filters=False,
    )
    @action(
        detail=True,
        methods=["get"],
        pagination_class=MessagePagination,
        filterset_class=None,
        filter_backends=(),
    )
    def messages(self, request: Request, pk: UUID) -> Response:
        """What was said, the last first, with files and how far each message has come."""
        membership = membership_of_request(request)
        conversation = get_conversation_for(membership, pk)
        page: Any = self.paginate_queryset(messages_of(membership, conversation))
        files = files_of(membership, page)
        _note(membership, AccessAction.LIST, "sms_integration.message", [one.pk for one in page])
        shown = [document.pk for some in files.values() for document in some]
        _note(membership, AccessAction.LIST, "documents.document", shown)
        context = {**self.get_serializer_context(), "files": files, "media": media_of(page)}
        rows = ThreadMessageSerializer(page, many=True, context=context)
        return self.get_paginated_response(rows.data)

    @extend_schema(
        operation_id="conversation_read",
        request=ReadSerializer,
        responses=ConversationSerializer,
        examples=READ,
    )
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: UUID) -> Response:
        """Note that what came in was read, as far as was seen."""
        conversation = self.get_object()
        form = ReadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._answer(
            mark_read(
                membership=membership_of_request(request),
                conversation=conversation,
                up_to=form.validated_data["up_to"],
            )
        )

    @extend_schema(
        operation_id="conversation_unread", request=None, responses=ConversationSerializer
    )
    @action(detail=True, methods=["post"], url_path="unread", url_name="mark-unread")
    def mark_unread(self, request: Request, pk: UUID) -> Response:
        """Let the last message that came in be unread again."""
        conversation = self.get_object()
        membership = membership_of_request(request)
        return self._answer(mark_unread(membership=membership, conversation=conversation))

    @extend_schema(
        operation_id="conversation_assign",
        request=AssignSerializer,
        responses=ConversationSerializer,
        examples=ASSIGN,
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: UUID) -> Response:
        """Give it to a patient. Where they have one with this number, the answer is that one."""
        conversation = self.get_object()
        form = AssignSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        seen = sent.get("from_patient_id", conversation.patient_id)
        if seen != conversation.patient_id:
            raise AssignedMeanwhileError
        return self._answer(
            assign_conversation(
                membership=membership_of_request(request),
                conversation=conversation,
                patient_id=sent["patient_id"],
            )
        )

    @extend_schema(
        operation_id="conversation_candidates",
        responses=CandidateSerializer(many=True),
        filters=False,
    )
    @action(
        detail=True,
        methods=["get"],
        pagination_class=None,
        filterset_class=None,
        filter_backends=(),
    )
    def candidates(self, request: Request, pk: UUID) -> Response:
        """The patients whose number (or e-mail) it is, of those whom the caller sees."""
        membership = membership_of_request(request)
        found = list(candidates_for(membership, self.get_object()))
        _note(membership, AccessAction.LIST, "patients.patient", [one.pk for one in found])
        return Response(CandidateSerializer(found, many=True).data)


def _note(membership: Any, action: AccessAction, kind: str, ids: list[UUID]) -> None:
    if ids:
        record_access(membership=membership, action=action, object_type=kind, object_ids=ids)
