from rest_framework import serializers

from invites.models import Invite
from invites.services.sending import DEFAULT_DAYS, MOST_AT_ONCE, MOST_DAYS
from medical_records.api.fields import StaffField


class InviteSerializer(serializers.ModelSerializer):
    patient_id = serializers.UUIDField(read_only=True)
    patient_name = serializers.CharField(source="patient.full_name", read_only=True)
    clinician_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = Invite
        fields = (
            "id",
            "patient_id",
            "patient_name",
            "email",
            "status",
            "clinician_id",
            "message",
            "expires_at",
            "sent_at",
            "sent_count",
            "delivery_error",
            "accepted_at",
            "created_at",
        )
        read_only_fields = fields


class InvitedSerializer(InviteSerializer):
    link = serializers.CharField(
        read_only=True, help_text="told once, and only when no e-mail was wanted; else empty"
    )

    class Meta(InviteSerializer.Meta):
        fields = (*InviteSerializer.Meta.fields, "link")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class _OptionsSerializer(serializers.Serializer):
    clinician_id = StaffField(
        required=False,
        allow_null=True,
        help_text="membership; null for nobody, left out for the patient's own",
    )
    expires_in_days = serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, default=DEFAULT_DAYS
    )
    message = serializers.CharField(max_length=2000, allow_blank=True, default="")


class GenerateInviteSerializer(_OptionsSerializer):
    patient_id = serializers.UUIDField()
    send_email = serializers.BooleanField(default=True)


class BulkInviteSerializer(_OptionsSerializer):
    patient_ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE
    )


class BulkResultSerializer(serializers.Serializer):
    patient_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=("invited", "refused"))
    invite = InviteSerializer(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class BulkInvitedSerializer(serializers.Serializer):
    invited = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkResultSerializer(many=True)


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(max_length=200)


class AcceptSerializer(TokenSerializer):
    password = serializers.CharField(
        max_length=200,
        trim_whitespace=False,
        help_text="a new one; of a login that exists already, its own",
    )
    name = serializers.CharField(max_length=200, allow_blank=True, default="")


class InviteViewSerializer(serializers.Serializer):
    clinic = serializers.CharField()
    first_name = serializers.CharField()
    email = serializers.CharField(help_text="masked: p…@mail.test")
    expires_at = serializers.DateTimeField()


class AcceptedSerializer(serializers.Serializer):
    user_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")
    role = serializers.CharField()
