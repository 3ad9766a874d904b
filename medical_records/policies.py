"""Which records a member sees: those of the patients they see."""

from datetime import date
from typing import TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership
from accounts.roles import Role
from medical_records.models import (
    ATReport,
    Insurance,
    LabResult,
    MedicalRecord,
    PatientEntry,
    Procedure,
    RecordStatus,
    Visit,
)
from patients.policies import patients_visible_to

Entry = TypeVar("Entry", bound=PatientEntry)


def entries_visible_to(membership: Membership, model: type[Entry]) -> QuerySet[Entry]:
    """Return the entries of a kind, of the patients whom the member sees."""
    entries: QuerySet[Entry] = model._default_manager.all()
    if not membership.may(f"{model.area}.view"):
        return entries.none()
    if membership.role == Role.ADMIN:
        return entries
    return entries.filter(patient__in=patients_visible_to(membership).order_by().values("pk"))


def lab_results_visible_to(membership: Membership) -> QuerySet[LabResult]:
    return entries_visible_to(membership, LabResult)


def visits_visible_to(membership: Membership) -> QuerySet[Visit]:
    return entries_visible_to(membership, Visit)


def procedures_visible_to(membership: Membership) -> QuerySet[Procedure]:
    return entries_visible_to(membership, Procedure)


def insurances_visible_to(membership: Membership) -> QuerySet[Insurance]:
    return entries_visible_to(membership, Insurance)


def medical_records_visible_to(membership: Membership) -> QuerySet[MedicalRecord]:
    """Patients and guardians read what is finalised; a draft is its writers' own."""
    records = entries_visible_to(membership, MedicalRecord)
    return records if membership.is_staff else records.filter(status=RecordStatus.FINALIZED)


def at_reports_visible_to(membership: Membership) -> QuerySet[ATReport]:
    """As medical records: drafts are for staff."""
    reports = entries_visible_to(membership, ATReport)
    return reports if membership.is_staff else reports.filter(status=RecordStatus.FINALIZED)


def draft_records_hidden_from(membership: Membership) -> QuerySet[MedicalRecord] | None:
    """Return the drafts whose documents are not for this member, or None for staff."""
    if membership.is_staff:
        return None
    return MedicalRecord.objects.filter(status=RecordStatus.DRAFT)


def follow_ups_due(membership: Membership, *, until: date) -> QuerySet[MedicalRecord]:
    """Return the records whose follow-up is due by a day, and whose patient has not been since."""
    later = MedicalRecord.objects.filter(
        patient=OuterRef("patient"), visit_date__gt=OuterRef("visit_date")
    )
    return (
        medical_records_visible_to(membership)
        .filter(follow_up_required=True, follow_up_date__lte=until)
        .exclude(Exists(later))
        .order_by("follow_up_date", "id")
    )
