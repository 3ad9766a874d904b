"""Medical records: drafts, finalised ones, addenda."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.pagination import CursorPagination
from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from medical_records.api.examples import RECORD_EXAMPLES
from medical_records.api.fields import with_names
from medical_records.api.filters import MedicalRecordFilter
from medical_records.api.record_serializers import AddendumSerializer, MedicalRecordSerializer
from medical_records.models import MedicalRecord
from medical_records.policies import medical_records_visible_to
from medical_records.services.records import (
    add_addendum,
    create_record,
    delete_record,
    finalize_record,
    update_record,
)


class ByVisit(CursorPagination):
    ordering = ("-visit_date", "-id")


@extend_schema(examples=RECORD_EXAMPLES)
class MedicalRecordsView(RecordViewSet):
    """Medical records of the patients that the caller may see, the latest visit first.

    A draft can be changed and removed; a finalised record only gets addenda. Patients and
    guardians see what is finalised.
    """

    area = "records"
    guarded = frozenset({"finalize"})
    queryset = MedicalRecord.objects.none()
    filterset_class = MedicalRecordFilter
    pagination_class = ByVisit
    serializer_class = MedicalRecordSerializer

    def visible_to(self, membership: Membership) -> QuerySet[MedicalRecord]:
        return with_names(medical_records_visible_to(membership), "doctor").prefetch_related(
            "diagnoses", "addenda__author"
        )

    def make(self, membership: Membership, fields: dict[str, Any]) -> MedicalRecord:
        return create_record(membership=membership, **fields)

    def change(
        self, membership: Membership, record: MedicalRecord, fields: dict[str, Any]
    ) -> MedicalRecord:
        return update_record(membership=membership, record=record, **fields)

    def remove(self, membership: Membership, record: MedicalRecord) -> None:
        delete_record(membership=membership, record=record)

    @extend_schema(request=None, responses=MedicalRecordSerializer, examples=RECORD_EXAMPLES[1:])
    @action(detail=True, methods=["post"])
    @transaction.atomic
    def finalize(self, request: Request, pk: str) -> Response:
        """Lock the record as it was read: from now on it only gets addenda."""
        membership = membership_of_request(request)
        record = self._allowed(membership, "change")
        return self.answer(finalize_record(membership=membership, record=record))

    @extend_schema(request=AddendumSerializer, responses={201: AddendumSerializer}, examples=[])
    @action(detail=True, methods=["post"])
    def addenda(self, request: Request, pk: str) -> Response:
        """Add to a finalised record what came to light later."""
        record = self.get_object()
        form = AddendumSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        addendum = add_addendum(
            membership=membership_of_request(request),
            record=record,
            text=form.validated_data["text"],
        )
        return Response(AddendumSerializer(addendum).data, status=status.HTTP_201_CREATED)
