from typing import Any

from rest_framework import serializers

from patients.models import Guardian, Relationship


class GuardianSerializer(serializers.ModelSerializer):
    """Named by `user_id` or by `email` when added; afterwards only what it is can change."""

    patient_id = serializers.UUIDField(read_only=True)
    user_id = serializers.UUIDField(required=False, help_text="login of a patient or guardian")
    email = serializers.EmailField(
        source="user.email", required=False, max_length=254, help_text="instead of user_id"
    )
    name = serializers.CharField(source="user.name", read_only=True)

    class Meta:
        model = Guardian
        fields = (
            "id",
            "patient_id",
            "user_id",
            "email",
            "name",
            "relationship",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("created_at", "updated_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Keep to one way of naming the login, and to none when the guardianship is there."""
        email = attrs.pop("user", {}).get("email", "")
        if self.instance is not None:
            attrs.pop("user_id", None)
            return attrs
        if bool(email) == ("user_id" in attrs):
            raise serializers.ValidationError({"email": "Send either user_id or email."})
        return {**attrs, "email": email}


class GuardianChangeSerializer(serializers.Serializer):
    """For the description: what a guardianship can change."""

    relationship = serializers.ChoiceField(Relationship.choices, required=False)
    is_active = serializers.BooleanField(required=False, help_text="false ends it")
