"""Comparing the old system with what has become of it: owners, hashes, and who sees what.

Everything is read again, from both sides; no counter of the run is believed.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Count, Q

from accounts.errors import ProblemError
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import Role
from documents.models import Document, DocumentState
from documents.policies import documents_visible_to
from documents.services.importing import QUARANTINED
from documents.services.reading import stored_bytes
from jobs.errors import ItemError
from jobs.kinds import Gap, Kind
from jobs.models import ItemState, JobItem, SourceLink
from legacy.files import Uploads, chunks_of
from legacy.listing import FileRow, Listing
from legacy.mapping import ENTRIES
from legacy.schema import PATIENTS, record_tables
from legacy.source import OldSystem
from patients.models import Guardian, Patient
from patients.policies import patients_visible_to

BATCH = 500
NOT_HERE = "not_accounted"


@dataclass
class Check:
    """One comparison, for one job. `gaps` is what is not as it should be."""

    kind: Kind
    old: OldSystem
    listing: Listing
    uploads: Uploads
    gaps: list[Gap] = field(default_factory=list)
    verified: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    expected: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)  # not moved, by reason

    def run(self) -> None:
        self.rows()
        self.files()
        self.isolation()

    def rows(self) -> None:
        """Look that each patient and each record is here, or listed with its reason."""
        tables = [PATIENTS, *(one.table for one in record_tables(self.old.tables))]
        for table in tables:
            ids = (f"{table}:{row['id']}" for row in self.old.stream(table))
            for batch in _batches(ids):
                self._account_for(batch)

    def files(self) -> None:
        """Look at every file: whose it is, and its bytes here and there."""
        for batch in _batches(self.listing.files()):
            links = self.kind.links(row.source_id for row in batch)
            owners = self._owners(batch)
            reasons = self._reasons([row.source_id for row in batch])
            for row in batch:
                self._file(row, links, owners, reasons)

    def _file(
        self,
        row: FileRow,
        links: dict[str, SourceLink],
        owners: dict[str, SourceLink],
        reasons: dict[str, str],
    ) -> None:
        link = links.get(row.source_id)
        if row.twin:
            return  # the row that it says the same as is looked at
        if link is None:
            reason = reasons.get(row.source_id)
            if reason is None:
                self.gaps.append(Gap(row.source_id, NOT_HERE, row.problem))
            else:
                self.listed[reason] += 1
            return
        document = Document.objects.filter(pk=link.target_id).first()
        if document is None or document.state != DocumentState.AVAILABLE:
            held = document is not None and document.state == DocumentState.QUARANTINED
            self.listed[QUARANTINED if held else "removed_here"] += 1
            return
        self.expected[row.owner] += 1
        problem = self._owner_problem(row, document, owners) or self._bytes_problem(
            row, document, link
        )
        if problem:
            self.gaps.append(Gap(row.source_id, problem))
        else:
            self.verified[row.owner][row.patient] += 1

    def _owner_problem(
        self, row: FileRow, document: Document, owners: dict[str, SourceLink]
    ) -> str:
        """Say whether the document hangs on the record, and so on the patient, of the old row."""
        patient = owners.get(f"{PATIENTS}:{row.patient}")
        record = owners.get(f"{row.record_table}:{row.record}")
        if patient is None or record is None:
            return "owner_missing"
        model: Any = ENTRIES[row.record_table].model
        found = model._base_manager.filter(pk=document.object_id).values_list("patient_id").first()
        if found is None:
            return "owner_missing"
        same = (document.object_id, document.patient_id, found[0])
        return (
            ""
            if same == (record.target_id, patient.target_id, patient.target_id)
            else "wrong_owner"
        )

    def _bytes_problem(self, row: FileRow, document: Document, link: SourceLink) -> str:
        if not document.sha256 or document.sha256 != link.facts.get("sha256"):
            return "hash_changed"
        try:
            with stored_bytes(document) as chunks:
                stored = _sha256(chunks)
        except ProblemError:
            return "bytes_missing"
        if stored != document.sha256:
            return "bytes_differ"
        original = self._original(row)
        return "source_differs" if original not in {"", document.sha256} else ""

    def _original(self, row: FileRow) -> str:
        """Return the old file's hash; "" where it is not there any more: its bytes are here."""
        try:
            with self.uploads.open(row.place) as (file, _):
                return _sha256(chunks_of(file))
        except ItemError:
            return ""

    def _account_for(self, source_ids: list[str]) -> None:
        known = self.kind.links(source_ids)
        missing = [name for name in source_ids if name not in known]
        reasons = self._reasons(missing)
        for name in missing:
            if name not in reasons:
                self.gaps.append(Gap(name, NOT_HERE))

    def _reasons(self, source_ids: list[str]) -> dict[str, str]:
        """Return the reasons for which items of this job were refused, or passed over."""
        items = JobItem.objects.filter(
            job=self.kind.job,
            source_id__in=source_ids,
            state__in=(ItemState.FAILED, ItemState.SKIPPED),
        )
        return dict(items.values_list("source_id", "code"))

    def _owners(self, rows: list[FileRow]) -> dict[str, SourceLink]:
        wanted = {f"{PATIENTS}:{row.patient}" for row in rows}
        wanted |= {f"{row.record_table}:{row.record}" for row in rows}
        return self.kind.links(wanted)

    def isolation(self) -> None:
        """Look through the eyes of those who can log in: what each sees is their patients' alone.

        Staff one by one; of patients and guardians those who see anybody that was moved.
        """
        here = self._documents().values("patient").order_by().annotate(number=Count("pk"))
        total = {row["patient"]: row["number"] for row in here}
        for member in self._members():
            mine = patients_visible_to(member).filter(pk__in=self._documents().values("patient"))
            pks = set(mine.order_by().values_list("pk", flat=True))
            seen = documents_visible_to(member).filter(pk__in=self._documents().values("pk"))
            grouped = seen.values("patient").order_by().annotate(number=Count("pk"))
            shown = {row["patient"]: row["number"] for row in grouped}
            allowed = pks if member.may("documents.view") else set()
            if shown != {pk: number for pk, number in total.items() if pk in allowed}:
                self.gaps.append(Gap(f"member:{member.pk}", "visible_to_others"))

    def _documents(self) -> Any:
        return Document.objects.filter(source=self.kind.source, state=DocumentState.AVAILABLE)

    def _members(self) -> Iterator[Membership]:
        moved = self._documents().order_by().values("patient")
        guards = Guardian.objects.filter(patient__in=moved, is_active=True).values("user")
        logins = Patient.objects.filter(pk__in=moved, user__isnull=False).values("user")
        members = memberships_of(current_account().pk)
        users = set(guards.values_list("user", flat=True)) | set(
            logins.values_list("user", flat=True)
        )
        yield from members.filter(~Q(role=Role.PATIENT) | Q(user__in=users)).order_by("pk")

    def tell(self) -> None:
        """Tell the operator, user by user."""
        say = self.kind.say
        for owner in _in_order({*self.expected, *self.verified}):
            found = sum(self.verified[owner].values())
            named = f"User {owner}" if owner else "Patients without a user"
            if found != self.expected[owner]:
                say(f"{named}: Expected {self.expected[owner]} files, found {found}")
                continue
            patients = len(self.verified[owner])
            across = "1 patient" if patients == 1 else f"across {patients} patients"
            say(f"{named}: ✓ {found} files verified ({across})")
        codes = {gap.code for gap in self.gaps}
        if not codes & {"visible_to_others"}:
            say("✓ User isolation verified - no cross-user file access detected")
        else:
            say("SECURITY VIOLATION: files are visible to members who do not see their patient!")
        if not codes & {"wrong_owner", "owner_missing"}:
            say("✓ Patient isolation verified - files correctly associated with patients")
        refused = JobItem.objects.filter(job=self.kind.job, state=ItemState.FAILED).count()
        if refused:
            say(f"Not migrated: {refused:,}, each listed with its reason")
        elif not self.gaps:
            say("✓ Migration integrity verification completed successfully")

    def report(self) -> dict[str, Any]:
        users = {
            owner or "none": {
                "files": sum(patients.values()),
                "patients": dict(patients),
            }
            for owner, patients in sorted(self.verified.items())
        }
        return {"users": users, "not_moved": dict(self.listed)}


def _batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _sha256(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _in_order(owners: set[str]) -> list[str]:
    return sorted(owners, key=lambda one: (not one, int(one) if one.isdecimal() else 0, one))
