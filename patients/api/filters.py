from collections import OrderedDict
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from accounts.api.filters import YesNoFilter
from patients.models import Company, Coordinator, Patient, PatientStatus, Referrer
from patients.registry import patient_facts

MAX_SEARCH = 254  # characters: an e-mail address
MAX_WORDS = 10


class PatientFilter(django_filters.FilterSet):
    """Narrows the list of patients. Nothing is left out unasked: the archived are in it too."""

    search = django_filters.CharFilter(
        method="filter_search",
        max_length=MAX_SEARCH,
        help_text=(
            "any part of a name, e-mail, phone or external id; several words must all be found."
            " Case and accents make no difference, and a phone is found as it is dialled"
        ),
    )
    status = django_filters.MultipleChoiceFilter(
        choices=PatientStatus.choices, help_text="one or several; all when left out"
    )
    clinician = django_filters.UUIDFilter("clinician_id", help_text="membership of the clinician")
    unassigned = YesNoFilter(
        "clinician", lookup_expr="isnull", help_text="true: nobody's; false: somebody's"
    )

    class Meta:
        model = Patient
        fields: tuple[str, ...] = ()

    @classmethod
    def get_filters(cls) -> OrderedDict[str, Any]:
        """Add a filter for each fact that other apps tell of patients."""
        found: OrderedDict[str, Any] = super().get_filters()
        for fact in patient_facts():
            found[fact.name] = django_filters.ChoiceFilter(
                field_name=fact.name, choices=fact.choices, help_text=fact.label
            )
        return found

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)  # type: ignore[attr-defined]


class DirectoryFilter(django_filters.FilterSet):
    """`search` wants each of its words in one of the fields of `searched`."""

    searched: tuple[str, ...] = ()
    search = django_filters.CharFilter(
        method="filter_search",
        max_length=MAX_SEARCH,
        help_text="any part of a name or contact; several words must all be found",
    )

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        for word in value.split()[:MAX_WORDS]:
            found = Q()
            for field in self.searched:
                found |= Q(**{f"{field}__icontains": word})
            queryset = queryset.filter(found)
        return queryset


class CompanyFilter(DirectoryFilter):
    searched = ("name", "email", "phone")

    class Meta:
        model = Company
        fields: tuple[str, ...] = ()


class ReferrerFilter(DirectoryFilter):
    searched = (
        *("first_name", "last_name", "specialty", "provider_number"),
        *("email", "phone", "company__name"),
    )
    company = django_filters.UUIDFilter("company_id", help_text="id of the company")

    class Meta:
        model = Referrer
        fields: tuple[str, ...] = ()


class CoordinatorFilter(DirectoryFilter):
    searched = ("first_name", "last_name", "position", "email", "phone", "company__name")
    company = django_filters.UUIDFilter("company_id", help_text="id of the company")

    class Meta:
        model = Coordinator
        fields: tuple[str, ...] = ()
