"""What a clinic looks at in the morning: numbers, what is due, what came in. For admin and API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateField, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.clock import day_begins, today
from accounts.errors import NotPermittedError
from accounts.models import Membership
from accounts.policies import current_account
from documents.models import Document
from documents.policies import documents_visible_to
from invites.models import Invite
from invites.policies import pending_invites
from medical_records.models import MedicalRecord, VisitStatus
from medical_records.policies import (
    follow_ups_due,
    lab_results_visible_to,
    medical_records_visible_to,
    visits_visible_to,
)
from patients.models import PatientStatus
from patients.policies import patients_visible_to
from patients.registry import patient_facts, with_facts
from sms_integration.services.reading import unread_totals

RECENT = 8  # rows of each list
AHEAD = timedelta(days=14)  # follow-ups that are due soon are shown too
WEEKS = 12  # of the chart


@dataclass(frozen=True)
class Overview:
    """`patients` by status, `facts` by fact and value, `visits` by the Monday of each week.

    `messages` are unread messages, conversations with any, and those of nobody yet.
    """

    patients: dict[str, int]
    facts: dict[str, dict[str, int]]
    records: int
    drafts: int
    lab_results: int
    documents: int
    visits: dict[date, int]
    follow_ups: list[MedicalRecord]
    follow_ups_due: int
    uploads: list[Document]
    invites: list[Invite]
    messages: dict[str, int]


def overview(membership: Membership) -> Overview:
    """Return the clinic as a member of its staff sees it, noting whose names it shows.

    Raises `NotPermittedError` for anybody else.
    """
    if not membership.is_staff:
        raise NotPermittedError
    patients = patients_visible_to(membership)
    records = medical_records_visible_to(membership)
    documents = documents_visible_to(membership).available()
    due = follow_ups_due(membership, until=today() + AHEAD)
    found = Overview(
        patients=_filled(_counts(patients, "status"), PatientStatus.values),
        facts={
            fact.name: _filled(
                _counts(with_facts(patients), fact.name), [value for value, _ in fact.choices]
            )
            for fact in patient_facts()
        },
        records=records.count(),
        drafts=records.filter(status="draft").count(),
        lab_results=lab_results_visible_to(membership).count(),
        documents=documents.count(),
        visits=_visits(membership),
        follow_ups=list(due.select_related("patient", "doctor__user")[:RECENT]),
        follow_ups_due=due.count(),
        uploads=list(documents.select_related("uploaded_by", "patient").order_by("-id")[:RECENT]),
        invites=list(pending_invites(membership)[:RECENT]),
        messages=unread_totals(membership),
    )
    _note(membership, found)
    return found


def _counts(rows: QuerySet[Any], field: str) -> dict[str, int]:
    counted = rows.order_by().values(field).annotate(number=Count("pk"))
    return {row[field]: row["number"] for row in counted}


def _filled(counts: dict[str, int], values: Iterable[str]) -> dict[str, int]:
    return {value: counts.get(value, 0) for value in values}


def _visits(membership: Membership) -> dict[date, int]:
    """Return how many visits each of the last weeks had, by the clinic's clock."""
    monday = today() - timedelta(days=today().weekday())
    weeks = [monday - timedelta(weeks=number) for number in reversed(range(WEEKS))]
    with timezone.override(current_account().time_zone):
        rows = (
            visits_visible_to(membership)
            .filter(
                started_at__gte=day_begins(weeks[0]),
                started_at__lt=day_begins(monday + timedelta(weeks=1)),
            )
            .exclude(status__in=(VisitStatus.CANCELLED, VisitStatus.NO_SHOW))
            .order_by()
            .annotate(week=TruncWeek("started_at", output_field=DateField()))
            .values("week")
            .annotate(number=Count("pk"))
        )
        counts = {row["week"]: row["number"] for row in rows}
    return {week: counts.get(week, 0) for week in weeks}


def _note(membership: Membership, found: Overview) -> None:
    shown: dict[str, list[UUID]] = {
        "documents.document": [document.pk for document in found.uploads],
        "medical_records.medicalrecord": [record.pk for record in found.follow_ups],
        "patients.patient": sorted(
            {document.patient_id for document in found.uploads if document.patient_id}
            | {record.patient_id for record in found.follow_ups}
            | {invite.patient_id for invite in found.invites}
        ),
    }
    for kind, ids in shown.items():
        if ids:
            record_access(
                membership=membership,
                action=AccessAction.LIST,
                object_type=kind,
                object_ids=ids,
                page="dashboard",
            )
