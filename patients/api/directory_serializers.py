from rest_framework import serializers

from patients.api.serializers import PHONE
from patients.models import Company, Coordinator, Referrer
from patients.phones import PhoneField


class PersonSerializer(serializers.ModelSerializer):
    phone = PhoneField(**PHONE)
    company_id = serializers.PrimaryKeyRelatedField(
        source="company",
        queryset=Company.objects.all(),
        allow_null=True,
        required=False,
        pk_field=serializers.UUIDField(),
    )


class ReferrerSerializer(PersonSerializer):
    class Meta:
        model = Referrer
        fields = (
            "id",
            "first_name",
            "last_name",
            "specialty",
            "provider_number",
            "company_id",
            "email",
            "phone",
            "address",
            "created_at",
            "updated_at",
        )
        extra_kwargs = {"address": {"max_length": 500}}


class CoordinatorSerializer(PersonSerializer):
    class Meta:
        model = Coordinator
        fields = (
            "id",
            "first_name",
            "last_name",
            "position",
            "company_id",
            "email",
            "phone",
            "address",
            "notes",
            "created_at",
            "updated_at",
        )
        extra_kwargs = {"address": {"max_length": 500}, "notes": {"max_length": 2_000}}


class CompanySerializer(serializers.ModelSerializer):
    phone = PhoneField(**PHONE)

    class Meta:
        model = Company
        fields = ("id", "name", "email", "phone", "address", "notes", "created_at", "updated_at")
        extra_kwargs = {"address": {"max_length": 500}, "notes": {"max_length": 2_000}}
