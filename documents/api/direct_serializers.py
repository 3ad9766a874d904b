from rest_framework import serializers

from documents.models import DirectUpload, DocumentState
from documents.services.showing import UNFINISHED

LARGEST_NUMBER = 2**53  # what every client's JSON can hold
METHODS = ("post", "multipart")
TOO_LATE = "The upload was not completed in time. Begin a new one."


class BeginUploadSerializer(serializers.Serializer):
    """What is said of a file before its bytes are sent."""

    filename = serializers.CharField(max_length=1000, allow_blank=True, trim_whitespace=False)
    size = serializers.IntegerField(min_value=0, max_value=LARGEST_NUMBER, help_text="bytes")
    sha256 = serializers.RegexField(
        r"^[0-9a-fA-F]{64}\Z",
        required=False,
        help_text="of the file, hexadecimal; what arrives is compared with it",
    )
    description = serializers.CharField(max_length=500, allow_blank=True, default="")
    category = serializers.CharField(max_length=50, allow_blank=True, default="")
    document_date = serializers.DateField(allow_null=True, required=False, default=None)

    def validate_sha256(self, value: str) -> str:
        return value.lower()


class DirectUploadSerializer(serializers.ModelSerializer):
    """A direct upload; `id` is its document's."""

    id = serializers.UUIDField(source="document_id", read_only=True)
    state = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(help_text="code of why it was rejected")
    detail = serializers.SerializerMethodField(help_text="the same as a sentence")
    method = serializers.SerializerMethodField()
    size = serializers.IntegerField(source="document.file_size", read_only=True, help_text="bytes")
    parts = serializers.SerializerMethodField(help_text="how many; null: in one piece")

    class Meta:
        model = DirectUpload
        fields: tuple[str, ...] = (
            "id",
            "state",
            "reason",
            "detail",
            "method",
            "size",
            "part_size",
            "parts",
            "expires_at",
            "links_until",
        )
        read_only_fields = ("part_size", "expires_at", "links_until")

    def get_state(self, upload: DirectUpload) -> str:
        return DocumentState.REJECTED.value if _is_refused(upload) else upload.document.state

    def get_reason(self, upload: DirectUpload) -> str:
        return (upload.refusal or UNFINISHED) if _is_refused(upload) else ""

    def get_detail(self, upload: DirectUpload) -> str:
        return (upload.refusal_detail or TOO_LATE) if _is_refused(upload) else ""

    def get_method(self, upload: DirectUpload) -> str:
        return METHODS[upload.part_size is not None]

    def get_parts(self, upload: DirectUpload) -> int | None:
        return len(upload.part_sizes) or None


class BegunUploadSerializer(DirectUploadSerializer):
    """Where the bytes go: a form for `post`; parts have their own addresses."""

    url = serializers.CharField(allow_null=True)
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), allow_null=True
    )

    class Meta(DirectUploadSerializer.Meta):
        fields = (*DirectUploadSerializer.Meta.fields, "url", "fields")


class PartNumbersSerializer(serializers.Serializer):
    numbers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=10_000), min_length=1, max_length=100
    )


class SignedPartSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text="the exact bytes that the address takes")
    url = serializers.CharField()


class SignedPartsSerializer(serializers.Serializer):
    parts = SignedPartSerializer(many=True)
    links_until = serializers.DateTimeField()


class ArrivedPartSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text="bytes")


class PartsSerializer(serializers.Serializer):
    arrived = ArrivedPartSerializer(many=True)
    parts = serializers.IntegerField(help_text="how many there must be")


def _is_refused(upload: DirectUpload) -> bool:
    """Say whether it is rejected, or about to be: its bytes are being removed."""
    document = upload.document
    return document.state == DocumentState.REJECTED or (
        document.state == DocumentState.PURGING and document.state_reason == UNFINISHED
    )
