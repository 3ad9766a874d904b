import django_filters

from medical_records.models import LabFlag, LabResult, LabStatus


class LabResultFilter(django_filters.FilterSet):
    patient = django_filters.UUIDFilter("patient_id")
    status = django_filters.ChoiceFilter(choices=LabStatus.choices)
    flag = django_filters.ChoiceFilter(choices=[c for c in LabFlag.choices if c[0]])
    test = django_filters.CharFilter("test_name", lookup_expr="icontains", max_length=100)
    resulted_after = django_filters.DateFilter("resulted_on", lookup_expr="gte")
    resulted_before = django_filters.DateFilter("resulted_on", lookup_expr="lte")

    class Meta:
        model = LabResult
        fields: tuple[str, ...] = ()
