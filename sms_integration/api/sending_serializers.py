from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api.permissions import membership_of_request
from patients.models import PatientStatus
from patients.phones import PhoneField
from sms_integration.models import Message, Suppression, Template
from sms_integration.policies import templates_visible_to
from sms_integration.services.bulk import MOST_NAMED
from sms_integration.services.texts import LONGEST


class TemplateField(serializers.PrimaryKeyRelatedField):
    """A template that is switched on."""

    default_error_messages = {"does_not_exist": "There is no such template."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Template.objects.none(),
            pk_field=serializers.UUIDField(),
            required=False,
            allow_null=True,
            default=None,
            **options,
        )

    def get_queryset(self) -> QuerySet[Template]:
        request = self.context.get("request")
        if request is None:  # the description is being made
            return Template.objects.none()
        return templates_visible_to(membership_of_request(request)).filter(is_active=True)


class MessageSerializer(serializers.ModelSerializer):
    """A message. `error` is for staff; numbers are E.164, times UTC, `cost` what it was charged."""

    conversation_id = serializers.UUIDField(read_only=True)
    patient_id = serializers.UUIDField(read_only=True, allow_null=True)
    template_id = serializers.UUIDField(read_only=True, allow_null=True)
    sent_by_id = serializers.UUIDField(read_only=True, allow_null=True)
    provider = serializers.CharField(
        read_only=True, help_text="console, twilio or sms_broadcast; empty for a draft"
    )

    class Meta:
        model = Message
        fields = (
            *("id", "conversation_id", "patient_id", "direction", "status", "body", "segments"),
            *("sender", "recipient", "provider", "error_code", "error", "occurred_at"),
            *("scheduled_at", "sent_at", "delivered_at", "read_at", "cost", "currency"),
            *("template_id", "sent_by_id", "created_at"),
        )
        read_only_fields = fields


class ClinicTimeField(serializers.DateTimeField):
    """A moment; one without a zone stays so, for the service to put into the clinic's."""

    def enforce_timezone(self, value: datetime) -> datetime:
        return value


class WhenSerializer(serializers.Serializer):
    scheduled_at = ClinicTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="without a zone it is by the clinic's clock; left out: now",
    )


class NewMessageSerializer(WhenSerializer):
    """To a patient or into a conversation; a text or a template. A draft waits for its files."""

    patient_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    conversation_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    body = serializers.CharField(
        max_length=LONGEST, allow_blank=True, default="", trim_whitespace=False
    )
    template_id = TemplateField()
    draft = serializers.BooleanField(default=False, help_text="write it, and do not send it yet")


class SettleSerializer(serializers.Serializer):
    was_sent = serializers.BooleanField(help_text="false: it is sent again")


class BulkMessageSerializer(serializers.Serializer):
    """To patients by their ids, or to those of a status or a clinician; whom the caller sees."""

    patient_ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_NAMED, required=False
    )
    patient_status = serializers.ChoiceField(choices=PatientStatus.choices, required=False)
    clinician_id = serializers.UUIDField(required=False)
    body = serializers.CharField(max_length=LONGEST, allow_blank=True, default="")
    template_id = TemplateField()


class TemplateSerializer(serializers.ModelSerializer):
    class Meta:
        model = Template
        fields = ("id", "name", "body", "is_active", "created_at", "updated_at")
        read_only_fields = ("id", "created_at", "updated_at")


class SuppressionSerializer(serializers.ModelSerializer):
    """A number that wants no messages; once it is lifted the next one gets a row of its own."""

    phone = PhoneField()

    class Meta:
        model = Suppression
        fields = ("id", "phone", "reason", "note", "lifted_at", "created_at")
        read_only_fields = ("id", "reason", "lifted_at", "created_at")
