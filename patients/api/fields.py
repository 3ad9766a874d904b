"""The field by which other records' endpoints name a patient."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api.permissions import membership_of_request
from patients.models import Patient
from patients.policies import patients_visible_to


class VisiblePatientField(serializers.PrimaryKeyRelatedField):
    """A patient that the caller sees; one whom they do not see does not exist here."""

    default_error_messages = {"does_not_exist": "There is no such patient for you."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Patient.objects.all(), pk_field=serializers.UUIDField(), **options
        )

    def get_queryset(self) -> QuerySet[Patient]:
        request = self.context.get("request")
        if request is None:  # the description is being made
            return Patient.objects.none()
        return patients_visible_to(membership_of_request(request))
