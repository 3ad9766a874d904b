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
