import django_filters
from django.db.models import Q, QuerySet

from patients.models import Patient, PatientStatus

SEARCHED = ("first_name", "last_name", "email", "phone", "external_id")


class PatientFilter(django_filters.FilterSet):
    """`search` wants each of its words in a name, e-mail, phone or external id."""

    search = django_filters.CharFilter(method="filter_search", max_length=100)
    status = django_filters.ChoiceFilter(choices=PatientStatus.choices)
    clinician = django_filters.UUIDFilter("clinician_id")

    class Meta:
        model = Patient
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        for word in value.replace("\0", "").split()[:10]:
            found = Q()
            for field in SEARCHED:
                found |= Q(**{f"{field}__icontains": word})
            queryset = queryset.filter(found)
        return queryset
