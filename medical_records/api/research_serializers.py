from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from medical_records.values.vital_signs import VITAL_SIGNS_SCHEMA


class ResearchPatientSerializer(serializers.Serializer):
    id = serializers.UUIDField(help_text="pseudonym")
    sex = serializers.CharField()
    age_band = serializers.CharField(allow_null=True, help_text="such as 40-44; 90+ at the end")


class ResearchDiagnosisSerializer(serializers.Serializer):
    icd_code = serializers.CharField()
    name = serializers.CharField(help_text="the code's own")
    type = serializers.CharField()


class CodedResultSerializer(serializers.Serializer):
    loinc = serializers.CharField()
    test = serializers.CharField(help_text="the code's own name")
    value = serializers.FloatField()
    unit = serializers.CharField(allow_blank=True)


@extend_schema_field(VITAL_SIGNS_SCHEMA)
class MeasuredField(serializers.JSONField):
    pass


class ResearchRecordSerializer(serializers.Serializer):
    id = serializers.UUIDField(help_text="pseudonym")
    patient_id = serializers.UUIDField(help_text="pseudonym")
    year = serializers.IntegerField()
    age = serializers.IntegerField(allow_null=True, help_text="years; 90 stands for 90 and more")
    diagnoses = ResearchDiagnosisSerializer(many=True)
    vital_signs = MeasuredField()
    lab_results = CodedResultSerializer(many=True)
    follow_up_required = serializers.BooleanField()


class ResearchLabResultSerializer(CodedResultSerializer):
    id = serializers.UUIDField(help_text="pseudonym")
    patient_id = serializers.UUIDField(help_text="pseudonym")
    year = serializers.IntegerField()
    age = serializers.IntegerField(allow_null=True, help_text="years; 90 stands for 90 and more")
    flag = serializers.CharField(allow_blank=True)
