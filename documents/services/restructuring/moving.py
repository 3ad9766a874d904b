"""Documents whose object lies elsewhere than it should: the object moves, the row follows.

For a number of documents at a stroke: some queries to look, the store for each, then one
transaction for the rows and the notes. What the database says is asked again under the rows' locks.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.tenancy import current_schema
from documents.keys import ObjectKeyError
from documents.models import Document, Encoding
from documents.old_keys import source_layout
from documents.services.copies import backup_store, stored_hash
from documents.services.restructuring.claims import SOURCE, Claim, claims_on, note_name
from documents.services.restructuring.copying import Taken, keep, put_once, refusal, taken
from documents.services.restructuring.places import misplaced_to, with_bytes
from documents.services.store_answers import store_errors
from documents.services.verifying import COLUMNS, WITH_BYTES, Expected, has_bytes_of, is_there
from documents.storage import object_store
from documents.storage.doors import Doors
from jobs.errors import ItemError, StopRunError, TransientError
from jobs.kinds import Done, Kind, Outcome, Skipped, WorkItem
from jobs.models import SourceLink

Result = tuple[WorkItem, Outcome | ItemError]
MOVED = "moved"


@dataclass(frozen=True)
class Move:
    """A document, the object with its bytes, and the key that it is to have."""

    item: WorkItem
    row: Document
    old_key: str
    new_key: str
    layout: str

    @property
    def folder(self) -> str:
        return folder_for(self.layout, has_patient=self.row.patient_id is not None)


@dataclass(frozen=True)
class Copied:
    """A move whose bytes lie at the new key, verified; the row does not say so yet."""

    move: Move
    facts: dict[str, Any]


def folder_for(layout: str, *, has_patient: bool) -> str:
    """Return the folder of `archive/` for a copy."""
    if layout == "mms":
        return "sms"
    return "patients" if has_patient else "referrers"


def shown(facts: dict[str, Any], new_key: str) -> dict[str, Any]:
    """Return what an item's result says of a move."""
    return {
        "layout": facts["layout"],
        "bytes": facts["stored_size"],
        "old_key": facts["old_key"],
        "new_key": new_key,
    }


