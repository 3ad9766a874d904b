"""The plain entries of a patient: lab results, visits, procedures, insurances."""

from typing import Any

from django.db.models import QuerySet

from accounts.api.pagination import CursorPagination
from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from medical_records.api.fields import with_names
from medical_records.api.filters import (
    InsuranceFilter,
    LabResultFilter,
    ProcedureFilter,
    VisitFilter,
)
from medical_records.api.serializers import (
    InsuranceSerializer,
    LabResultSerializer,
    ProcedureSerializer,
    VisitSerializer,
)
from medical_records.models import Insurance, LabResult, PatientEntry, Procedure, Visit
from medical_records.policies import entries_visible_to
from medical_records.services.entries import add_entry, change_entry, remove_entry


class EntriesView(RecordViewSet):
    """What the endpoints of plain entries share; a subclass names its model."""

    area = "records"
    model: type[PatientEntry]
    people: tuple[str, ...] = ()  # the members whose names an answer tells

    def visible_to(self, membership: Membership) -> QuerySet[Any]:
        return with_names(entries_visible_to(membership, self.model), *self.people)

    def make(self, membership: Membership, fields: dict[str, Any]) -> PatientEntry:
        return add_entry(membership=membership, entry=self.model(), **fields)

    def change(
        self, membership: Membership, record: PatientEntry, fields: dict[str, Any]
    ) -> PatientEntry:
        return change_entry(membership=membership, entry=record, **fields)

    def remove(self, membership: Membership, record: PatientEntry) -> None:
        remove_entry(membership=membership, entry=record)


class LabResultsView(EntriesView):
    """Laboratory results of the patients that the caller may see."""

    model = LabResult
    queryset = LabResult.objects.none()
    filterset_class = LabResultFilter
    serializer_class = LabResultSerializer


class ByStart(CursorPagination):
    ordering = ("-started_at", "-id")


class VisitsView(EntriesView):
    """Encounters of the patients that the caller may see, the latest first."""

    model = Visit
    people = ("clinician",)
    queryset = Visit.objects.none()
    filterset_class = VisitFilter
    pagination_class = ByStart
    serializer_class = VisitSerializer


class ByPerformance(CursorPagination):
    ordering = ("-performed_at", "-id")


class ProceduresView(EntriesView):
    """What was done to the patients that the caller may see, the latest first."""

    model = Procedure
    people = ("performer",)
    queryset = Procedure.objects.none()
    filterset_class = ProcedureFilter
    pagination_class = ByPerformance
    serializer_class = ProcedureSerializer


class InsurancesView(EntriesView):
    """Covers of the patients that the caller may see. Patients and guardians keep their own."""

    area = "insurances"
    model = Insurance
    queryset = Insurance.objects.none()
    filterset_class = InsuranceFilter
    serializer_class = InsuranceSerializer
