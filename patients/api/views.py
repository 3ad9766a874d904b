from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.pagination import CursorPagination
from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from accounts.roles import Role
from patients.api.filters import PatientFilter
from patients.api.serializers import (
    CompanySerializer,
    OwnPatientSerializer,
    PatientSerializer,
    ReferrerSerializer,
)
from patients.models import Company, Patient, Referrer
from patients.policies import companies_visible_to, patients_visible_to, referrers_visible_to
from patients.services.directory import delete_directory_entry, save_directory_entry
from patients.services.patients import (
    archive_patient,
    create_patient,
    delete_patient,
    update_patient,
)

ORDERINGS = {
    "name": ("last_name", "first_name", "id"),
    "-name": ("-last_name", "-first_name", "-id"),
    "created": ("id",),
    "-created": ("-id",),
}
SORT = OpenApiParameter("sort", str, description="name or created; - turns it round")


class PatientPagination(CursorPagination):
    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return ORDERINGS.get(request.query_params.get("sort", ""), ORDERINGS["name"])


@extend_schema_view(list=extend_schema(parameters=[SORT]))
class PatientsView(RecordViewSet):
    """The patients that the caller may see."""

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
        return patients_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Patient:
        return create_patient(membership=membership, **fields)

    def change(self, membership: Membership, record: Patient, fields: dict[str, Any]) -> Patient:
        return update_patient(membership=membership, patient=record, **fields)

    def remove(self, membership: Membership, record: Patient) -> None:
        delete_patient(membership=membership, patient=record)

    @extend_schema(request=None, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Take the patient out of the daily lists; nothing is lost."""
        membership = membership_of_request(request)
        patient = archive_patient(membership=membership, patient=self.get_object())
        return Response(self.get_serializer(patient).data)


class ReferrersView(RecordViewSet):
    """Doctors and others who send patients."""

    area = "directory"
    queryset = Referrer.objects.none()
    serializer_class = ReferrerSerializer

    def visible_to(self, membership: Membership) -> QuerySet[Referrer]:
        return referrers_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Referrer:
        return save_directory_entry(membership=membership, entry=Referrer(), **fields)

    def change(self, membership: Membership, record: Referrer, fields: dict[str, Any]) -> Referrer:
        return save_directory_entry(membership=membership, entry=record, **fields)

    def remove(self, membership: Membership, record: Referrer) -> None:
        delete_directory_entry(membership=membership, entry=record)


class CompaniesView(RecordViewSet):
    """Practices and other organisations."""

    area = "directory"
    queryset = Company.objects.none()
    serializer_class = CompanySerializer

    def visible_to(self, membership: Membership) -> QuerySet[Company]:
        return companies_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Company:
        return save_directory_entry(membership=membership, entry=Company(), **fields)

    def change(self, membership: Membership, record: Company, fields: dict[str, Any]) -> Company:
        return save_directory_entry(membership=membership, entry=record, **fields)

    def remove(self, membership: Membership, record: Company) -> None:
        delete_directory_entry(membership=membership, entry=record)
