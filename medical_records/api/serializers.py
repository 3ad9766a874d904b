from rest_framework import serializers

from medical_records.api.fields import (
    PatientNameField,
    StaffField,
    StaffNameField,
    VisibleVisitField,
)
from medical_records.models import Insurance, LabResult, Procedure, Visit
from patients.api.fields import VisiblePatientField

STAMPS = ("created_at", "updated_at")


class LabResultSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")
    patient_name = PatientNameField()

    class Meta:
        model = LabResult
        fields = (
            "id",
            "patient_id",
            "patient_name",
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
    patient_name = PatientNameField()
    clinician_id = StaffField(source="clinician", allow_null=True, required=False)
    clinician_name = StaffNameField("clinician")

    class Meta:
        model = Visit
        fields = (
            "id",
            "patient_id",
            "patient_name",
            "clinician_id",
            "clinician_name",
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
    patient_name = PatientNameField()
    visit_id = VisibleVisitField()
    performer_id = StaffField(source="performer", allow_null=True, required=False)
    performer_name = StaffNameField("performer")

    class Meta:
        model = Procedure
        fields = (
            "id",
            "patient_id",
            "patient_name",
            "visit_id",
            "name",
            "code",
            "performed_at",
            "performer_id",
            "performer_name",
            "outcome",
            "notes",
            *STAMPS,
        )
        extra_kwargs = {"notes": {"max_length": 5000}}


class InsuranceSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")
    patient_name = PatientNameField()

    class Meta:
        model = Insurance
        fields = (
            "id",
            "patient_id",
            "patient_name",
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
