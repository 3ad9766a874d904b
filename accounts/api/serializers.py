from rest_framework import serializers


class ClinicSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    schema_name = serializers.CharField()
    time_zone = serializers.CharField()
    locale = serializers.CharField()


class PersonSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()


class MeSerializer(serializers.Serializer):
    user = PersonSerializer()
    account = ClinicSerializer()
    membership_id = serializers.UUIDField()
    role = serializers.CharField()
    staff = serializers.BooleanField()
    abilities = serializers.ListField(child=serializers.CharField())
    second_factor = serializers.BooleanField(help_text="whether a code is asked for at login here")
    second_factor_wanted = serializers.BooleanField(
        help_text="whether nothing else works here before one is set up"
    )
