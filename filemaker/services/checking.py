"""Comparing FileMaker with what has become of it here; both are read again."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Count

from accounts.errors import ProblemError
from documents.models import Document, DocumentState
from documents.services.announcing import OCCUPIED
from documents.services.reading import stored_bytes
from filemaker.models import Area, FileMakerRecord
from filemaker.services.matching import patients_of
from jobs.kinds import Gap, Kind
from jobs.models import ItemState, JobItem, SourceLink

BATCH = 500
MOST_PATIENTS = 1_000  # in the report; their number stands beside


@dataclass
class Check:
    """One comparison. With `whole` all that ever came from the layout, else what this job made."""

    kind: Kind
    area: Area
    layout: str
    whole: bool
    gaps: list[Gap] = field(default_factory=list)
    hashed: int = 0
    removed: int = 0
    quarantined: int = 0

    def run(self) -> None:
        for links in in_batches(self._links().order_by("pk").iterator(chunk_size=BATCH)):
            self._documents(links)
        self._promises()

    def _links(self) -> Any:
        links = SourceLink.objects.filter(
            source=self.kind.source, source_id__startswith=f"{self.layout}/"
        )
        return links if self.whole else links.filter(job=self.kind.job)

    def _documents(self, links: list[SourceLink]) -> None:
        found = Document.objects.in_bulk([link.target_id for link in links])
        others = self._other_patients(found.values())
        for link in links:
            document = found.get(link.target_id)
            wrong = "document_missing" if document is None else self._wrong(link, document)
            if not wrong and document is not None and document.pk in others:
                wrong = "patient_changed"
            if wrong:
                self.gaps.append(Gap(link.source_id, wrong))

    def _wrong(self, link: SourceLink, document: Document) -> str:
        if document.state not in OCCUPIED:
            self.removed += 1
            return ""
        if document.state == DocumentState.QUARANTINED:
            self.quarantined += 1
        elif document.state != DocumentState.AVAILABLE:
            return "not_shown"
        if not document.sha256 or document.sha256 != link.facts.get("sha256"):
            return "hash_changed"
        if link.job_id != self.kind.job.pk:
            return ""  # an earlier job has read its bytes
        try:
            with stored_bytes(document) as chunks:
                stored = _sha256(chunks)
        except ProblemError:
            return "bytes_missing"
        self.hashed += 1
        return "" if stored == document.sha256 else "bytes_differ"

    def _other_patients(self, documents: Iterable[Document]) -> set[Any]:
        """Return the documents whose FileMaker contact is another patient by now."""
        owners = {document.pk: document.patient_id for document in documents}
        rows = FileMakerRecord.objects.filter(document__in=owners, assigned_by__isnull=True)
        known = list(rows.values_list("document", "contact_id"))
        patients = patients_of(contact for _, contact in known)
        return {
            pk
            for pk, contact in known
            if contact in patients and patients[contact].pk != owners[pk]
        }

    def _promises(self) -> None:
        """Each item that says it made documents has them in the ledger."""
        done = JobItem.objects.filter(job=self.kind.job, state=ItemState.DONE).order_by("pk")
        for items in in_batches(done.iterator(chunk_size=BATCH)):
            said = {pk: item for item in items for pk in item.result.get("documents", ())}
            links = SourceLink.objects.filter(source=self.kind.source, target_id__in=list(said))
            kept = {str(pk) for pk in links.values_list("target_id", flat=True)}
            self.gaps += [
                Gap(item.source_id, "not_accounted") for pk, item in said.items() if pk not in kept
            ]

    def report(self) -> dict[str, Any]:
        """Return counts: of records by state, of documents by patient."""
        records = FileMakerRecord.objects.filter(
            area=self.area, source_id__startswith=f"{self.layout}/"
        )
        states = records.order_by().values_list("state").annotate(number=Count("pk"))
        documents = Document.objects.available().filter(
            source=self.kind.source, source_id__startswith=f"{self.layout}/"
        )
        owners = documents.order_by().values_list("patient").annotate(number=Count("pk"))
        shown = owners.order_by("patient")[:MOST_PATIENTS]
        return {
            "records": dict(sorted(states)),
            "documents": documents.count(),
            "patients": owners.count(),
            "documents_by_patient": {str(pk): number for pk, number in shown},
            "bytes_compared": self.hashed,
            "removed_here": self.removed,
            "quarantined": self.quarantined,
        }


def in_batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch


def _sha256(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
