"""All of one patient, over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from accounts.errors import ProblemError
from backups.one_patient.erasing import may_erase
from backups.one_patient.erasing_job import erase_patient
from backups.one_patient.ordering import order_export
from documents.api.stored_archives import ArchiveFileSerializer, accepted
from documents.models import Erasure


class ExportPatientView(APIView):
    @extend_schema(
        operation_id="patients_export", request=None, responses={202: ArchiveFileSerializer}
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Everything of a patient as one ZIP, made in the background; for administrators.

        `/api/v1/archives/{id}` says how far it is; asked again, it is the one that is being made.
        """
        return accepted(order_export(membership=membership_of_request(request), patient_id=pk))


class EraseRequestSerializer(serializers.Serializer):
    """`confirm` is the patient's id once more, so that no program erases by a slip."""

    reason = serializers.CharField(max_length=300, help_text="stays for ever: name nobody in it")
    confirm = serializers.UUIDField()


class ErasureSerializer(serializers.ModelSerializer):
    """The receipt. `erasing`: the rows are gone, objects are still being removed by `job`."""

    patient = serializers.UUIDField(source="patient_uuid", read_only=True)
    counts = serializers.JSONField(read_only=True)
    job = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = Erasure
        fields = (
            *("id", "patient", "state", "reason", "counts", "keys_sha256", "created_at"),
            *("erased_at", "job"),
        )
        read_only_fields = fields


class ErasePatientView(APIView):
    @extend_schema(
        operation_id="patients_erase",
        request=EraseRequestSerializer,
        responses={202: ErasureSerializer},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Erase a patient for good; for administrators.

        409 `patient_kept` with `kept`, and nothing is changed, while a hold, a day to keep until or
        a duty of retention stands against it. The answer is the receipt.
        """
        membership = membership_of_request(request)
        may_erase(membership=membership, patient_id=pk)
        form = EraseRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data["confirm"] != pk:
            raise ProblemError("Repeat the patient's id.", field="confirm")
        erasure, job = erase_patient(
            membership=membership, patient_id=pk, reason=form.validated_data["reason"]
        )
        erasure.job = job.pk  # type: ignore[attr-defined]
        return Response(ErasureSerializer(erasure).data, status=202)
