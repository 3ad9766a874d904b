from django.db.models import QuerySet
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from patients.models import Company, Patient, Referrer

PHONE = {"required": False, "allow_blank": True, "help_text": "E.164, such as +61412345678"}


class ClinicianField(serializers.PrimaryKeyRelatedField):
    """A membership in this clinic; one of another clinic looks like none at all."""

    def get_queryset(self) -> QuerySet[Membership]:
        return memberships_of(current_account().pk)


class PatientSerializer(serializers.ModelSerializer):
    phone = PhoneNumberField(**PHONE)
    clinician_id = ClinicianField(
        source="clinician",
        queryset=Membership.objects.none(),
        allow_null=True,
        required=False,
        pk_field=serializers.UUIDField(),
        help_text="membership of the clinician",
    )

    class Meta:
        model = Patient
        fields = (
            "id",
            "first_name",
            "last_name",
            "date_of_birth",
            "sex",
            "email",
            "phone",
            "address",
            "external_id",
            "filemaker_id",
            "status",
            "clinician_id",
            "notes",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("filemaker_id", "created_at", "updated_at")
        extra_kwargs = {
            "notes": {"max_length": 20_000, "required": False},
            "email": {"validators": [], "max_length": 254},
            "external_id": {"validators": [], "max_length": 100},
            "address": {"max_length": 500},
        }
        validators: tuple[object, ...] = ()  # the service names the other patient


class OwnPatientSerializer(PatientSerializer):
    """What patients see of themselves: not the clinic's notes."""

    class Meta(PatientSerializer.Meta):
        fields = tuple(name for name in PatientSerializer.Meta.fields if name != "notes")  # type: ignore[assignment]


class ReferrerSerializer(serializers.ModelSerializer):
    phone = PhoneNumberField(**PHONE)
    company_id = serializers.PrimaryKeyRelatedField(
        source="company",
        queryset=Company.objects.all(),
        allow_null=True,
        required=False,
        pk_field=serializers.UUIDField(),
    )

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


class CompanySerializer(serializers.ModelSerializer):
    phone = PhoneNumberField(**PHONE)

    class Meta:
        model = Company
        fields = ("id", "name", "email", "phone", "address", "notes", "created_at", "updated_at")
