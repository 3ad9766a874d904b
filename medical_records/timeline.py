"""What this app adds to the timeline of a patient."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from accounts.models import Membership
from medical_records.policies import (
    at_reports_visible_to,
    insurances_visible_to,
    lab_results_visible_to,
    medical_records_visible_to,
    procedures_visible_to,
    visits_visible_to,
)
from patients.registry import DayBegins, TimelineSource, register_timeline

Visible = Callable[[Membership], QuerySet[Any]]


def _add(kind: str, label: str, visible_to: Visible, at: Any, title: Any) -> None:
    def rows(membership: Membership, patient_id: UUID) -> QuerySet[Any]:
        return visible_to(membership).filter(patient=patient_id)

    register_timeline(
        TimelineSource(
            kind=kind.replace("-", "_"),
            label=label,
            rows=rows,
            at=at,
            title=title,
            route=f"{kind}-detail",
        )
    )


def _or(text: str, otherwise: str) -> Coalesce:
    """Return a column's text, or a word where it is empty."""
    return Coalesce(NullIf(F(text), Value("")), Value(otherwise))


_add(
    "medical-record",
    "Medical record",
    medical_records_visible_to,
    "visit_date",
    _or("chief_complaint", "Medical record"),
)
_add("visit", "Visit", visits_visible_to, "started_at", _or("reason", "Visit"))
_add("procedure", "Procedure", procedures_visible_to, "performed_at", "name")
_add(
    "lab-result",
    "Lab result",
    lab_results_visible_to,
    Coalesce(DayBegins("resulted_on"), DayBegins("collected_on"), F("created_at")),
    "test_name",
)
_add(
    "insurance",
    "Insurance",
    insurances_visible_to,
    Coalesce(DayBegins("valid_from"), F("created_at")),
    "company",
)
_add(
    "at-report",
    "AT report",
    at_reports_visible_to,
    DayBegins("assessed_on"),
    Value("Assistive technology report"),
)
