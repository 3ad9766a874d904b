from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from accounts.roles import Role
from patients.api.examples import PATIENT_EXAMPLES
from patients.api.filters import PatientFilter
from patients.api.pagination import PatientPagination
from patients.api.serializers import OwnPatientSerializer, PatientSerializer
from patients.models import Patient
from patients.policies import patients_visible_to
from patients.registry import with_facts
from patients.services.patients import (
    archive_patient,
    create_patient,
    delete_patient,
    restore_patient,
    update_patient,
)


@extend_schema_view(create=extend_schema(examples=PATIENT_EXAMPLES))
class PatientsView(RecordViewSet):
    """The patients that the caller may see, the archived among them unless `status` says else."""

    area = "patients"
    queryset = Patient.objects.none()
    filterset_class = PatientFilter
    pagination_class = PatientPagination
    serializer_class = PatientSerializer

    def get_serializer_class(self) -> type[BaseSerializer]:
        membership = getattr(self.request.user, "membership", None) if self.request else None
        if membership is not None and membership.role == Role.PATIENT:
            return OwnPatientSerializer
        return PatientSerializer

    def visible_to(self, membership: Membership) -> QuerySet[Patient]:
        patients = patients_visible_to(membership)
        return with_facts(patients) if self.action == "list" else patients

    def answer(self, record: Patient, code: int = status.HTTP_200_OK) -> Response:
        """Show a patient with what other apps tell of them, which no change has loaded."""
        return super().answer(with_facts(Patient.objects.filter(pk=record.pk)).get(), code)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Patient:
        return create_patient(membership=membership, **fields)

    def change(self, membership: Membership, record: Patient, fields: dict[str, Any]) -> Patient:
        return update_patient(membership=membership, patient=record, **fields)

    def remove(self, membership: Membership, record: Patient) -> None:
        delete_patient(membership=membership, patient=record)

    @extend_schema(request=None, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Mark the patient as one of the past; nothing is lost."""
        membership = membership_of_request(request)
        return self.answer(archive_patient(membership=membership, patient=self.get_object()))

    @extend_schema(request=None, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Give an archived patient the status back that they had before."""
        membership = membership_of_request(request)
        return self.answer(restore_patient(membership=membership, patient=self.get_object()))
