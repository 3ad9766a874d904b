import django_filters
from django.db.models import QuerySet

from accounts.api.permissions import membership_of_request
from sms_integration.models import Conversation
from sms_integration.services.searching import search_conversations


class ConversationFilter(django_filters.FilterSet):
    unread = django_filters.BooleanFilter(
        method="filter_unread", help_text="true: with something unread; false: without"
    )
    unmatched = django_filters.BooleanFilter(
        "patient", lookup_expr="isnull", help_text="true: of nobody yet"
    )
    patient = django_filters.UUIDFilter("patient_id", help_text="id of the patient")
    search = django_filters.CharFilter(
        method="filter_search",
        max_length=100,
        help_text="in the patient's name, the number, the e-mail and the messages",
    )

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = ()

    def filter_unread(
        self,
        queryset: QuerySet[Conversation],
        name: str,
        value: bool,  # noqa: FBT001  as the filter calls it
    ) -> QuerySet[Conversation]:
        return queryset.filter(unread_count__gt=0) if value else queryset.filter(unread_count=0)

    def filter_search(
        self, queryset: QuerySet[Conversation], name: str, value: str
    ) -> QuerySet[Conversation]:
        membership = membership_of_request(self.request)
        return search_conversations(membership, value, among=queryset)
