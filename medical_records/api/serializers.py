from rest_framework import serializers

from medical_records.models import LabResult
from patients.api.fields import VisiblePatientField


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
            "created_at",
            "updated_at",
        )
        extra_kwargs = {"notes": {"max_length": 5000}}
