from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from accounts.api.serializers import MeSerializer
from accounts.policies import current_account
from accounts.roles import ABILITIES, Role


class MeView(APIView):
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
        }
        return Response(MeSerializer(body).data)
