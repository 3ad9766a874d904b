from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from accounts.api.filters import YesNoFilter
from accounts.models import Membership
from accounts.roles import Role


class CalledFilter(django_filters.FilterSet):
    """`search` wants each of its words in one of `searched`."""

    searched: tuple[str, ...] = ("called",)
    search = django_filters.CharFilter(method="filter_search", max_length=100)

    class Meta:
        model = Membership
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        for word in value.replace("\0", "").split()[:10]:
            found = Q()
            for field in self.searched:
                found |= Q(**{f"{field}__icontains": word})
            queryset = queryset.filter(found)
        return queryset


class MemberFilter(CalledFilter):
    searched = ("called", "user__email")
    role = django_filters.ChoiceFilter(choices=Role.choices)
    is_active = YesNoFilter()
