import django_filters
from django.db.models import QuerySet

from invites.models import Invite, InviteStatus
from patients.models import Patient


class InviteFilter(django_filters.FilterSet):
    patient = django_filters.UUIDFilter("patient_id", help_text="id of the patient")
    status = django_filters.ChoiceFilter(choices=InviteStatus.choices)
    search = django_filters.CharFilter(
        method="filter_search", max_length=100, help_text="in the patient's name, e-mail or number"
    )

    class Meta:
        model = Invite
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Patient.objects.search(value).order_by().values("pk")
        return queryset.filter(patient__in=found)
