from typing import Any

from django.db.models import QuerySet

from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from patients.api.directory_serializers import (
    CompanySerializer,
    CoordinatorSerializer,
    ReferrerSerializer,
)
from patients.api.filters import CompanyFilter, CoordinatorFilter, ReferrerFilter
from patients.api.pagination import CompanyPagination, PersonPagination
from patients.models import Company, Coordinator, Referrer
from patients.policies import (
    companies_visible_to,
    coordinators_visible_to,
    referrers_visible_to,
)
from patients.services.directory import delete_directory_entry, save_directory_entry


class DirectoryView(RecordViewSet):
    area = "directory"
    model: type[Any]

    def make(self, membership: Membership, fields: dict[str, Any]) -> Any:
        return save_directory_entry(membership=membership, entry=self.model(), **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Any:
        return save_directory_entry(membership=membership, entry=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        delete_directory_entry(membership=membership, entry=record)


class ReferrersView(DirectoryView):
    """Doctors and others who send patients."""

    model = Referrer
    queryset = Referrer.objects.none()
    serializer_class = ReferrerSerializer
    filterset_class = ReferrerFilter
    pagination_class = PersonPagination

    def visible_to(self, membership: Membership) -> QuerySet[Referrer]:
        return referrers_visible_to(membership)


class CoordinatorsView(DirectoryView):
    """People at funding bodies and agencies who coordinate patients' care."""

    model = Coordinator
    queryset = Coordinator.objects.none()
    serializer_class = CoordinatorSerializer
    filterset_class = CoordinatorFilter
    pagination_class = PersonPagination

    def visible_to(self, membership: Membership) -> QuerySet[Coordinator]:
        return coordinators_visible_to(membership)


class CompaniesView(DirectoryView):
    """Practices and other organisations."""

    model = Company
    queryset = Company.objects.none()
    serializer_class = CompanySerializer
    filterset_class = CompanyFilter
    pagination_class = CompanyPagination

    def visible_to(self, membership: Membership) -> QuerySet[Company]:
        return companies_visible_to(membership)
