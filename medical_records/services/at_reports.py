"""Assistive technology reports: draft, finalise, and the PDF that finalising makes."""

import io
import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.clock import local_day, today
from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Membership
from accounts.policies import current_account
from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from documents.services.announcing import OCCUPIED
from documents.services.upload import NewDocument, attach_document
from medical_records.at_report_pdf import ReportItem, ReportSheet, render_at_report
from medical_records.errors import (
    NotFinalizedError,
    NotReadyError,
    ReportFinalizedError,
    ReportNotStoredError,
)
from medical_records.models import ATReport, RecordStatus
from medical_records.policies import at_reports_visible_to
from medical_records.services.entries import lock_entry, store_entry
from medical_records.values.items import normalise_items

IN_QUARANTINE = (
    "The scanner did not let the PDF in. It comes by itself when the scanner is back, or when an"
    " administrator releases it from the quarantine."
)
log = logging.getLogger(__name__)


@transaction.atomic
def create_at_report(*, membership: Membership, **fields: Any) -> ATReport:
    """Write a draft. The writer is its author unless another is named."""
    if not membership.may("records.add"):
        raise NotPermittedError
    fields.setdefault("author", membership)
    return store_entry(ATReport(), membership, _normalised(fields))


@transaction.atomic
def update_at_report(*, membership: Membership, report: ATReport, **fields: Any) -> ATReport:
    """Change a draft."""
    return store_entry(
        _draft(membership, report, "records.change"), membership, _normalised(fields)
    )


@transaction.atomic
def delete_at_report(*, membership: Membership, report: ATReport) -> None:
    """Remove a draft; it has no documents."""
    _draft(membership, report, "records.delete").delete()


@transaction.atomic
def seal_at_report(*, membership: Membership, report: ATReport) -> ATReport:
    """Draft → finalised: the report, and what its PDF says, never change from now on.

    The PDF is rendered once before, so that nothing is finalised that cannot be printed; storing
    it is the next step (`store_report`), as bytes are no part of a transaction. Raises
    `NotReadyError` without findings or for an assessment to come.
    """
    locked = _draft(membership, report, "records.change")
    if not locked.findings.strip():
        raise NotReadyError("Write the findings first.", field="findings")
    if locked.assessed_on > today():
        raise NotReadyError("This assessment has not been yet.", field="assessed_on")
    locked.status = RecordStatus.FINALIZED
    locked.finalized_at = timezone.now()
    locked.finalized_by = membership.user
    sheet = _sheet_of(locked, membership)
    render_at_report(sheet)
    locked.sheet = sheet.to_json()
    return store_entry(locked, membership, {})


def finalize_at_report(*, membership: Membership, report: ATReport) -> ATReport:
    """Draft → finalised, and store its PDF. Must not run inside a transaction."""
    sealed = seal_at_report(membership=membership, report=report)
    store_soon(sealed)
    return sealed


def store_soon(report: ATReport) -> None:
    """Store the PDF now, or leave it to `store_missing_reports` when the store is away."""
    try:
        store_report(report)
    except (StoreUnavailableError, ReportNotStoredError) as error:
        log.warning("The PDF of AT report %s is stored later: %s", report.pk, error.code)


def store_report(report: ATReport) -> Document:
    """Return the report's PDF document, making it when it is not there. Safe to run twice at once.

    Raises `NotFinalizedError`, `StoreUnavailableError`, `ReportNotStoredError` (another process
    is at it, or died a moment ago).
    """
    if report.status != RecordStatus.FINALIZED:
        raise NotFinalizedError("Finalise the report first; drafts have no PDF.")
    found, attempts = _stored(report)
    if found is not None:
        return found
    body = render_report(report)
    new = NewDocument(
        content=io.BytesIO(body),
        filename=f"AT_Report_{report.assessed_on:%Y-%m-%d}.pdf",
        size=len(body),
        declared_type="application/pdf",
        description="Assistive technology report",
        document_date=report.assessed_on,
        source="at-report",
        source_id=f"{report.pk}.{attempts}",  # unique: of two at once, one is refused
    )
    try:
        made = attach_document(
            policy=policy_for_model(report),
            owner=report,
            new=new,
            uploaded_by=report.finalized_by,
        )
    except IntegrityError as error:
        found, _ = _stored(report)
        if found is None:
            raise ReportNotStoredError from error
        return found
    if made.state != DocumentState.AVAILABLE:
        raise ReportNotStoredError(IN_QUARANTINE)
    return made


def render_report(report: ATReport) -> bytes:
    """Return the PDF of a finalised report: the same bytes each time."""
    if report.sheet is None:
        raise NotFinalizedError("Finalise the report first; drafts have no PDF.")
    return render_at_report(ReportSheet.from_json(report.sheet))


def missing_reports() -> Iterator[ATReport]:
    """Yield the finalised reports whose PDF is not stored."""
    policy = policy_for_model(ATReport)
    stored = Document.objects.filter(
        content_type_id=policy.content_type_id, state=DocumentState.AVAILABLE
    )
    reports = ATReport.objects.filter(status=RecordStatus.FINALIZED)
    yield from reports.exclude(pk__in=stored.order_by().values("object_id")).order_by("pk")


def _sheet_of(report: ATReport, membership: Membership) -> ReportSheet:
    """Return what the PDF says: whom and what by the names that they have now, at this clinic."""
    patient = report.patient
    assert report.finalized_at is not None  # noqa: S101  set by the one caller
    return ReportSheet(
        report_id=str(report.pk),
        clinic_name=current_account().name,
        patient_name=patient.full_name,
        date_of_birth=patient.date_of_birth,
        external_id=patient.external_id,
        assessed_on=report.assessed_on,
        author_name=report.author.shown_name or "Staff",
        finalized_on=local_day(report.finalized_at),
        finalized_by=membership.shown_name or "Staff",
        findings=report.findings,
        goals=report.goals,
        items=tuple(ReportItem.from_json(item) for item in report.items),
    )


def _stored(report: ATReport) -> tuple[Document | None, int]:
    """Return the report's available document and how often one was begun."""
    policy = policy_for_model(report)
    begun = list(
        Document.objects.of(content_type_id=policy.content_type_id, object_ids=[report.pk])
    )
    for document in begun:
        if document.state == DocumentState.AVAILABLE:
            return document, len(begun)
    if any(document.state == DocumentState.QUARANTINED for document in begun):
        raise ReportNotStoredError(IN_QUARANTINE)
    if any(document.state in OCCUPIED for document in begun):
        raise ReportNotStoredError
    return None, len(begun)


def _draft(membership: Membership, report: ATReport, ability: str) -> ATReport:
    if not membership.may(ability):
        raise NotPermittedError
    found = at_reports_visible_to(membership).filter(pk=report.pk).first()
    if found is None:
        raise NotFoundError
    locked = lock_entry(found)
    if locked.status != RecordStatus.DRAFT:
        raise ReportFinalizedError
    return locked


def _normalised(fields: dict[str, Any]) -> dict[str, Any]:
    if "items" not in fields:
        return fields
    try:
        return {**fields, "items": normalise_items(fields["items"])}
    except (TypeError, ValueError) as error:
        raise ValidationError({"items": str(error)}) from error
