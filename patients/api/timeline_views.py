from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.models import Membership
from patients.api.examples import TIMELINE_EXAMPLES
from patients.api.pagination import TimelinePagination
from patients.models import Patient
from patients.policies import get_patient_for
from patients.registry import timeline_sources
from patients.services.timeline import Timeline, TimelineRow

KIND = OpenApiParameter(
    "kind", str, description="one or several of the kinds, with commas between; all when left out"
)


class TimelineSerializer(serializers.Serializer):
    kind = serializers.CharField()
    at = serializers.DateTimeField(help_text="when it was, not when it was entered")
    id = serializers.UUIDField()
    title = serializers.CharField()
    url = serializers.SerializerMethodField(help_text="of the record; null where it has none")

    def get_url(self, row: TimelineRow) -> str | None:
        route = self.context["routes"].get(row.kind)
        return reverse(route, args=[row.id]) if route else None


class TimelineView(generics.GenericAPIView):
    """All that happened to one patient and that the caller may see, newest first."""

    queryset = Patient.objects.none()
    serializer_class = TimelineSerializer
    pagination_class = TimelinePagination
    filter_backends = ()

    @extend_schema(
        operation_id="patient_timeline",
        parameters=[KIND],
        responses=TimelineSerializer(many=True),
        examples=TIMELINE_EXAMPLES,
    )
    def get(self, request: Request, pk: UUID) -> Response:
        membership = membership_of_request(request)
        patient = get_patient_for(membership, pk)
        timeline = Timeline(membership, patient.pk, _kinds(request))
        rows: Any = self.paginate_queryset(timeline)  # type: ignore[arg-type]
        _note(membership, patient, rows)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def get_serializer_context(self) -> dict[str, Any]:
        routes = {source.kind: source.route for source in timeline_sources()}
        return {**super().get_serializer_context(), "routes": routes}


def _kinds(request: Request) -> list[str]:
    asked = [kind for kind in request.query_params.get("kind", "").split(",") if kind]
    known = [source.kind for source in timeline_sources()]
    if set(asked) - set(known):
        raise ValidationError({"kind": f"The kinds are {', '.join(known)}."})
    return asked


def _note(membership: Membership, patient: Patient, rows: list[TimelineRow]) -> None:
    record_access(
        membership=membership,
        action=AccessAction.LIST,
        object_type="patients.timeline",
        object_ids=[row.id for row in rows],
        patient=str(patient.pk),
    )
