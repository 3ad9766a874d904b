import django_filters
from django.db.models import QuerySet

from accounts.api.filters import YesNoFilter
from sms_integration.models import Direction, Message, MessageStatus, Suppression, Template


class MessageFilter(django_filters.FilterSet):
    patient = django_filters.UUIDFilter("patient_id", help_text="id of the patient")
    conversation = django_filters.UUIDFilter("conversation_id", help_text="id")
    status = django_filters.ChoiceFilter(choices=MessageStatus.choices)
    direction = django_filters.ChoiceFilter(choices=Direction.choices)

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()


class TemplateFilter(django_filters.FilterSet):
    is_active = YesNoFilter()

    class Meta:
        model = Template
        fields: tuple[str, ...] = ()


class SuppressionFilter(django_filters.FilterSet):
    open = YesNoFilter(
        method="filter_open", help_text="true: only those that hold; false: only lifted ones"
    )

    class Meta:
        model = Suppression
        fields: tuple[str, ...] = ()

    def filter_open(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:  # noqa: FBT001
        return queryset.filter(lifted_at__isnull=value)
