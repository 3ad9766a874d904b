from typing import Any

from django.db.models import QuerySet

from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from medical_records.api.filters import LabResultFilter
from medical_records.api.serializers import LabResultSerializer
from medical_records.models import LabResult
from medical_records.policies import lab_results_visible_to
from medical_records.services.lab_results import (
    create_lab_result,
    delete_lab_result,
    update_lab_result,
)


class LabResultsView(RecordViewSet):
    """Laboratory results of the patients that the caller may see."""

    area = "records"
    queryset = LabResult.objects.none()
    filterset_class = LabResultFilter
    serializer_class = LabResultSerializer

    def visible_to(self, membership: Membership) -> QuerySet[LabResult]:
        return lab_results_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> LabResult:
        return create_lab_result(membership=membership, **fields)

    def change(
        self, membership: Membership, record: LabResult, fields: dict[str, Any]
    ) -> LabResult:
        return update_lab_result(membership=membership, result=record, **fields)

    def remove(self, membership: Membership, record: LabResult) -> None:
        delete_lab_result(membership=membership, result=record)