class Mover:
    """Moves documents for one job. `dry_run` of the job: everything but write."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._place = str(kind.parameters.get("backup_to", ""))
        self._backups = backup_store(self._place)
        self._doors = Doors()

    def move_all(self, items: Sequence[WorkItem]) -> Iterator[Result]:
        """Move the documents that items name; say of each what became of it."""
        moves: list[Move] = []
        for item, result in self._planned(items):
            if isinstance(result, Move):
                moves.append(result)
            else:
                yield item, result
        claims = claims_on({key for one in moves for key in (one.old_key, one.new_key)})
        copied: list[Copied] = []
        stopped: StopRunError | None = None
        for one in moves:
            try:
                with store_errors():
                    refuse_claimed(one.old_key, one.row.pk, claims, self._doors)
                    self._refuse_taken(one, claims)
                    copied.append(Copied(one, self._copy(one)))
            except ItemError as error:
                yield one.item, error
            except StopRunError as error:
                stopped = error  # what is copied by now is worth being noted
                break
        yield from self._note(copied)
        if stopped is not None:
            raise stopped

    # --- What is to be done ----------------------------------------------------------------------

    def _planned(
        self, items: Sequence[WorkItem]
    ) -> Iterator[tuple[WorkItem, Move | Outcome | ItemError]]:
        pks = [UUID(item.payload["document"]) for item in items]
        rows = with_bytes().in_bulk(pks)
        links = SourceLink.objects.filter(source=SOURCE, target_id__in=pks)
        notes = {(link.target_id, link.facts["old_key"]): link for link in links}
        for item, pk in zip(items, pks, strict=True):
            if item.payload.get("twins"):
                yield item, refusal(item.payload["twins"])
                continue
            row = rows.get(pk)
            if row is None:
                named = "old_key" in item.payload
                yield item, refusal("no_document") if named else Skipped("gone_meanwhile")
                continue
            mine = [note for (target, _), note in notes.items() if target == pk]
            yield item, self._plan(item, row, mine)

    def _plan(
        self, item: WorkItem, row: Document, notes: Sequence[SourceLink]
    ) -> Move | Outcome | ItemError:
        old_key = item.payload.get("old_key")
        try:
            wanted = misplaced_to(row)
        except ObjectKeyError as error:
            return refusal("no_place", str(error))
        for note in notes:
            same = note.facts["old_key"] == old_key if old_key else note.job_id == self._kind.job.pk
            if same and wanted is None:
                result = shown(note.facts, row.s3_key)
                mine = note.job_id == self._kind.job.pk
                return Done(MOVED, result) if mine else Skipped("already_there", result)
        if wanted is None and old_key in {None, row.s3_key}:
            return Skipped("in_place")
        old = str(old_key or row.s3_key)
        if self._doors.is_anothers(old):
            return refusal("foreign_clinic")
        layout = source_layout(old, self._doors.tenant)
        if layout is None:
            return refusal("outside")
        return Move(item, row, old, wanted or row.s3_key, layout)

    @staticmethod
    def _refuse_taken(one: Move, claims: dict[str, list[Claim]]) -> None:
        for claim in claims.get(one.new_key, []):
            if not claim.noted and claim.document != one.row.pk:
                raise refusal("target_occupied")

    # --- The store -------------------------------------------------------------------------------

    def _copy(self, one: Move) -> dict[str, Any]:
        row, store = one.row, object_store()
        with taken(self._doors, one.old_key) as held:
            self._compare(row, held)
            facts = {
                "old_key": one.old_key,
                "row_key": row.s3_key,
                "new_key": one.new_key,
                "layout": one.layout,
                "stored_sha256": held.sha256,
                "stored_size": held.size,
                "old_version": held.version,
                "backup_to": self._place,
            }
            if is_there(one.new_key, store) and stored_hash(store, one.new_key) != held.sha256:
                raise refusal("target_occupied")  # before a copy is kept for nothing
            if self._kind.dry_run:
                return facts
            told = {"retention": row.retention, "content_type": row.file_type}
            facts["backup"] = keep(held, self._backups, folder=one.folder, **told)
            put_once(held, store, one.new_key, **told)
        return facts

    @staticmethod
    def _compare(row: Document, held: Taken) -> None:
        if row.encoding == Encoding.NONE and held.size != row.file_size:
            raise refusal("wrong_size")
        wanted = Expected(*(getattr(row, name) for name in COLUMNS))
        if not has_bytes_of(replace(wanted, key=held.key), held.chunks(), hashlib.sha256()):
            raise refusal("wrong_hash")

    # --- The rows and the ledger, in one transaction ---------------------------------------------

    def _note(self, copied: Sequence[Copied]) -> Iterator[Result]:
        if self._kind.dry_run or not copied:
            for one in copied:
                yield one.move.item, Done(MOVED, shown(one.facts, one.move.new_key))
            return
        results: list[Result] = []
        left: list[Copied] = []
        with transaction.atomic():
            pks = [one.move.row.pk for one in copied]
            locked = Document.objects.select_for_update().order_by("pk").in_bulk(pks)
            there = self._kind.links(note_name(one.move.old_key) for one in copied)
            changed: dict[UUID, Document] = {}
            noted: list[tuple[str, Document, dict[str, Any]]] = []
            for one in copied:
                item, row, new_key = one.move.item, locked.get(one.move.row.pk), one.move.new_key
                if row is None or row.state not in WITH_BYTES:
                    left.append(one)
                    results.append((item, Skipped("gone_meanwhile")))
                    continue
                if row.s3_key not in {new_key, one.move.row.s3_key}:
                    error = TransientError("changed_meanwhile", "The document is being changed.")
                    results.append((item, error))
                    continue
                known = there.get(note_name(one.move.old_key))
                if row.s3_key == new_key and known is not None and known.target_id == row.pk:
                    result = shown(known.facts, new_key)  # another run was faster
                    results.append((item, Skipped("already_there", result)))
                    continue
                if row.s3_key != new_key:
                    row.s3_key, row.s3_bucket = new_key, object_store().bucket_name
                    row.updated_at = timezone.now()
                    changed[row.pk] = row
                noted.append((note_name(one.move.old_key), row, one.facts))
                results.append((item, Done(MOVED, shown(one.facts, new_key))))
            if changed:
                fields = ["s3_key", "s3_bucket", "updated_at"]
                Document.objects.bulk_update(changed.values(), fields)
            self._remember(noted, there)
        for one in left:  # people have purged it meanwhile; so must what we have made of it
            with store_errors():
                object_store().remove(one.move.new_key)
                self._backups.remove(one.facts["backup"])
        yield from results

    def _remember(
        self,
        noted: Sequence[tuple[str, Document, dict[str, Any]]],
        there: dict[str, SourceLink],
    ) -> None:
        """Note each move; a note of an earlier one from the same key gives way."""
        again = []
        for name, row, facts in noted:
            if (link := there.get(name)) is not None:
                link.job, link.target_id, link.facts = self._kind.job, row.pk, facts
                link.made_at = timezone.now()
                again.append(link)
        SourceLink.objects.bulk_update(again, ["job", "target_id", "facts", "made_at"])
        self._kind.remember_all(one for one in noted if one[0] not in there)


def refuse_claimed(
    key: str, document: UUID | None, claims: dict[str, list[Claim]], doors: Doors
) -> None:
    """Refuse an object that another row names, or that another clinic has named or taken."""
    if doors.is_anothers(key):
        raise refusal("foreign_clinic")
    if source_layout(key, doors.tenant) is None:
        raise refusal("outside")
    here = current_schema()
    for claim in claims.get(key, []):
        if claim.schema != here:
            raise refusal("foreign_clinic")
        if claim.document != document:
            raise refusal("two_rows")
