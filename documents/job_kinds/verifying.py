"""Long work on documents: comparing the rows of a clinic with its objects, both ways."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat
from django.utils import timezone

from accounts.clock import day_begins
from accounts.tenancy import current_schema, current_tenant
from documents.keys import belongs_to
from documents.models import Document
from documents.services.ownership import is_text, owned, stored_objects
from documents.services.verification_options import KIND, read_options
from documents.services.verifying import (
    LEFT,
    ORPHAN,
    SETTLED_AFTER,
    UNREADABLE,
    WITH_BYTES,
    WITHOUT_BYTES,
    Expected,
    expected,
    finding,
    is_there,
    look_at,
)
from documents.storage import ObjectInfo, StoreError, object_store
from jobs.errors import ItemError, StopRunError, TransientError
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

READS, GROUP = 4, 8  # objects of S3 at a time; as many for each between two looks at the clock
TURN = 5.0  # seconds for a chunk at a stroke; what is left of it is done one by one
LONGEST_ID = 200  # characters, as the ledger's column
MOST_GAPS = 1_000
OBJECT = "object "  # how items begin that are objects without a document; others are documents
Result = tuple[WorkItem, Outcome | ItemError]
Look = tuple[WorkItem, Expected, str | ItemError | None]


@register
class DocumentsVerify(ItemKind):
    """Looks at each document's object, and for objects that nobody needs. It only reads."""

    name = KIND
    title = "Verify documents"
    concurrency = 1  # it reads several objects at a time by itself
    together = True
    chunk = 500
    max_failed_share = 1.0  # each gap is wanted, however many there are

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return read_options({name: one for name, one in parameters.items() if name != "after"})

    def start(self) -> None:
        self._require_store()
        # A folder answers at once: threads would only wait for each other.
        default = READS if object_store().bucket_name else 1
        self._reads = int(self.parameters.get("reads") or default)
        self._readers: ThreadPoolExecutor | None = None
        if self._reads > 1:
            account = current_tenant()
            self._readers = ThreadPoolExecutor(
                self._reads, "verify", initializer=partial(_enter, account)
            )

    def close(self) -> None:
        if getattr(self, "_readers", None) is not None:
            self._readers.shutdown(cancel_futures=True)  # type: ignore[union-attr]

    @property
    def is_whole(self) -> bool:
        """Say whether every document is looked at; only then are the objects listed too."""
        return not self.parameters.keys() & {"sample", "since", "documents"}

    # --- What there is ---------------------------------------------------------------------------

    def list_items(self) -> Iterator[NewItem]:
        if "documents" in self.parameters:
            yield from map(NewItem, self.parameters["documents"])
            return
        found = self._documents()
        if "sample" in self.parameters:
            # By the job's own id, so that a listing that was cut off draws the same again.
            text = Concat(Cast("pk", TextField()), Value(str(self.job.pk)))
            drawn = found.filter(created_at__lt=self.job.created_at).annotate(lot=MD5(text))
            found = drawn.order_by("lot", "pk")[: self.parameters["sample"]]
        for pk in found.values_list("pk", flat=True).iterator(chunk_size=2_000):
            yield NewItem(str(pk))
        if self.is_whole:
            with self._store_errors():
                yield from self._nobodys()

    def _documents(self) -> QuerySet[Document]:
        found = Document.objects.filter(state__in=WITH_BYTES)
        if since := self.parameters.get("since"):
            found = found.filter(created_at__gte=day_begins(date.fromisoformat(since)))
        return found.order_by("pk")

    @staticmethod
    def _nobodys() -> Iterator[NewItem]:
        for one in stored_objects():
            if one.is_orphan or (one.owner is not None and one.owner.has_no_bytes):
                yield _object_item(one.info.key)

    # --- Looking ---------------------------------------------------------------------------------

    def process(self, item: WorkItem) -> Outcome:
        ((_, result),) = self.process_together([item])
        if isinstance(result, ItemError):
            raise result
        return result

    def process_together(self, items: Sequence[WorkItem]) -> Iterator[Result]:
        documents = [item for item in items if not item.source_id.startswith(OBJECT)]
        rows = expected(item.source_id for item in documents) if documents else {}
        suspects: list[tuple[WorkItem, Expected]] = []
        end = time.monotonic() + TURN
        for item in documents:
            if item.source_id not in rows:  # erased since it was listed
                yield item, Skipped("gone_meanwhile")
        for few in _groups(documents, self._reads * GROUP):
            pairs = [(item, rows[item.source_id]) for item in few if item.source_id in rows]
            for item, one, found in self._looks(pairs):
                if isinstance(found, str) and found:
                    suspects.append((item, one))
                else:
                    yield item, self._outcome(found)
            if time.monotonic() > end:
                break
        if suspects:
            yield from self._look_again(suspects)
        for item in items:
            if item.source_id.startswith(OBJECT):
                yield item, self._look_at_object(item.payload["key"])

    def _looks(self, pairs: Sequence[tuple[WorkItem, Expected]]) -> Iterator[Look]:
        """Look at documents, some at a time, and say what was found of each, in their order."""
        ones = [one for _, one in pairs]
        look = self._readers.map if self._readers is not None else map
        found: Iterator[str | StoreError | None] = look(self._look, ones)  # type: ignore[operator]
        for (item, one), result in zip(pairs, found, strict=True):
            if isinstance(result, StoreError):
                yield item, one, self._unreadable(result)
            else:
                yield item, one, result

    def _look(self, one: Expected) -> str | StoreError | None:
        """Return a code, "" where all is right, None where there is nothing to judge."""
        if one.state not in (*WITH_BYTES, *WITHOUT_BYTES):
            return None
        try:
            return look_at(one, read_bytes=self.parameters["read_bytes"])
        except StoreError as error:
            return error

    def _outcome(self, found: str | ItemError | None) -> Outcome | ItemError:
        if isinstance(found, ItemError):
            return found
        if found is None:
            return Skipped("on_its_way")
        if found == "":
            return Done("verified" if self.parameters["read_bytes"] else "compared")
        return finding(found)

    def _look_again(self, suspects: Sequence[tuple[WorkItem, Expected]]) -> Iterator[Result]:
        """Report what a second look finds too, of documents whose rows are still as they were."""
        looks = list(self._looks(suspects))
        rows = expected(item.source_id for item, _ in suspects)
        for item, one, found in looks:
            now = rows.get(item.source_id)
            if not isinstance(found, str) or found in {"", LEFT}:
                yield item, self._outcome(found)
            elif now is None or now.state not in WITH_BYTES:
                yield item, Skipped("gone_meanwhile")
            elif not one.says_the_same(now):
                yield item, TransientError("changed_meanwhile", "The document is being changed.")
            else:
                yield item, finding(found)

    def _look_at_object(self, key: str) -> Outcome | ItemError:
        """Report an object that is still there and still nobody's."""
        try:
            # One whose key no document could have is not asked about: it was listed.
            there = not belongs_to(key, current_schema()) or is_there(key)
        except StoreError as error:
            return self._unreadable(error)
        if not there:
            return Skipped("gone_meanwhile")
        (one,) = owned([ObjectInfo(key, 0)])
        if one.is_orphan:
            return finding(ORPHAN)
        if one.owner is not None and one.owner.has_no_bytes:
            return finding(LEFT)
        return Skipped("needed")

    def _unreadable(self, error: StoreError) -> TransientError:
        """Blame the object where the store answers otherwise; else end the run for now."""
        self._require_store()
        said = finding(UNREADABLE, str(error))
        return TransientError(said.code, said.detail, said.remedy)

    def _require_store(self) -> None:
        """Ask the store for something without writing into it, as its own check would."""
        with self._store_errors():
            next(object_store().keys(f"{current_schema()}/"), None)

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            raise StopRunError(
                "store_unavailable", f"{error} Start it again when the store can be reached."
            ) from error

    # --- The end ---------------------------------------------------------------------------------

    def reconcile(self) -> Reconciliation:
        """Say what was looked at; a document that was there all the time and was not is a gap."""
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
        items = JobItem.objects.filter(job=self.job, source_id=OuterRef("text"))
        left = there.filter(created_at__lt=began, updated_at__lt=began)
        left = left.annotate(text=Cast("pk", TextField())).filter(~Exists(items))
        missed = left.order_by("pk").values_list("text", flat=True)[:MOST_GAPS]
        return Reconciliation(tuple(Gap(pk, "not_looked_at") for pk in missed), report)


def _enter(account: Any) -> None:
    """Let a reading thread know its clinic; it asks the database nothing."""
    connection.set_tenant(account)  # type: ignore[attr-defined]


def _groups(items: Sequence[WorkItem], size: int) -> Iterator[Sequence[WorkItem]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _object_item(key: str) -> NewItem:
    """An object by its key, as far as the ledger can hold it."""
    if not is_text(key):
        key = ascii(key)
    name = f"{OBJECT}{key}"
    if len(name) > LONGEST_ID:
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        name = f"{OBJECT}{digest} …{key[-(LONGEST_ID - 40) :]}"
    return NewItem(name, {"key": key})
