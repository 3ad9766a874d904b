from datetime import date, datetime, time, timedelta

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from documents.api.pagination import DocumentPagination
from documents.models import Document
from documents.registry import policy_for_slug


class DocumentFilter(django_filters.FilterSet):
    """Filters of a list of documents."""

    search = django_filters.CharFilter(
        method="filter_search",
        max_length=100,
        help_text=(
            "any part of a file name or description; several words must all be found."
            " Case and accents make no difference"
        ),
    )
    category = django_filters.CharFilter()
    file_type = django_filters.CharFilter(
        method="filter_file_type", help_text="a MIME type, or how it begins: `image/`"
    )
    uploaded_after = django_filters.DateFilter(method="filter_uploaded_after")
    uploaded_before = django_filters.DateFilter(method="filter_uploaded_before")
    dated_after = django_filters.DateFilter("document_date", lookup_expr="gte")
    dated_before = django_filters.DateFilter("document_date", lookup_expr="lte")

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        sort = self.data.get("sort") or DocumentPagination.default_sort
        order = DocumentPagination.orderings.get(sort.removeprefix("-"), ("id",))[0]
        return queryset.search(value, order=order)  # type: ignore[attr-defined]

    def filter_file_type(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(file_type__startswith=value.lower())  # as they are stored

    def filter_uploaded_after(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        return queryset.filter(uploaded_at__gte=_begin_of(value))

    def filter_uploaded_before(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        if value == date.max:
            return queryset
        return queryset.filter(uploaded_at__lt=_begin_of(value + timedelta(days=1)))


def _begin_of(day: date) -> datetime:
    """Return when a day begins at the clinic."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class AccountDocumentFilter(DocumentFilter):
    patient = django_filters.UUIDFilter("patient_id")
    entity_type = django_filters.CharFilter(method="filter_entity_type")

    def filter_entity_type(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        policy = policy_for_slug(value)
        return (
            queryset.filter(content_type_id=policy.content_type_id) if policy else queryset.none()
        )
