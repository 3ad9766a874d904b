from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import IsMemberAtAll, membership_of_request
from accounts.api.serializers import MeSerializer
from accounts.policies import current_account
from accounts.roles import ABILITIES, Role
from accounts.second_factor.factors import has_second_factor, second_factor_wanted


class MeView(APIView):
    """Answers also those who have still to set up a second factor: so the app knows."""

    permission_classes = (IsMemberAtAll,)

    @extend_schema(
        operation_id="me", summary="Who I am here and what I may do", responses=MeSerializer
    )
    def get(self, request: Request) -> Response:
        membership = membership_of_request(request)
        body = {
            "user": request.user,
            "account": current_account(),
            "membership_id": membership.pk,
            "role": membership.role,
            "staff": membership.is_staff,
            "abilities": sorted(ABILITIES[Role(membership.role)]),
            "second_factor": has_second_factor(request.user),
            "second_factor_wanted": second_factor_wanted(membership),
        }
        return Response(MeSerializer(body).data)
