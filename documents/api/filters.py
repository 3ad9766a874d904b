import django_filters
from django.db.models import Q, QuerySet

from documents.models import Document
from documents.registry import policy_for_slug


class DocumentFilter(django_filters.FilterSet):
    """Filters of a list of documents; `search` looks in file name and description."""

    search = django_filters.CharFilter(method="filter_search", max_length=100)
    category = django_filters.CharFilter()
    file_type = django_filters.CharFilter(lookup_expr="istartswith")
    uploaded_after = django_filters.DateFilter("uploaded_at", lookup_expr="date__gte")
    uploaded_before = django_filters.DateFilter("uploaded_at", lookup_expr="date__lte")
    dated_after = django_filters.DateFilter("document_date", lookup_expr="gte")
    dated_before = django_filters.DateFilter("document_date", lookup_expr="lte")

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(
            Q(original_filename__icontains=value) | Q(description__icontains=value)
        )


class AccountDocumentFilter(DocumentFilter):
    patient = django_filters.UUIDFilter("patient_id")
    entity_type = django_filters.CharFilter(method="filter_entity_type")

    def filter_entity_type(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        policy = policy_for_slug(value)
        return (
            queryset.filter(content_type_id=policy.content_type_id) if policy else queryset.none()
        )
