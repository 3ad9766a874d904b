from datetime import date

import django_filters
from django.db.models import Q, QuerySet

from accounts.api.filters import YesNoFilter, since, until
from medical_records.api.visit_search import search_visits
from medical_records.models import (
    ATReport,
    Diagnosis,
    Insurance,
    InsuranceRank,
    LabFlag,
    LabResult,
    LabStatus,
    MedicalRecord,
    Procedure,
    ProcedureOutcome,
    RecordStatus,
    Visit,
    VisitStatus,
    VisitType,
)
from medical_records.values.icd10 import icd10_code

MOST = 100  # characters of a text that is looked for


def _text(field: str, label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(
        field, lookup_expr="icontains", max_length=MOST, help_text=f"part of the {label}"
    )


def _since(field: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(field, lookup_expr="gte", help_text="this day or later")


def _until(field: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(field, lookup_expr="lte", help_text="this day or earlier")


class EntryFilter(django_filters.FilterSet):
    """What the lists of all kinds of records have."""

    patient = django_filters.UUIDFilter("patient_id", help_text="id of the patient")
    created_after = django_filters.IsoDateTimeFilter(
        "created_at", lookup_expr="gte", help_text="stored at this moment or later"
    )


class LabResultFilter(EntryFilter):
    status = django_filters.ChoiceFilter(choices=LabStatus.choices)
    flag = django_filters.ChoiceFilter(choices=[c for c in LabFlag.choices if c[0]])
    test = _text("test_name", "test's name")
    resulted_after = _since("resulted_on")
    resulted_before = _until("resulted_on")

    class Meta:
        model = LabResult
        fields: tuple[str, ...] = ()


class VisitFilter(EntryFilter):
    clinician = django_filters.UUIDFilter("clinician_id", help_text="membership of the clinician")
    status = django_filters.ChoiceFilter(choices=VisitStatus.choices)
    visit_type = django_filters.ChoiceFilter(choices=VisitType.choices)
    started_after = since("started_at")
    started_before = until("started_at")
    search = django_filters.CharFilter(
        method="filter_search",
        max_length=MOST,
        help_text=(
            "words of the reason, the place or the start; each must be found. Case and accents make"
            " no difference: `throat`, `2 Nov 2026`, `2026-11-02`, `12:30 pm`"
        ),
    )

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()

    def filter_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return search_visits(queryset, value)


class ProcedureFilter(EntryFilter):
    performer = django_filters.UUIDFilter("performer_id", help_text="membership of the performer")
    visit = django_filters.UUIDFilter("visit_id")
    outcome = django_filters.ChoiceFilter(choices=[c for c in ProcedureOutcome.choices if c[0]])
    name = _text("name", "name")
    performed_after = since("performed_at")
    performed_before = until("performed_at")

    class Meta:
        model = Procedure
        fields: tuple[str, ...] = ()


class InsuranceFilter(EntryFilter):
    rank = django_filters.ChoiceFilter(choices=InsuranceRank.choices)
    company = _text("company", "insurer's name")
    valid_on = django_filters.DateFilter(method="filter_valid_on", help_text="in force on this day")

    class Meta:
        model = Insurance
        fields: tuple[str, ...] = ()

    def filter_valid_on(self, queryset: QuerySet, name: str, day: date) -> QuerySet:
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
        return queryset.filter(begun).exclude(valid_to__lt=day)


class MedicalRecordFilter(EntryFilter):
    doctor = django_filters.UUIDFilter("doctor_id", help_text="membership of the doctor")
    visit = django_filters.UUIDFilter("visit_id")
    status = django_filters.ChoiceFilter(choices=RecordStatus.choices)
    visited_after = since("visit_date")
    visited_before = until("visit_date")
    follow_up_required = YesNoFilter()
    follow_up_before = _until("follow_up_date")
    icd_code = django_filters.CharFilter(
        method="filter_icd_code",
        max_length=10,
        help_text="an ICD-10 code, or its beginning: E11 finds E11.9",
    )

    class Meta:
        model = MedicalRecord
        fields: tuple[str, ...] = ()

    def filter_icd_code(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        known = icd10_code(value)
        beginning = known.code if known else value.strip().upper()
        coded = Diagnosis.objects.filter(icd_code__startswith=beginning)
        return queryset.filter(pk__in=coded.order_by().values("record_id"))


class ATReportFilter(EntryFilter):
    author = django_filters.UUIDFilter("author_id", help_text="membership of the author")
    status = django_filters.ChoiceFilter(choices=RecordStatus.choices)
    assessed_after = _since("assessed_on")
    assessed_before = _until("assessed_on")

    class Meta:
        model = ATReport
        fields: tuple[str, ...] = ()
