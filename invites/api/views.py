"""Invites over HTTP: the staff's side, and the public two that the link's page asks."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from accounts.api.reads import LoggedReads
from accounts.errors import NotPermittedError
from invites.api.examples import ACCEPT, BULK, GENERATE
from invites.api.filters import InviteFilter
from invites.api.serializers import (
    AcceptedSerializer,
    AcceptSerializer,
    BulkInvitedSerializer,
    BulkInviteSerializer,
    GenerateInviteSerializer,
    InvitedSerializer,
    InviteSerializer,
    InviteViewSerializer,
    TokenSerializer,
)
from invites.models import Invite
from invites.policies import get_invite_for, invites_visible_to
from invites.services.accepting import accept_invite, verify_invite
from invites.services.sending import (
    BulkResult,
    Invited,
    InviteOptions,
    bulk_invite,
    generate_invite,
    resend_invite,
    revoke_invite,
)


def options_of(request: Request, sent: dict[str, Any]) -> InviteOptions:
    names = ("expires_in_days", "send_email", "message")
    chosen = {name: sent[name] for name in names if name in sent}
    if "clinician_id" in sent:
        chosen["clinician"] = sent["clinician_id"]
    return InviteOptions(port=request.get_host().partition(":")[2], **chosen)


class GenerateInviteView(APIView):
    further_statuses = {"post": ("404",)}

    @extend_schema(
        operation_id="generate_invite",
        request=GenerateInviteSerializer,
        responses={201: InvitedSerializer},
        examples=GENERATE,
    )
    def post(self, request: Request) -> Response:
        """Invite a patient to a login of their own."""
        membership = membership_of_request(request)
        if not membership.may("invites.add"):
            raise NotPermittedError
        form = GenerateInviteSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        made = generate_invite(
            membership=membership,
            patient_id=form.validated_data["patient_id"],
            options=options_of(request, form.validated_data),
        )
        return Response(_body(made), status=status.HTTP_201_CREATED)


class BulkInviteView(APIView):
    @extend_schema(
        operation_id="bulk_invite",
        request=BulkInviteSerializer,
        responses=BulkInvitedSerializer,
        examples=BULK,
    )
    def post(self, request: Request) -> Response:
        """Invite many patients; the answer says for each whether, and if not, why."""
        membership = membership_of_request(request)
        if not membership.may("invites.add"):
            raise NotPermittedError
        form = BulkInviteSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        results = bulk_invite(
            membership=membership,
            patient_ids=form.validated_data["patient_ids"],
            options=options_of(request, form.validated_data),
        )
        rows = [_row(result) for result in results]
        invited = sum(row["status"] == "invited" for row in rows)
        body = {"invited": invited, "refused": len(rows) - invited, "results": rows}
        return Response(BulkInvitedSerializer(body).data)


class InvitesView(
    LoggedReads, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The invites of the patients whom the caller sees, the newest first."""

    queryset = Invite.objects.none()
    serializer_class = InviteSerializer
    filterset_class = InviteFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Invite]:
        membership = membership_of_request(self.request)
        if self.action == "list" and not membership.may("invites.view"):
            raise NotPermittedError
        return invites_visible_to(membership)

    def get_object(self) -> Invite:
        return get_invite_for(membership_of_request(self.request), self.kwargs["pk"])

    @extend_schema(request=None, responses=InvitedSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: UUID) -> Response:
        """Send a new link; the old one is worth nothing from then on."""
        made = resend_invite(
            membership=membership_of_request(request),
            invite=self.get_object(),
            options=options_of(request, {}),
        )
        return Response(_body(made))

    @extend_schema(request=None, responses=InviteSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Withdraw the invite."""
        invite = revoke_invite(membership=membership_of_request(request), invite=self.get_object())
        return Response(InviteSerializer(invite).data)


class InviteThrottle(AnonRateThrottle):
    """So that nobody can try passwords or tokens by the thousand."""

    scope = "invites"
    rate = "20/min"


class PublicView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (InviteThrottle,)
    further_statuses = {"post": ("404", "410")}


class VerifyInviteView(PublicView):
    @extend_schema(
        operation_id="verify_invite",
        request=TokenSerializer,
        responses=InviteViewSerializer,
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Whose invite this is; it is not used up."""
        form = TokenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(InviteViewSerializer(verify_invite(form.validated_data["token"])).data)


class AcceptInviteView(PublicView):
    @extend_schema(
        operation_id="accept_invite",
        request=AcceptSerializer,
        responses=AcceptedSerializer,
        examples=ACCEPT,
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Accept: the patient gets a login, once."""
        form = AcceptSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(AcceptedSerializer(accept_invite(**form.validated_data)).data)


def _body(made: Invited) -> dict[str, Any]:
    return {**InviteSerializer(made.invite).data, "link": made.link}


def _row(result: BulkResult) -> dict[str, Any]:
    return {
        "patient_id": result.patient_id,
        "status": "refused" if result.error else "invited",
        "invite": result.invite,
        "code": result.error.code if result.error else "",
        "detail": result.error.detail if result.error else "",
    }
