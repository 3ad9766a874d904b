from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.member_filters import CalledFilter, MemberFilter
from accounts.api.member_serializers import (
    ClinicianSerializer,
    MemberChangeSerializer,
    MemberSerializer,
)
from accounts.api.pagination import CursorPagination
from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.errors import NotPermittedError
from accounts.models import Membership
from accounts.policies import clinicians_visible_to, members_visible_to
from accounts.requests import own_port
from accounts.second_factor.switching_off import switch_off_for_member
from accounts.services.invitations import invite_member, send_invitation
from accounts.services.members import change_member, lock_members

NEW = OpenApiExample(
    "A colleague",
    value={"email": "noor@clinic.example", "name": "Dr Noor Aziz", "role": "provider"},
    request_only=True,
)
LEFT = OpenApiExample("Somebody has left", value={"is_active": False}, request_only=True)


class ByEmail(CursorPagination):
    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return ("user__email",)


@extend_schema_view(
    list=extend_schema(summary="Everybody of the clinic; for administrators"),
    create=extend_schema(
        summary="Invite a colleague by e-mail",
        description="The answer is the same whether the person has a login already. 60 an hour.",
        examples=[NEW],
    ),
    partial_update=extend_schema(
        summary="Change a role, deactivate or reactivate",
        description="Deactivating ends every session and token here at once and for good.",
        request=MemberChangeSerializer,
        responses=MemberSerializer,
        examples=[LEFT],
    ),
)
class MembersView(RecordViewSet):
    """The people of the clinic: who they are here and whether they may come in."""

    area = "members"
    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    pagination_class = ByEmail
    further_statuses = {"create": ("429", "503"), "invite": ("429", "503")}

    def get_serializer_class(self) -> type[BaseSerializer]:
        return MemberChangeSerializer if self.action == "partial_update" else MemberSerializer

    def visible_to(self, membership: Membership) -> QuerySet[Membership]:
        return members_visible_to(membership)

    def locked_object(self) -> Membership:
        lock_members(membership_of_request(self.request).account_id)
        found: Membership = super().locked_object()
        return found

    def make(self, membership: Membership, fields: dict[str, Any]) -> Membership:
        return invite_member(
            membership=membership,
            email=fields["user"]["email"],
            name=fields["shown_name"],
            role=fields["role"],
            port=own_port(self.request),
        )

    def change(
        self, membership: Membership, record: Membership, fields: dict[str, Any]
    ) -> Membership:
        return change_member(membership=membership, member=record, **fields)

    @extend_schema(
        summary="Send the invitation again", request=None, responses={200: MemberSerializer}
    )
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str) -> Response:
        member = self.get_object()
        send_invitation(
            membership=membership_of_request(request), member=member, port=own_port(request)
        )
        return self.answer(member)

    @extend_schema(
        summary="Switch a member's second factor off, for instance when the phone is lost",
        description="It ends all their sessions and tokens here. Nobody does it for themselves, and"
        " the platform does it for administrators.",
        request=None,
        responses={200: MemberSerializer},
    )
    @action(detail=True, methods=["post"])
    def switch_off_second_factor(self, request: Request, pk: str) -> Response:
        member = self.get_object()
        by = membership_of_request(request)
        return self.answer(switch_off_for_member(membership=by, member=member))


class CliniciansView(generics.ListAPIView):
    """Whom patients can be assigned to: active providers and administrators. For staff."""

    queryset = Membership.objects.none()
    serializer_class = ClinicianSerializer
    filterset_class = CalledFilter
    pagination_class = ByEmail

    def get_queryset(self) -> QuerySet[Membership]:
        membership = membership_of_request(self.request)
        if not membership.is_staff:
            raise NotPermittedError
        return clinicians_visible_to(membership)
