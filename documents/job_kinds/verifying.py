"""Long work on documents: comparing the rows of a clinic with its objects, both ways."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat
from django.utils import timezone

from accounts.clock import day_begins
from accounts.tenancy import current_schema
from documents.keys import belongs_to
from documents.models import Document
from documents.services.looking import GONE, ON_ITS_WAY, Looker
from documents.services.ownership import is_text, owned, stored_objects
from documents.services.store_answers import require_store, stopped_without_store
from documents.services.verification_options import KIND, read_options
from documents.services.verifying import (
    COLUMNS,
    LEFT,
    ORPHAN,
    SETTLED_AFTER,
    UNREADABLE,
    WITH_BYTES,
    Expected,
    expected,
    finding,
    is_there,
)
from documents.storage import ObjectInfo, StoreError
from jobs.errors import ItemError
from jobs.kinds import (
    Batch,
    BatchResult,
    Gap,
    Reconciliation,
    RowFailure,
    StreamKind,
    register,
)
from jobs.models import ItemState, JobItem

CHUNK = 1_000  # rows that are loaded together
LONGEST_ID = 200  # characters, as the ledger's column
OBJECT = "object "  # how the ids of objects without a document begin; others are documents
SKIPPED = frozenset({GONE, ON_ITS_WAY, "needed"})
Position = dict[str, Any]
Verdict = tuple[str, str | ItemError, str]  # its id in the ledger, what was found, an object's key


class Again(Batch):
    """What was wrong in an earlier run, looked at once more."""


@register
class DocumentsVerify(StreamKind):
    """Looks at each document's object, and for objects that nobody needs. It only reads.

    Where it stands is one row however many documents there are; only what is wrong gets a row of
    its own. `read` looks, outside any transaction, and `process_batch` notes what it saw.
    """

    name = KIND
    title = "Verify documents"
    max_failed_share = 1.0  # each gap is wanted, however many there are

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return read_options({name: one for name, one in parameters.items() if name != "after"})

    def start(self) -> None:
        require_store()
        self._looker = Looker(
            read_bytes=self.parameters["read_bytes"], reads=int(self.parameters.get("reads") or 0)
        )

    def close(self) -> None:
        if hasattr(self, "_looker"):
            self._looker.close()

    @property
    def is_whole(self) -> bool:
        """Say whether every document is looked at; only then are the objects listed too."""
        return not self.parameters.keys() & {"sample", "since", "documents"}

    def count(self) -> int:
        if "documents" in self.parameters:
            return len(self.parameters["documents"])
        there = self._documents().filter(created_at__lt=self.job.created_at).count()
        return min(there, self.parameters.get("sample", there))

    # --- What there is ---------------------------------------------------------------------------

    def read(self, position: Position) -> Iterator[Batch]:
        position = dict(position)
        yield from self._again(position)
        for batch in self._documents_behind(position):
            yield batch
            position = batch.position
        if self.is_whole:
            with stopped_without_store():
                yield from self._nobodys(position)

    def _documents_behind(self, position: Position) -> Iterator[Batch]:
        """Look at the documents behind a position and yield what was seen of them."""
        while rows := self._rows(position):
            while rows:
                verdicts = self._verdicts(rows)
                last, _ = rows[len(verdicts) - 1]
                looked = position.get("looked", 0) + len(verdicts)
                position = {**position, **last, "looked": looked}
                yield Batch(verdicts, position)
                rows = rows[len(verdicts) :]

    def _verdicts(self, rows: Sequence[tuple[Position, Expected | None]]) -> list[Verdict]:
        """Return what was seen of the first of some rows, at least of one."""
        seen = self._looker.look_at_all([one for _, one in rows if one is not None])
        said = {one.pk: found for one, found in seen}
        verdicts: list[Verdict] = []
        for place, one in rows:
            if one is not None and one.pk not in said:
                break  # the time was over before
            verdicts.append(
                (place["last"], GONE, "") if one is None else (str(one.pk), said[one.pk], "")
            )
        return verdicts

    def _rows(self, position: Position) -> list[tuple[Position, Expected | None]]:
        """Return the next rows, each with the place behind it; None for one that is gone."""
        last = position.get("last")
        if "documents" in self.parameters:
            named = [one for one in self.parameters["documents"] if last is None or one > last]
            known = expected(named[:CHUNK])
            return [({"last": pk}, known.get(pk)) for pk in named[:CHUNK]]
        if "sample" in self.parameters:
            left = self.parameters["sample"] - position.get("looked", 0)
            found = self._drawn()
            if last is not None:
                found = found.filter(lot__gt=last)
            rows = found.values_list("lot", *COLUMNS)[: max(0, min(left, CHUNK))]
            return [({"last": lot}, Expected(*row)) for lot, *row in rows]
        found = self._documents()
        if last is not None:
            found = found.filter(pk__gt=last)
        return [
            ({"last": str(row[0])}, Expected(*row)) for row in found.values_list(*COLUMNS)[:CHUNK]
        ]

    def _documents(self) -> QuerySet[Document]:
        found = Document.objects.filter(state__in=WITH_BYTES)
        if since := self.parameters.get("since"):
            found = found.filter(created_at__gte=day_begins(date.fromisoformat(since)))
        return found.order_by("pk")

    def _drawn(self) -> "QuerySet[Any]":
        """Return the documents in the order of their lots.

        By the job's own id, so that who goes on with the job draws the same.
        """
        salt = Value(str(self.job.pk), output_field=TextField())
        text = Concat(Cast("pk", TextField()), salt)
        drawn = self._documents().filter(created_at__lt=self.job.created_at)
        return drawn.annotate(lot=MD5(text)).order_by("lot")

    def _nobodys(self, position: Position) -> Iterator[Batch]:
        """Look for objects that nobody needs; after a crash the store is listed once more."""
        keys = (
            one.info.key
            for one in stored_objects()
            if one.is_orphan or (one.owner is not None and one.owner.has_no_bytes)
        )
        while few := list(islice(keys, CHUNK)):
            named = {_object_id(key): key for key in map(_as_text, few)}
            known = set(self._items(named).values_list("source_id", flat=True))
            yield Batch(
                [
                    (name, self._look_at_object(key), key)
                    for name, key in named.items()
                    if name not in known
                ],
                position,
            )

    def _again(self, position: Position) -> Iterator[Batch]:
        """Look once more at what was wrong in an earlier run of this job."""
        while True:
            waiting = JobItem.objects.filter(job=self.job, state=ItemState.WAITING)
            items = dict(waiting.order_by("pk").values_list("source_id", "payload")[:CHUNK])
            if not items:
                return
            objects = {name: one["row"]["key"] for name, one in items.items() if is_object(name)}
            rows = expected(name for name in items if name not in objects)
            seen = self._looker.look_at_all([*rows.values()])
            verdicts: list[Verdict] = [(str(one.pk), said, "") for one, said in seen]
            gone = items.keys() - objects.keys() - rows.keys()
            verdicts += [(name, GONE, "") for name in gone]
            verdicts += [(name, self._look_at_object(key), key) for name, key in objects.items()]
            yield Again(verdicts, position)

    def _look_at_object(self, key: str) -> str | ItemError:
        """Report an object that is still there and still nobody's."""
        try:
            # One whose key no document could have is not asked about: it was listed.
            there = not belongs_to(key, current_schema()) or is_there(key)
        except StoreError as error:
            require_store()
            return finding(UNREADABLE, str(error))
        if not there:
            return GONE
        (one,) = owned([ObjectInfo(key, 0)])
        if one.is_orphan:
            return finding(ORPHAN)
        if one.owner is not None and one.owner.has_no_bytes:
            return finding(LEFT)
        return "needed"

    # --- What is noted ---------------------------------------------------------------------------

    def process_batch(self, batch: Batch) -> BatchResult:
        verdicts: Sequence[Verdict] = batch.rows
        if again := isinstance(batch, Again):
            named = self._items(name for name, _, _ in verdicts)
            named.filter(state=ItemState.WAITING).delete()
        codes: Counter[str] = Counter()
        failures = []
        for name, said, key in verdicts:
            if isinstance(said, ItemError):
                row = {"key": key} if key else {}
                failures.append(
                    RowFailure(name, said.code, said.detail, row=row, remedy=said.remedy)
                )
            else:
                codes[said] += 1
        skipped = sum(codes[code] for code in SKIPPED)
        objects = sum(map(is_object, (name for name, _, _ in verdicts)))
        return BatchResult(
            done=codes.total() - skipped,
            skipped=skipped,
            failures=tuple(failures),
            counts=codes,
            more=0 if again else objects,
        )

    def _items(self, names: Any) -> QuerySet[JobItem]:
        return JobItem.objects.filter(job=self.job, source_id__in=list(names))

    # --- The end ---------------------------------------------------------------------------------

    def reconcile(self) -> Reconciliation:
        """Say what was looked at; documents that were there all the time and were not are a gap."""
        there = Document.objects.filter(state__in=WITH_BYTES)
        report: dict[str, Any] = {
            "scope": next(iter(self.parameters.keys() & {"sample", "since", "documents"}), "all"),
            "read_bytes": self.parameters["read_bytes"],
            "looked_for_orphans": self.is_whole,
            "documents_now": there.count(),
        }
        if not self.is_whole:
            return Reconciliation(report=report)
        # A change may have been committed a moment after the time that it says.
        began = (self.job.started_at or timezone.now()) - SETTLED_AFTER
        left = there.filter(created_at__lt=began, updated_at__lt=began)
        missed = left.count() - self.job.position.get("looked", 0)
        gaps = [Gap("documents", "not_looked_at", f"{missed} of them")] if missed > 0 else []
        return Reconciliation(tuple(gaps), report)


def is_object(name: str) -> bool:
    return name.startswith(OBJECT)


def _object_id(key: str) -> str:
    """Return the ledger's id of an object: its key, as far as the ledger can hold it."""
    name = f"{OBJECT}{key}"
    if len(name) > LONGEST_ID:
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        name = f"{OBJECT}{digest} …{key[-(LONGEST_ID - 40) :]}"
    return name


def _as_text(key: str) -> str:
    """Return a key as the database can hold it; foreign programs name files as they like."""
    return key if is_text(key) else ascii(key)
