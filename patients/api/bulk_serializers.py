from typing import Any
from uuid import UUID

from django.db.models import Model
from rest_framework import serializers

from accounts.models import Membership
from patients.api.serializers import ClinicianField, PatientSerializer
from patients.services.bulk import Row, RowFault


class KnownClinicianField(ClinicianField):
    """A membership in this clinic, of which all are fetched once for a thousand patients."""

    _known: dict[UUID, Membership] | None = None

    def to_internal_value(self, data: Any) -> Model:
        pk = self.pk_field.to_internal_value(data)  # type: ignore[union-attr]
        if self._known is None:
            self._known = {found.pk: found for found in self.get_queryset()}
        if pk not in self._known:
            self.fail("does_not_exist", pk_value=data)
        return self._known[pk]


class BulkPatientSerializer(PatientSerializer):
    clinician_id = KnownClinicianField(
        source="clinician",
        queryset=Membership.objects.none(),
        allow_null=True,
        required=False,
        pk_field=serializers.UUIDField(),
        help_text="membership of the clinician",
    )

    def row_of(self, data: Any) -> Row:
        """Return a row for the service: its fields, or what is wrong with what was sent."""
        try:
            return Row(self.run_validation(data))
        except serializers.ValidationError as error:
            return Row({}, tuple(_faults(error.detail)))


def _faults(detail: Any, path: str = "") -> list[RowFault]:
    if isinstance(detail, dict):
        return [
            fault
            for name, below in detail.items()
            for fault in _faults(below, "" if name == "non_field_errors" else str(name))
        ]
    return [RowFault(path, reason.code, str(reason)) for reason in detail]


class BulkPatientsRequestSerializer(serializers.Serializer):
    patients = BulkPatientSerializer(many=True)


class PatientFaultSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="empty: the row as a whole")
    code = serializers.CharField()
    message = serializers.CharField()
    patient_id = serializers.UUIDField(
        allow_null=True, help_text="of the patient who has it already, if you may see them"
    )


class PatientRowResultSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="from 0, in the order of the request")
    status = serializers.CharField(help_text="created, valid (a trial run) or error")
    id = serializers.UUIDField(source="patient_id", allow_null=True)
    errors = PatientFaultSerializer(source="faults", many=True)  # type: ignore[assignment]


class BulkPatientsCreatedSerializer(serializers.Serializer):
    created = serializers.ListField(child=serializers.UUIDField(), help_text="in your order")
    count = serializers.IntegerField()


class BulkPatientsResultSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="of patients that were added")
    results = PatientRowResultSerializer(many=True)


class LineResultSerializer(PatientRowResultSerializer):
    line = serializers.IntegerField(help_text="of the file, from 1, where the patient begins")


class ImportRequestSerializer(serializers.Serializer):
    file = serializers.FileField(
        help_text="CSV in UTF-8; comma, semicolon or tab; at most 1,000 patients and 2 MB"
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="only say what would happen"
    )
    partial = serializers.BooleanField(  # type: ignore[assignment]
        required=False, default=False, help_text="add the lines that are right, leave the others"
    )


class ImportResultSerializer(serializers.Serializer):
    dry_run = serializers.BooleanField()
    count = serializers.IntegerField(help_text="of patients that were added, or would be")
    results = LineResultSerializer(many=True)
