"""One old file after another becomes a document; nothing is called moved that was not read."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from django.db import transaction

from accounts.errors import ProblemError
from documents.errors import MB
from documents.keys import extension_of
from documents.models import Document
from documents.names import MAX_NAME, clean_name
from documents.registry import DocumentPolicy, policy_for_slug
from documents.services.announcing import OCCUPIED
from documents.services.importing import Incoming, import_documents, outcome_code
from documents.services.preparing import DESCRIPTION_LENGTH
from documents.services.upload import NewDocument
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


@dataclass(frozen=True)
class _Prepared:
    """A file that has been copied; `keeps`: its old row has been put aside."""

    listed: FileRow
    incoming: Incoming
    keeps: bool


@dataclass
class Filer:
    """Moves files of an old system, for one job."""

    mover: Mover
    uploads: Uploads

    def move_all(self, asked: Sequence[tuple[FileRow, list[str]]]) -> list[Outcome | ItemError]:
        """Move the files of rows, and note the rows that say the same of them.

        `asked` has each row with its twins' source ids. Says of each, in their order, what became
        of it, or the reason for which it cannot be moved.
        """
        kind = self.mover.kind
        results = self._known(asked)
        new = [listed for listed, _ in asked if listed.source_id not in results]
        self.mover.look_up({f"{one.record_table}:{one.record}" for one in new})
        rows = {
            table: self.mover.old.rows(table, [one.id for one in new if one.table == table])
            for table in {one.table for one in new}
        }
        with ExitStack() as copies:
            prepared: list[_Prepared] = []

            def incoming() -> Iterator[Incoming]:  # one is copied while others are stored
                for listed in new:
                    try:
                        row = rows[listed.table].get(listed.id)
                        prepared.append(self._prepare(listed, row, copies))
                    except ItemError as error:
                        # `removed_here`: with the record that it belonged to
                        gone = error.code == REMOVED
                        results[listed.source_id] = Skipped(REMOVED) if gone else error
                    else:
                        yield prepared[-1].incoming

            made = import_documents(kind, incoming())
        twins = {listed.source_id: names for listed, names in asked}
        for one, result in zip(prepared, made, strict=True):
            name = one.listed.source_id
            if isinstance(result, ItemError):
                results[name] = self._refused(one, result, twins[name])
            else:
                document, fresh = result
                self._note_twins(twins[name], document, one.listed)
                results[name] = _done(document, one.listed) if fresh else Skipped(THERE)
        return [results[listed.source_id] for listed, _ in asked]

    def _prepare(self, listed: FileRow, row: Row | None, copies: ExitStack) -> "_Prepared":
        """Copy a file that is to be moved, and say what its document will be."""
        if row is None:
            text = "Its row has been removed from the old system meanwhile."
            raise refusal("file_missing", text)
        if listed.problem in {"ownership_broken", "duplicate_path"}:
            raise refusal(listed.problem)
        policy = policy_of(listed.record_table)
        record = self.mover.record(listed.record_table, listed.record).target
        place = self._place(row, policy.slug, listed)
        size = text_of(row.get("file_size"))
        expected = int(size) if size.isdecimal() else None
        copied = copies.enter_context(
            self.uploads.copy(place, expected=expected, limit=policy.size_limit)
        )
        new, aside = described(row, place, policy)
        keeps = aside and not self.mover.kind.dry_run
        if keeps:
            self.mover.keep_file_row(listed.table, listed.id, row, record.patient_id)
        incoming = Incoming(
            source_id=listed.source_id,
            policy=policy,
            owner=record,
            new=replace(new, content=copied.content, size=copied.size),
            uploaded_at=Picker(row).moment(self.mover.zone, "uploaded_at", "created_at"),
            facts={"user": listed.owner, "patient": listed.patient, "record": listed.record},
        )
        return _Prepared(listed, incoming, keeps=keeps)

    def _refused(self, one: "_Prepared", error: ItemError, twins: list[str]) -> Outcome | ItemError:
        if error.code == REMOVED:
            # Removed here, or made by another job between our look and our try.
            return self._known([(one.listed, twins)]).get(one.listed.source_id, error)
        if one.keeps and error.permanent:
            self.mover.forget_file_row(one.listed.table, one.listed.id)
        if error.code == "too_large":
            policy = one.incoming.policy
            limit = f"{policy.slug}: {policy.size_limit // MB} MB"
            error.remedy = f"Raise DOCUMENT_MAX_SIZES ({limit}) and start again."
        return error

    def _known(self, asked: Sequence[tuple[FileRow, list[str]]]) -> dict[str, Outcome | ItemError]:
        """Return what to say of files that have been moved before."""
        kind = self.mover.kind
        links = kind.links(listed.source_id for listed, _ in asked)
        documents = Document.objects.in_bulk([link.target_id for link in links.values()])
        found: dict[str, Outcome | ItemError] = {}
        for listed, twins in asked:
            link = links.get(listed.source_id)
            if link is None:
                continue
            document = documents.get(link.target_id)
            if document is None or document.state not in OCCUPIED:
                found[listed.source_id] = Skipped(REMOVED, {"document": str(link.target_id)})
                continue
            self._note_twins(twins, document, listed)
            mine = link.job_id == kind.job.pk
            found[listed.source_id] = _done(document, listed) if mine else Skipped(THERE)
        return found

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
        outcome_code(document, MOVED),
        {"document": str(document.pk), "sha256": document.sha256, "user": listed.owner},
    )
