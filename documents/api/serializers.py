from datetime import date
from typing import Any

from rest_framework import serializers

from accounts.models import User
from documents.models import Document
from documents.registry import DocumentPolicy, policy_for_content_type
from documents.retention import purged_on
from documents.services.archives import MAX_IDS
from documents.services.previews import is_previewed


class UploaderSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.SerializerMethodField()

    def get_name(self, user: User) -> str:
        """The person's name; their login address is nobody's business."""
        return user.name or "Staff"


class DocumentSerializer(serializers.ModelSerializer):
    """A document as clients see it; `s3_key` is shown to staff only."""

    entity_type = serializers.SerializerMethodField(help_text="slug of the kind of record")
    entity_id = serializers.UUIDField(source="object_id", read_only=True)
    patient_id = serializers.UUIDField(read_only=True, allow_null=True)
    file_name = serializers.CharField(source="original_filename", read_only=True)
    uploaded_by = UploaderSerializer(read_only=True, allow_null=True)
    purged_on = serializers.SerializerMethodField(
        help_text="the day on which it is removed for good; null: never, as things stand"
    )
    download_url = serializers.SerializerMethodField()
    preview_url = serializers.SerializerMethodField(
        help_text="a picture of its first page, in ?size=200 or 800; null: this kind has none"
    )
    s3_key = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = (
            "id",
            "entity_type",
            "entity_id",
            "patient_id",
            "file_name",
            "file_type",
            "file_size",
            "sha256",
            "category",
            "description",
            "document_date",
            "tags",
            "metadata",
            "state",
            "state_reason",
            "uploaded_by",
            "uploaded_at",
            "trashed_at",
            "purge_after",
            "retention",
            "retain_until",
            "legal_hold",
            "purged_on",
            "s3_key",
            "download_url",
            "preview_url",
        )
        read_only_fields = (
            "file_type",
            "file_size",
            "sha256",
            "metadata",
            "state",
            "state_reason",
            "uploaded_at",
            "trashed_at",
            "purge_after",
            "retention",
            "retain_until",
            "legal_hold",
        )

    def get_entity_type(self, document: Document) -> str:
        policy = policy_for_content_type(document.content_type_id)
        return policy.slug if policy else ""

    def get_purged_on(self, document: Document) -> date | None:
        return purged_on(document)

    def get_download_url(self, document: Document) -> str:
        return f"/api/v1/files/{document.pk}/download"

    def get_preview_url(self, document: Document) -> str | None:
        return f"/api/v1/files/{document.pk}/preview" if is_previewed(document) else None

    def get_s3_key(self, document: Document) -> str | None:
        request = self.context.get("request")
        membership = getattr(getattr(request, "user", None), "membership", None)
        return document.s3_key if membership and membership.is_staff else None


class DescribeSerializer(serializers.Serializer):
    """What can be changed of a document."""

    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    category = serializers.CharField(max_length=50, required=False)
    document_date = serializers.DateField(allow_null=True, required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=50, required=False
    )


class UploadSerializer(serializers.Serializer):
    """The form of an upload."""

    file = serializers.FileField(allow_empty_file=True, max_length=None)
    description = serializers.CharField(max_length=500, allow_blank=True, default="")
    category = serializers.CharField(max_length=50, allow_blank=True, default="")
    document_date = serializers.DateField(allow_null=True, required=False, default=None)


class CountsRequestSerializer(serializers.Serializer):
    """Either one kind (`entity_type` and `entity_ids`) or several (`entities`)."""

    entity_type = serializers.CharField(required=False)
    entity_ids = serializers.ListField(child=serializers.UUIDField(), required=False)
    entities = serializers.DictField(
        child=serializers.ListField(child=serializers.UUIDField()), required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        one = "entity_type" in attrs and "entity_ids" in attrs
        if one == ("entities" in attrs):
            raise serializers.ValidationError(
                "Send either entity_type and entity_ids, or entities."
            )
        return attrs


class ArchiveRequestSerializer(serializers.Serializer):
    """Documents by their ids, or all of a patient, or the pictures of an image batch."""

    ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MAX_IDS, required=False
    )
    patient = serializers.UUIDField(required=False)
    batch = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Send one of ids, patient and batch.")
        return attrs


class CountsSerializer(serializers.Serializer):
    """`counts` by record id, or by slug and record id when `entities` was sent."""

    counts = serializers.JSONField()


class PolicySerializer(serializers.Serializer):
    """The rules of one kind of record, for checking before an upload."""

    slug = serializers.CharField()
    display_name = serializers.CharField()
    extensions = serializers.ListField(child=serializers.CharField())
    max_size = serializers.IntegerField(source="size_limit", help_text="bytes")
    max_files = serializers.IntegerField(allow_null=True)
    categories = serializers.ListField(child=serializers.CharField())
    operations = serializers.SerializerMethodField()
    link_ttl = serializers.SerializerMethodField(help_text="seconds")

    def get_operations(self, policy: DocumentPolicy) -> list[str]:
        return sorted(policy.operations)

    def get_link_ttl(self, policy: DocumentPolicy) -> int:
        return int(policy.link_ttl.total_seconds())
