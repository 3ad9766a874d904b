"""One old file after another becomes a document; nothing is called moved that was not read."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from accounts.errors import ProblemError
from documents.errors import MB
from documents.keys import extension_of
from documents.models import Document
from documents.names import MAX_NAME, clean_name
from documents.registry import DocumentPolicy, policy_for_slug
from documents.services.importing import import_document
from documents.services.upload import DESCRIPTION_LENGTH, OCCUPIED, NewDocument
from jobs.errors import ItemError
from jobs.kinds import Done, Outcome, Skipped
from legacy.files import Uploads, refusal
from legacy.listing import FileRow
from legacy.places import OutsideError, Place, possible_places
from legacy.schema import RECORDS
from legacy.services.moving import REMOVED, Mover
from legacy.source import Row
from legacy.values import Picker, text_of

MOVED, THERE = "file_moved", "already_there"
_KNOWN = frozenset(
    "file_name file_path file_type file_size description category uploaded_at entity_type".split()
)
_FORBIDDEN = dict.fromkeys(map(ord, "/\\"), "_")


@dataclass
class Filer:
    """Moves files of an old system, for one job."""

    mover: Mover
    uploads: Uploads

    def move(self, listed: FileRow, twins: list[str]) -> Outcome:
        """Move the file of a row, and note the rows that say the same of it.

        Raises `ItemError` with the reason for which it cannot be moved.
        """
        known = self._known(listed, twins)
        if known is not None:
            return known
        row = self._row(listed)
        if listed.problem in {"ownership_broken", "duplicate_path"}:
            raise refusal(listed.problem)
        policy = policy_of(listed.record_table)
        try:
            record = self.mover.record(listed.record_table, listed.record).target
        except ItemError as error:
            if error.code == REMOVED:
                return Skipped(REMOVED)  # with the record that it belonged to
            raise
        place = self._place(row, policy.slug, listed)
        size = text_of(row.get("file_size"))
        expected = int(size) if size.isdecimal() else None
        with self.uploads.copy(place, expected=expected, limit=policy.size_limit) as copied:
            new, aside = described(row, place, policy)
            new = replace(new, content=copied.content, size=copied.size)
            try:
                document, made = self._import(listed, row, policy, record, new, aside=aside)
            except ItemError as error:
                # Removed here, or made by another job between our look and our try.
                if error.code == REMOVED and (known := self._known(listed, twins)) is not None:
                    return known
                raise
        self._note_twins(twins, document, listed)
        return _done(document, listed) if made else Skipped(THERE)

    def _import(
        self, listed: FileRow, row: Row, policy: DocumentPolicy, record: Any, new: NewDocument,
        *, aside: bool,
    ) -> tuple[Document, bool]:  # fmt: skip
        kind = self.mover.kind
        keeps = aside and not kind.dry_run
        if keeps:
            self.mover.keep_file_row(listed.table, listed.id, row, record.patient_id)
        try:
            return import_document(
                kind=kind,
                source_id=listed.source_id,
                policy=policy,
                owner=record,
                new=new,
                uploaded_at=Picker(row).moment(self.mover.zone, "uploaded_at", "created_at"),
                facts={"user": listed.owner, "patient": listed.patient, "record": listed.record},
            )
        except ItemError as error:
            if keeps and error.permanent and error.code != REMOVED:
                self.mover.forget_file_row(listed.table, listed.id)
            if error.code == "too_large":
                limit = f"{policy.slug}: {policy.size_limit // MB} MB"
                error.remedy = f"Raise DOCUMENT_MAX_SIZES ({limit}) and start again."
            raise

    def _known(self, listed: FileRow, twins: list[str]) -> Outcome | None:
        link = self.mover.kind.link(listed.source_id)
        if link is None:
            return None
        document = Document.objects.filter(pk=link.target_id).first()
        if document is None or document.state not in OCCUPIED:
            return Skipped(REMOVED, {"document": str(link.target_id)})
        self._note_twins(twins, document, listed)
        mine = link.job_id == self.mover.kind.job.pk
        return _done(document, listed) if mine else Skipped(THERE)

    def _row(self, listed: FileRow) -> Row:
        row = self.mover.old.row(listed.table, listed.id)
        if row is None:
            raise refusal("file_missing", "Its row has been removed from the old system meanwhile.")
        return row

    def _place(self, row: Row, slug: str, listed: FileRow) -> Place:
        try:
            places = possible_places(text_of(row.get("file_path")), slug, root=self.uploads.root)
        except OutsideError:
            raise refusal("outside_uploads") from None
        place, problem = self.uploads.find(places)
        if problem == "file_missing" and listed.problem == "in_trash":
            problem = "in_trash"
        if problem or place is None:
            raise refusal(problem or "file_missing")
        return place

    def _note_twins(self, twins: list[str], document: Document, listed: FileRow) -> None:
        """Let the other row's number lead to the same document."""
        kind = self.mover.kind
        for source_id in twins:
            if kind.dry_run or kind.link(source_id) is not None:
                continue
            with transaction.atomic():
                self.mover.hold(source_id)
                if kind.link(source_id) is None:
                    facts = {"sha256": document.sha256, "twin": listed.source_id}
                    kind.remember(source_id, document, **facts)


def policy_of(record_table: str) -> DocumentPolicy:
    policy = policy_for_slug(RECORDS[record_table].slug) if record_table in RECORDS else None
    if policy is None:
        raise refusal("ownership_broken", "This kind of record is unknown.")
    return policy


def described(row: Row, place: Place, policy: DocumentPolicy) -> tuple[NewDocument, bool]:
    """Return what the document will say of itself, and whether the old row said more.

    A category that is unknown here becomes the first one, a long description is cut, a name that
    is refused is mended: the row as it was is kept then.
    """
    pick = Picker(row)
    wanted = pick.text("file_name") or place[-1]
    name = mended_name(wanted, place[-1])
    description = text_of(row.get("description"))
    said = text_of(row.get("category"))
    category = said if said in policy.categories else policy.default_category
    further = {n: v for n, v in pick.left().items() if n not in _KNOWN}
    aside = (
        name != wanted
        or len(description) > DESCRIPTION_LENGTH
        or (said not in {"", category})
        or bool(further)
    )
    if len(description) > DESCRIPTION_LENGTH:
        description = description[: DESCRIPTION_LENGTH - 1] + "…"
    new = NewDocument(
        content=None,  # type: ignore[arg-type]  # put in once it is copied
        filename=name,
        size=0,
        description=description,
        category=category,
    )
    return new, aside


def mended_name(name: str, stored: str) -> str:
    """Return a file name that is accepted here, as near to the old one as can be."""
    found = name.translate(_FORBIDDEN).strip(" .\u00a0")
    own = extension_of(found)
    stem, ending = (
        (found[: -len(own)], found[-len(own) :]) if own else (found, extension_of(stored))
    )
    found = stem[: MAX_NAME - len(ending)] + ending
    try:
        return clean_name(found)
    except ProblemError:
        kept = "".join(char for char in found if char.isprintable()).strip(" .\u00a0")
        try:
            return clean_name(kept)
        except ProblemError:
            return f"file{ending}"


def _done(document: Document, listed: FileRow) -> Done:
    return Done(
        MOVED,
        {"document": str(document.pk), "sha256": document.sha256, "user": listed.owner},
    )
