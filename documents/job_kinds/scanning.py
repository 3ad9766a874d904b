"""Scanning again, as a job: what could not be scanned, or everything."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document, DocumentState
from documents.scanning import (
    TOO_LARGE,
    UNSCANNABLE,
    ScannerError,
    Verdict,
    is_connected,
    scanner,
)
from documents.services.quarantine import (
    DamagedBytesError,
    NoScannerError,
    quarantine_document,
    settle,
    verdict_of,
)
from documents.services.verification_options import last_over, named_documents
from jobs.errors import ItemError, JobParametersError, StopRunError, TransientError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
    register,
)
from jobs.models import JobItem

KIND = "documents_scan"
NOT_SCANNED = (UNSCANNABLE, TOO_LARGE)
RAISE_LIMIT = "Raise StreamMaxLength, MaxScanSize and MaxFileSize of clamd, and start again."
MOST_GAPS = 1_000


@register
class ScanDocuments(ItemKind):
    """Scans what waits in the quarantine because it could not be scanned; with `all` everything.

    What is clean is released. An available document is hidden when it is infected, and for no
    other reason: a scanner that is away must not take a clinic's documents from it.
    """

    name = KIND
    title = "Scan documents"
    concurrency = 2
    max_attempts = 3
    max_failed_share = 1.0  # each is wanted, however many could not be scanned

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        known = {"all", "documents", "after"}
        for name in parameters:
            if name not in known:
                raise JobParametersError("There is no such parameter.", field=str(name))
        if not isinstance(parameters.get("all", False), bool):
            raise JobParametersError("Say true or false.", field="all")
        kept: dict[str, Any] = {}
        if parameters.get("documents") is not None:
            kept = {"documents": named_documents(parameters["documents"])}
            if parameters.get("all"):
                raise JobParametersError("It goes without documents.", field="all")
        elif parameters.get("all"):
            kept = {"all": True}
        else:
            return {}  # one job at a time, gone on with whenever there is something to scan
        return {**kept, "after": last_over(KIND, kept)}

    def start(self) -> None:
        if not is_connected():
            raise StopRunError(NoScannerError.code, "Set CLAMAV_SOCKET; no scanner is connected.")
        with self._scanner_errors():
            self.say(f"Scanner: {scanner().version()}")  # with which signatures

    def list_items(self) -> Iterator[NewItem]:
        for pk in self._wanted().values_list("pk", flat=True).iterator(chunk_size=2_000):
            yield NewItem(str(pk))

    def _wanted(self) -> QuerySet[Document]:
        held = Document.objects.filter(state=DocumentState.QUARANTINED)
        if "documents" in self.parameters:
            found = Document.objects.filter(pk__in=self.parameters["documents"])
        elif self.parameters.get("all"):
            found = held | Document.objects.filter(state=DocumentState.AVAILABLE)
        else:
            found = held.filter(state_reason__in=NOT_SCANNED)
        return found.order_by("pk")

    def process(self, item: WorkItem) -> Outcome:
        document = Document.objects.get(pk=item.source_id)
        if document.state not in {DocumentState.QUARANTINED, DocumentState.AVAILABLE}:
            return Skipped("gone_meanwhile")
        try:
            return self._looked_at(document, verdict_of(document))
        except DamagedBytesError as error:
            raise ItemError(error.code, error.detail) from error
        except (StoreUnavailableError, DocumentStateError) as error:
            raise TransientError(error.code, error.detail) from error

    def _looked_at(self, document: Document, verdict: Verdict) -> Outcome:
        told = verdict.is_clean or verdict.is_infected
        held = document.state == DocumentState.QUARANTINED
        if held and not self.dry_run and (told or document.state_reason in NOT_SCANNED):
            settle(document, verdict)
        if verdict.reason == TOO_LARGE:
            raise ItemError(TOO_LARGE, "The scanner does not take a file so large.", RAISE_LIMIT)
        if not told:
            self._require_scanner()
            raise TransientError(UNSCANNABLE, "The scanner has not looked at it to the end.")
        if held:
            return Done("released" if verdict.is_clean else "infected")
        if verdict.is_clean:
            return Done("clean")
        if document.accepted_finding == verdict.reason:
            return Skipped("accepted")
        hidden = self.dry_run or quarantine_document(document, verdict)
        return Done("quarantined") if hidden else Skipped("gone_meanwhile")

    def _require_scanner(self) -> None:
        """End the run for now when it is not this file but the scanner. Raises `StopRunError`."""
        with self._scanner_errors():
            scanner().ping()

    @contextmanager
    def _scanner_errors(self) -> Iterator[None]:
        try:
            yield
        except ScannerError as error:
            detail = f"The scanner does not answer. {error} Start it again when it does."
            raise StopRunError("scanner_unavailable", detail) from error

    def reconcile(self) -> Reconciliation:
        """Say what waits still; what has waited all the time and was not looked at is a gap."""
        held = Document.objects.filter(state=DocumentState.QUARANTINED)
        waiting = held.filter(state_reason__in=NOT_SCANNED)
        report = {"in_quarantine": held.count(), "not_scanned": waiting.count()}
        if self.dry_run or "documents" in self.parameters:
            return Reconciliation(report=report)
        items = JobItem.objects.filter(job=self.job, source_id=OuterRef("text"))
        missed = waiting.filter(updated_at__lt=self.job.started_at or self.job.created_at)
        missed = missed.annotate(text=Cast("pk", TextField())).filter(~Exists(items))
        ids = missed.order_by("pk").values_list("text", flat=True)[:MOST_GAPS]
        return Reconciliation(tuple(Gap(pk, "not_looked_at") for pk in ids), report)
