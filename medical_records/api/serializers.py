from rest_framework import serializers

from medical_records.api.fields import StaffField, VisibleVisitField
from medical_records.models import Insurance, LabResult, Procedure, Visit
from patients.api.fields import VisiblePatientField

STAMPS = ("created_at", "updated_at")


class LabResultSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")

    class Meta:
        model = LabResult
        fields = (
            "id",
            "patient_id",
            "test_name",
            "test_code",
            "status",
            "ordered_on",
            "collected_on",
            "resulted_on",
            "value",
            "unit",
            "reference_range",
            "flag",
            "notes",
            *STAMPS,
        )
        extra_kwargs = {"notes": {"max_length": 5000}}


class VisitSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")
    clinician_id = StaffField(source="clinician", allow_null=True, required=False)

    class Meta:
        model = Visit
        fields = (
            "id",
            "patient_id",
            "clinician_id",
            "visit_type",
            "status",
            "started_at",
            "ended_at",
            "location",
            "reason",
            *STAMPS,
        )


class ProcedureSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")
    visit_id = VisibleVisitField()
    performer_id = StaffField(source="performer", allow_null=True, required=False)

    class Meta:
        model = Procedure
        fields = (
            "id",
            "patient_id",
            "visit_id",
            "name",
            "code",
            "performed_at",
            "performer_id",
            "outcome",
            "notes",
            *STAMPS,
        )
        extra_kwargs = {"notes": {"max_length": 5000}}


class InsuranceSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")

    class Meta:
        model = Insurance
        fields = (
            "id",
            "patient_id",
            "company",
            "plan",
            "member_id",
            "group_number",
            "holder",
            "valid_from",
            "valid_to",
            "rank",
            *STAMPS,
        )
        extra_kwargs = {"member_id": {"max_length": 100}}
        validators: tuple[object, ...] = ()  # the model's own say it, in the service
