"""Sending messages over HTTP; texts that are sent often; numbers that want none."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import IDEMPOTENCY_KEY
from accounts.api.permissions import membership_of_request
from accounts.api.reads import LoggedReads
from accounts.api.viewsets import RecordViewSet
from accounts.audit.models import AccessAction
from accounts.errors import NotFoundError, NotPermittedError
from accounts.idempotency import HEADER
from accounts.models import Membership
from jobs.api.serializers import JobSerializer
from sms_integration.api.sending_examples import BULK, NEW
from sms_integration.api.sending_filters import MessageFilter, SuppressionFilter, TemplateFilter
from sms_integration.api.sending_serializers import (
    BulkMessageSerializer,
    MessageSerializer,
    NewMessageSerializer,
    SettleSerializer,
    SuppressionSerializer,
    TemplateSerializer,
    WhenSerializer,
)
from sms_integration.models import Message, Suppression, Template
from sms_integration.policies import (
    get_conversation_for,
    get_message_for,
    messages_visible_to,
    suppressions_visible_to,
    templates_visible_to,
)
from sms_integration.services.bulk import send_messages
from sms_integration.services.sending import (
    draft_message,
    send_message,
    write_message,
)
from sms_integration.services.settling import cancel_message, retry_message, settle_message
from sms_integration.services.suppressing import lift_by_staff, write_down_suppression
from sms_integration.services.templates import save_template


def _may_write(request: Request) -> Membership:
    membership = membership_of_request(request)
    if not membership.may("messages.add"):
        raise NotPermittedError
    return membership


@extend_schema_view(list=extend_schema(description="The messages the caller sees, newest first."))
class MessagesView(
    LoggedReads, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Messages to and from the patients whom the caller sees."""

    queryset = Message.objects.none()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    lookup_value_converter = "uuid"
    further_statuses = {"create": ("404", "409")}

    def get_queryset(self) -> QuerySet[Message]:
        membership = membership_of_request(self.request)
        if self.action == "list" and not membership.may("messages.view"):
            raise NotPermittedError
        return messages_visible_to(membership)

    def get_object(self) -> Message:
        return get_message_for(membership_of_request(self.request), self.kwargs["pk"])

    @extend_schema(
        request=NewMessageSerializer,
        responses={201: MessageSerializer},
        parameters=[IDEMPOTENCY_KEY],
        examples=NEW,
    )
    def create(self, request: Request) -> Response:
        """Write a message, and send it now or at a time, or keep it as a draft.

        Files are added to a draft at `/api/v1/messages/{id}/files`; then it is sent.
        """
        membership = _may_write(request)
        form = NewMessageSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        conversation = None
        if sent["conversation_id"] is not None:
            conversation = get_conversation_for(membership, sent["conversation_id"])
        what = {
            "membership": membership,
            "patient_id": sent["patient_id"],
            "conversation": conversation,
            "body": sent["body"],
            "template": sent["template_id"],
            "idempotency_key": request.headers.get(HEADER, ""),
        }
        if sent["draft"]:
            message = draft_message(**what)
        else:
            message = write_message(**what, scheduled_at=sent["scheduled_at"])
        return self._shown(message, status.HTTP_201_CREATED)

    @extend_schema(request=WhenSerializer, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: UUID) -> Response:
        """Send a draft with its files, now or at a time."""
        message = self._changeable(request)
        form = WhenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._shown(
            send_message(
                membership=membership_of_request(request),
                message=message,
                scheduled_at=form.validated_data["scheduled_at"],
            )
        )

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Cancel what has not been handed over yet: a draft, a scheduled or a waiting message."""
        message = self._changeable(request)
        return self._shown(
            cancel_message(membership=membership_of_request(request), message=message)
        )

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Send once more what was not sent or not delivered."""
        message = self._changeable(request)
        return self._shown(
            retry_message(membership=membership_of_request(request), message=message)
        )

    @extend_schema(request=SettleSerializer, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Say of a message of which nobody knows whether it was sent; if not, it is sent again."""
        message = self._changeable(request)
        form = SettleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._shown(
            settle_message(
                membership=membership_of_request(request),
                message=message,
                was_sent=form.validated_data["was_sent"],
            )
        )

    def _changeable(self, request: Request) -> Message:
        message = self.get_object()
        if not membership_of_request(request).may("messages.change"):
            raise NotPermittedError
        return message

    def _shown(self, message: Message, code: int = status.HTTP_200_OK) -> Response:
        self._note(self.request, AccessAction.VIEW, [str(message.pk)])
        return Response(MessageSerializer(message).data, status=code)


class BulkMessagesView(APIView):
    further_statuses = {"post": ("409",)}

    @extend_schema(
        operation_id="messages_bulk",
        request=BulkMessageSerializer,
        responses={202: JobSerializer},
        parameters=[IDEMPOTENCY_KEY],
        examples=BULK,
    )
    def post(self, request: Request) -> Response:
        """Write to many patients in the background; the answer is the job.

        Its `codes` say what became of them: `queued`, or why not: `no_phone`, `opted_out`,
        `missing_placeholder`, `archived`, `deceased`.
        """
        membership = _may_write(request)
        form = BulkMessageSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        job = send_messages(
            membership=membership,
            patient_ids=sent.get("patient_ids"),
            status=sent.get("patient_status", ""),
            clinician_id=sent.get("clinician_id"),
            template=sent["template_id"],
            body=sent["body"],
            idempotency_key=request.headers.get(HEADER, ""),
        )
        return Response(
            JobSerializer(job, context={"request": request}).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/jobs/{job.pk}"},
        )


class TemplatesView(RecordViewSet):
    """Texts that are sent often. One that is not wanted any more is switched off."""

    area = "templates"
    queryset = Template.objects.none()
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter

    def visible_to(self, membership: Membership) -> QuerySet[Template]:
        return templates_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Template:
        return save_template(membership=membership, **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Template:
        whole = {name: getattr(record, name) for name in ("name", "body", "is_active")}
        return save_template(membership=membership, template=record, **{**whole, **fields})


class SuppressionsView(
    LoggedReads, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The numbers that want no messages, the newest first."""

    queryset = Suppression.objects.none()
    serializer_class = SuppressionSerializer
    filterset_class = SuppressionFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Suppression]:
        membership = membership_of_request(self.request)
        if self.action == "list" and not membership.may("messages.view"):
            raise NotPermittedError
        return suppressions_visible_to(membership)

    def get_object(self) -> Suppression:
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFoundError
        return found

    def create(self, request: Request) -> Response:
        """Write down that a number wants no messages; twice is once."""
        membership = _may_write(request)
        form = SuppressionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = write_down_suppression(
            membership=membership,
            phone=str(form.validated_data["phone"]),
            note=form.validated_data.get("note", ""),
        )
        return Response(SuppressionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=SuppressionSerializer)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: UUID) -> Response:
        """Take a number off the list, when its owner has said so."""
        lifted = lift_by_staff(
            membership=membership_of_request(request), suppression=self.get_object()
        )
        return Response(SuppressionSerializer(lifted).data)
