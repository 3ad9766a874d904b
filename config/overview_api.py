"""The overview over the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from config.overview import Overview, overview


class FollowUpSerializer(serializers.Serializer):
    record_id = serializers.UUIDField(source="pk")
    patient_id = serializers.UUIDField()
    patient_name = serializers.CharField(source="patient.full_name")
    due = serializers.DateField(source="follow_up_date")
    chief_complaint = serializers.CharField(allow_blank=True)


class UploadedSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    file_name = serializers.CharField(source="original_filename")
    patient_id = serializers.UUIDField(allow_null=True)
    uploaded_at = serializers.DateTimeField(allow_null=True)


class PendingInviteSerializer(serializers.Serializer):
    invite_id = serializers.UUIDField(source="pk")
    patient_id = serializers.UUIDField()
    patient_name = serializers.CharField(source="patient.full_name")
    expires_at = serializers.DateTimeField()


class WeekSerializer(serializers.Serializer):
    week = serializers.DateField(help_text="its Monday")
    visits = serializers.IntegerField()


class OverviewSerializer(serializers.Serializer):
    patients_by_status = serializers.DictField(child=serializers.IntegerField(), source="patients")
    patients_by_invite_state = serializers.SerializerMethodField()
    medical_records = serializers.IntegerField(source="records")
    drafts = serializers.IntegerField()
    lab_results = serializers.IntegerField()
    documents = serializers.IntegerField()
    visits_by_week = serializers.SerializerMethodField()
    follow_ups_due = serializers.IntegerField()
    follow_ups = FollowUpSerializer(many=True)
    pending_invites = PendingInviteSerializer(many=True, source="invites")
    last_uploads = UploadedSerializer(many=True, source="uploads")

    def get_patients_by_invite_state(self, found: Overview) -> dict[str, int]:
        return found.facts["invite_state"]

    @extend_schema_field(WeekSerializer(many=True))
    def get_visits_by_week(self, found: Overview) -> list[dict[str, Any]]:
        rows = [{"week": week, "visits": number} for week, number in found.visits.items()]
        return list(WeekSerializer(rows, many=True).data)


EXAMPLE = OpenApiExample(
    "A morning",
    value={
        "patients_by_status": {"active": 148, "inactive": 7, "archived": 4, "deceased": 1},
        "patients_by_invite_state": {
            "none": 120,
            "pending": 12,
            "expired": 6,
            "accepted": 20,
            "revoked": 2,
        },
        "medical_records": 410,
        "drafts": 9,
        "lab_results": 320,
        "documents": 404,
        "visits_by_week": [{"week": "2026-11-16", "visits": 23}],
        "follow_ups_due": 1,
        "follow_ups": [
            {
                "record_id": "01931f6e-9b2c-7d10-8a41-6c7d8e9f0a1b",
                "patient_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f",
                "patient_name": "Ava Nguyen",
                "due": "2026-12-01",
                "chief_complaint": "Sore throat and fever for two days",
            }
        ],
        "pending_invites": [],
        "last_uploads": [],
    },
    response_only=True,
)


class OverviewView(APIView):
    @extend_schema(operation_id="dashboard", responses=OverviewSerializer, examples=[EXAMPLE])
    def get(self, request: Request) -> Response:
        """Numbers of the clinic, what is due and what came in; for its staff."""
        return Response(OverviewSerializer(overview(membership_of_request(request))).data)
