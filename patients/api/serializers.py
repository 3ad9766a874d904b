from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from patients.models import Patient
from patients.phones import PhoneField
from patients.registry import patient_facts

PHONE = {"required": False, "allow_blank": True, "help_text": "E.164, such as +61412345678"}


class ClinicianField(serializers.PrimaryKeyRelatedField):
    """A membership in this clinic; one of another clinic looks like none at all."""

    def get_queryset(self) -> QuerySet[Membership]:
        return memberships_of(current_account().pk)


class PatientSerializer(serializers.ModelSerializer):
    phone = PhoneField(**PHONE)
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
            "research_consent",
            "research_consent_on",
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

    def get_fields(self) -> dict[str, Any]:
        """Add what other apps tell of patients; only rows with those annotations have it."""
        found: dict[str, Any] = super().get_fields()
        for fact in patient_facts():
            found[fact.name] = serializers.ChoiceField(
                fact.choices, read_only=True, help_text=fact.label
            )
        return found


class OwnPatientSerializer(PatientSerializer):
    """What patients see of themselves: not the clinic's notes, not what is known for the staff."""

    class Meta(PatientSerializer.Meta):
        fields = tuple(name for name in PatientSerializer.Meta.fields if name != "notes")  # type: ignore[assignment]

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        return {name: field for name, field in found.items() if name in self.Meta.fields}
