from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from patients.api.examples import GUARDIAN_EXAMPLES
from patients.api.guardian_serializers import GuardianChangeSerializer, GuardianSerializer
from patients.models import Guardian
from patients.policies import get_patient_for, guardians_visible_to
from patients.services.directory import add_guardian, change_guardian


@extend_schema_view(
    retrieve=extend_schema(operation_id="guardians_retrieve"),
    partial_update=extend_schema(operation_id="guardians_change", request=GuardianChangeSerializer),
)
class GuardiansView(RecordViewSet):
    """Who acts for a patient. Who and for whom never change: end one and add another."""

    area = "patients"
    queryset = Guardian.objects.none()
    serializer_class = GuardianSerializer

    def visible_to(self, membership: Membership) -> QuerySet[Guardian]:
        return guardians_visible_to(membership).select_related("user")

    def change(self, membership: Membership, record: Guardian, fields: dict[str, Any]) -> Guardian:
        return change_guardian(membership=membership, guardian=record, **fields)


@extend_schema_view(
    list=extend_schema(operation_id="patient_guardians_list"),
    create=extend_schema(operation_id="patient_guardians_add", examples=GUARDIAN_EXAMPLES),
)
class PatientGuardiansView(GuardiansView):
    """Those of one patient, whose id is in the address."""

    def visible_to(self, membership: Membership) -> QuerySet[Guardian]:
        patient = get_patient_for(membership, self.kwargs["pk"])
        return super().visible_to(membership).filter(patient=patient)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Guardian:
        patient = get_patient_for(membership, self.kwargs["pk"])
        return add_guardian(membership=membership, patient=patient, **fields)

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        get_patient_for(membership_of_request(request), self.kwargs["pk"])  # unseen: 404, not 403
        return super().create(request, *args, **kwargs)
