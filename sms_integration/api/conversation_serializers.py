from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from documents.api.serializers import DocumentSerializer
from patients.models import Patient
from sms_integration.models import Conversation, InboundMedia, Message, MessageStatus
from sms_integration.models.messages import Direction
from sms_integration.services.thread import BEGINNING


class LastMessageSerializer(serializers.Serializer):
    direction = serializers.ChoiceField(choices=Direction.choices)
    status = serializers.ChoiceField(choices=MessageStatus.choices)
    text = serializers.CharField(help_text=f"its first {BEGINNING} characters; may be empty")


class ConversationSerializer(serializers.ModelSerializer):
    phone = serializers.CharField(read_only=True, help_text="E.164; empty: an old chat by e-mail")
    email = serializers.CharField(read_only=True, help_text="of old chats only; else empty")
    patient_id = serializers.UUIDField(read_only=True, allow_null=True)
    patient_name = serializers.SerializerMethodField(help_text="empty: nobody's yet")
    last_message = serializers.SerializerMethodField()
    opted_out = serializers.BooleanField(
        read_only=True, help_text="its number wants no messages; nothing is sent to it"
    )

    class Meta:
        model = Conversation
        fields = (
            "id",
            "patient_id",
            "patient_name",
            "phone",
            "email",
            "last_message_at",
            "last_message",
            "unread_count",
            "opted_out",
            "created_at",
        )
        read_only_fields = fields

    def get_patient_name(self, conversation: Conversation) -> str:
        return conversation.patient.full_name if conversation.patient else ""

    @extend_schema_field(LastMessageSerializer(allow_null=True))
    def get_last_message(self, conversation: Conversation) -> dict[str, Any] | None:
        found: dict[str, Any] | None = getattr(conversation, "last", None)
        return found


class MediaSerializer(serializers.ModelSerializer):
    """A file that came with a message and is no document (yet), and why."""

    class Meta:
        model = InboundMedia
        fields = ("ordinal", "declared_type", "state", "error_code", "error")
        read_only_fields = fields


class ThreadMessageSerializer(serializers.ModelSerializer):
    """A message as it stands in its conversation, with its files."""

    sent_by = serializers.SerializerMethodField(help_text="name of who wrote it, or empty")
    files = serializers.SerializerMethodField()
    media = serializers.SerializerMethodField(help_text="what came with it and is not kept (yet)")

    class Meta:
        model = Message
        fields = (
            "id",
            "direction",
            "status",
            "body",
            "occurred_at",
            "scheduled_at",
            "sent_at",
            "delivered_at",
            "read_at",
            "segments",
            "error_code",
            "error",
            "sent_by",
            "files",
            "media",
        )
        read_only_fields = fields

    def get_sent_by(self, message: Message) -> str:
        return (message.sent_by.name or "Staff") if message.sent_by else ""

    @extend_schema_field(DocumentSerializer(many=True))
    def get_files(self, message: Message) -> Any:
        files = self.context["files"].get(message.pk, ())
        return DocumentSerializer(files, many=True, context=self.context).data

    @extend_schema_field(MediaSerializer(many=True))
    def get_media(self, message: Message) -> Any:
        return MediaSerializer(self.context["media"].get(message.pk, ()), many=True).data


class ReadSerializer(serializers.Serializer):
    up_to = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="id of the last message that was seen; left out: all there are now",
    )


class AssignSerializer(serializers.Serializer):
    patient_id = serializers.UUIDField()
    from_patient_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="whose it was when you looked, null for nobody; when it is another's by now, the"
        " answer is 409",
    )


class CandidateSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="full_name", read_only=True)

    class Meta:
        model = Patient
        fields = ("id", "name", "date_of_birth", "status")
        read_only_fields = fields


class UnreadSerializer(serializers.Serializer):
    messages = serializers.IntegerField(help_text="unread messages")
    conversations = serializers.IntegerField(help_text="conversations with any")
    unmatched = serializers.IntegerField(help_text="conversations of nobody yet")
