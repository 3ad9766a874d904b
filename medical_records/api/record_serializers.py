from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from medical_records.api.fields import (
    PatientNameField,
    StaffField,
    StaffNameField,
    VisibleVisitField,
)
from medical_records.models import Addendum, ATReport, Diagnosis, MedicalRecord
from medical_records.services.diagnoses import MOST, NewDiagnosis
from medical_records.values.items import ITEMS_SCHEMA
from medical_records.values.lab_values import LAB_RESULTS_SCHEMA
from medical_records.values.prescriptions import PRESCRIPTIONS_SCHEMA
from medical_records.values.vital_signs import VITAL_SIGNS_SCHEMA
from patients.api.fields import VisiblePatientField


@extend_schema_field(VITAL_SIGNS_SCHEMA)
class VitalSignsField(serializers.JSONField):
    """The rules are the model's: medical_records/values/vital_signs.py."""


@extend_schema_field(PRESCRIPTIONS_SCHEMA)
class PrescriptionsField(serializers.JSONField):
    """As above, values/prescriptions.py."""


@extend_schema_field(LAB_RESULTS_SCHEMA)
class LabResultsField(serializers.JSONField):
    """As above, values/lab_values.py."""


@extend_schema_field(ITEMS_SCHEMA)
class ItemsField(serializers.JSONField):
    """As above, values/items.py."""


class DiagnosisSerializer(serializers.ModelSerializer):
    class Meta:
        model = Diagnosis
        fields = ("icd_code", "diagnosis_name", "diagnosis_type", "notes")
        extra_kwargs = {
            "icd_code": {"max_length": 20},
            "diagnosis_name": {"required": False, "allow_blank": True},
            "notes": {"max_length": 2000},
        }


class AddendumSerializer(serializers.ModelSerializer):
    author = serializers.SerializerMethodField()

    class Meta:
        model = Addendum
        fields = ("id", "text", "author", "created_at")
        extra_kwargs = {"text": {"max_length": 10_000}}

    def get_author(self, addendum: Addendum) -> str:
        return addendum.author.name or "Staff"


class MedicalRecordSerializer(serializers.ModelSerializer):
    """`diagnoses`, when sent, are all that the record has from then on."""

    patient_id = VisiblePatientField(source="patient")
    patient_name = PatientNameField()
    doctor_id = StaffField(
        source="doctor", required=False, help_text="membership; the writer unless given"
    )
    doctor_name = StaffNameField("doctor")
    visit_id = VisibleVisitField()
    diagnoses = DiagnosisSerializer(many=True, required=False, max_length=MOST)  # type: ignore[call-arg]
    vital_signs = VitalSignsField(required=False)
    prescriptions = PrescriptionsField(required=False)
    lab_results = LabResultsField(required=False)
    addenda = AddendumSerializer(many=True, read_only=True)

    class Meta:
        model = MedicalRecord
        fields = (
            "id",
            "patient_id",
            "patient_name",
            "doctor_id",
            "doctor_name",
            "visit_id",
            "visit_date",
            "chief_complaint",
            "diagnosis",
            "diagnoses",
            "treatment_plan",
            "prescriptions",
            "vital_signs",
            "lab_results",
            "notes",
            "follow_up_required",
            "follow_up_date",
            "status",
            "finalized_at",
            "addenda",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("status", "finalized_at")
        extra_kwargs = {
            "chief_complaint": {"max_length": 2000},
            "diagnosis": {"max_length": 5000},
            "treatment_plan": {"max_length": 10_000},
            "notes": {"max_length": 20_000},
        }

    def validate_diagnoses(self, rows: list[dict[str, Any]]) -> list[NewDiagnosis]:
        return [NewDiagnosis(**row) for row in rows]


class ATReportSerializer(serializers.ModelSerializer):
    patient_id = VisiblePatientField(source="patient")
    author_id = StaffField(
        source="author", required=False, help_text="membership; the writer unless given"
    )
    items = ItemsField(required=False)
    document_id = serializers.SerializerMethodField(help_text="its PDF, once it is stored")

    class Meta:
        model = ATReport
        fields = (
            "id",
            "patient_id",
            "author_id",
            "assessed_on",
            "findings",
            "goals",
            "items",
            "status",
            "finalized_at",
            "document_id",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("status", "finalized_at")
        extra_kwargs = {"findings": {"max_length": 20_000}, "goals": {"max_length": 10_000}}

    def get_document_id(self, report: ATReport) -> UUID | None:
        return getattr(report, "document_id", None)  # a report just written has none


class SendReportSerializer(serializers.Serializer):
    email = serializers.EmailField(
        required=False, help_text="one of the patient's or guardians' addresses; else the first"
    )


class SentReportSerializer(serializers.Serializer):
    sent_to = serializers.EmailField()
    expires_at = serializers.DateTimeField()


class Icd10CodeSerializer(serializers.Serializer):
    code = serializers.CharField()
    description = serializers.CharField()
    billable = serializers.BooleanField(help_text="false for a heading such as E11")
