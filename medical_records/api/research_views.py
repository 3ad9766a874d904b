"""De-identified records for research partners."""

import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.api.pagination import CursorPagination
from accounts.api.permissions import membership_of_request
from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotPermittedError
from accounts.models import Membership
from medical_records import research
from medical_records.api.research_serializers import (
    ResearchLabResultSerializer,
    ResearchPatientSerializer,
    ResearchRecordSerializer,
)
from medical_records.models import LabResult, MedicalRecord
from patients.models import Patient


class SealedPagination(CursorPagination):
    """Cursors that nobody can read: they hold real ids."""

    def encode_cursor(self, cursor: Cursor) -> str:
        sealed = _cipher().encrypt(json.dumps(list(cursor)).encode()).decode()
        return replace_query_param(self.base_url or "", self.cursor_query_param, sealed)

    def decode_cursor(self, request: Request) -> Cursor | None:
        sealed = request.query_params.get(self.cursor_query_param)
        if sealed is None:
            return None
        try:
            offset, reverse, position = json.loads(_cipher().decrypt(sealed))
        except (InvalidToken, ValueError) as error:
            raise NotFound(self.invalid_cursor_message) from error
        return Cursor(offset=offset, reverse=reverse, position=position)


class ResearchView(generics.ListAPIView):
    """What the three lists share: who may read, and what the access log is told."""

    pagination_class = SealedPagination
    filter_backends = ()

    def rows(self, membership: Membership) -> QuerySet[Any]:
        raise NotImplementedError

    def describe(self, row: Any) -> dict[str, Any] | None:
        raise NotImplementedError

    def patient_of(self, row: Any) -> Any:
        return row.patient_id

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        membership = membership_of_request(request)
        if not membership.may("research.view"):
            raise NotPermittedError
        page: Sequence[Model] = self.paginate_queryset(self.rows(membership)) or []  # type: ignore[assignment]
        self._note(membership, page)
        found = [shown for row in page if (shown := self.describe(row)) is not None]
        return self.get_paginated_response(self.get_serializer(found, many=True).data)

    def _note(self, membership: Membership, page: Sequence[Model]) -> None:
        if page:
            record_access(
                membership=membership,
                action=AccessAction.LIST,
                object_type="patients.patient",
                object_ids=sorted({self.patient_of(row) for row in page}),
                research=True,
            )


class ByPseudonym(SealedPagination):
    ordering = ("research_id",)


class ByPatientPseudonym(SealedPagination):
    ordering = ("patient__research_id", "id")


@extend_schema_view(get=extend_schema(operation_id="research_patients"))
class ResearchPatientsView(ResearchView):
    """Patients who consent to research: a pseudonym, sex and age in bands of five years."""

    queryset = Patient.objects.none()
    pagination_class = ByPseudonym
    serializer_class = ResearchPatientSerializer

    def rows(self, membership: Membership) -> QuerySet[Patient]:
        return research.research_patients(membership)

    def describe(self, row: Patient) -> dict[str, Any]:
        return research.describe_patient(row)

    def patient_of(self, row: Patient) -> Any:
        return row.pk


@extend_schema_view(get=extend_schema(operation_id="research_records"))
class ResearchRecordsView(ResearchView):
    """Their finalised records: year, age, coded diagnoses, measurements; no text, no names."""

    queryset = MedicalRecord.objects.none()
    pagination_class = ByPatientPseudonym
    serializer_class = ResearchRecordSerializer

    def rows(self, membership: Membership) -> QuerySet[MedicalRecord]:
        return research.research_records(membership)

    def describe(self, row: MedicalRecord) -> dict[str, Any]:
        return research.describe_record(row)


@extend_schema_view(get=extend_schema(operation_id="research_lab_results"))
class ResearchLabResultsView(ResearchView):
    """Their coded results that are numbers. A page can hold fewer rows than were asked for."""

    queryset = LabResult.objects.none()
    pagination_class = ByPatientPseudonym
    serializer_class = ResearchLabResultSerializer

    def rows(self, membership: Membership) -> QuerySet[LabResult]:
        return research.research_lab_results(membership)

    def describe(self, row: LabResult) -> dict[str, Any] | None:
        return research.describe_lab_result(row)


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
