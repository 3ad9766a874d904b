from typing import Any

from rest_framework import serializers

from accounts.api.permissions import membership_of_request
from accounts.models import Membership
from accounts.policies import members_visible_to
from accounts.roles import Role


class MemberSerializer(serializers.ModelSerializer):
    email = serializers.EmailField(source="user.email", max_length=254)
    name = serializers.CharField(
        source="shown_name", max_length=200, help_text="what the clinic calls the person"
    )
    role = serializers.ChoiceField(choices=Role.choices)
    last_login_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="at this clinic"
    )
    second_factor = serializers.SerializerMethodField(
        help_text="whether a code is asked for here; false of those who have not logged in here"
    )

    class Meta:
        model = Membership
        fields = (
            "id",
            "email",
            "name",
            "role",
            "is_active",
            "last_login_at",
            "second_factor",
            "created_at",
            "updated_at",
        )
        read_only_fields: tuple[str, ...] = ("is_active", "created_at", "updated_at")

    def get_second_factor(self, member: Membership) -> bool:
        if not hasattr(member, "with_second_factor"):  # as a service returned it
            by = membership_of_request(self.context["request"])
            member = members_visible_to(by).get(pk=member.pk)
        return bool(member.with_second_factor)  # type: ignore[attr-defined]


class MemberChangeSerializer(MemberSerializer):
    """Role and activity; name and e-mail are the person's, who may work elsewhere too."""

    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="shown_name", read_only=True)

    class Meta(MemberSerializer.Meta):
        read_only_fields = ("created_at", "updated_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        others = {"email", "name"} & set(self.initial_data)
        if others:
            text = "The clinic changes role and activity only."
            raise serializers.ValidationError(dict.fromkeys(sorted(others), text), code="not_yours")
        return attrs


class ClinicianSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="__str__")

    class Meta:
        model = Membership
        fields = ("id", "name")
