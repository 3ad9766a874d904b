"""Fields that the serializers of records share."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api.permissions import membership_of_request
from accounts.models import Membership
from accounts.policies import current_account
from medical_records.models import Visit
from medical_records.policies import visits_visible_to


class StaffField(serializers.PrimaryKeyRelatedField):
    """A membership in this clinic, whoever may be chosen anew; the service checks that."""

    default_error_messages = {"does_not_exist": "There is no such person at this clinic."}

    def __init__(self, **options: Any) -> None:
        options.setdefault("pk_field", serializers.UUIDField())
        super().__init__(queryset=Membership.objects.none(), **options)

    def get_queryset(self) -> QuerySet[Membership]:
        if self.context.get("request") is None:  # the description is being made
            return Membership.objects.none()
        return Membership.objects.filter(account_id=current_account().pk)


class PatientNameField(serializers.CharField):
    """What a card or a line calls the patient; lists load it with `with_names`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="patient.full_name", read_only=True, **options)


class StaffNameField(serializers.CharField):
    """The name of a StaffField's membership, for those too who may not list the clinic's people."""

    def __init__(self, of: str, **options: Any) -> None:
        super().__init__(
            source=f"{of}.shown_name",
            read_only=True,
            default="",
            help_text="empty: nobody",
            **options,
        )


def with_names(rows: QuerySet[Any], *people: str) -> QuerySet[Any]:
    """Load what the name fields show, and of patients nothing that must be decrypted."""
    related = [f"{field}__user" for field in people]
    return rows.select_related("patient", *related).defer("patient__notes")


class VisibleVisitField(serializers.PrimaryKeyRelatedField):
    """A visit that the caller sees."""

    default_error_messages = {"does_not_exist": "There is no such visit for you."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Visit.objects.none(),
            source="visit",
            pk_field=serializers.UUIDField(),
            allow_null=True,
            required=False,
            **options,
        )

    def get_queryset(self) -> QuerySet[Visit]:
        request = self.context.get("request")
        if request is None:
            return Visit.objects.none()
        return visits_visible_to(membership_of_request(request))
