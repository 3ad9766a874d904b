"""Moving the objects of documents to where they belong, and old objects in, as a job."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import BigIntegerField, Count, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from documents.holdings import Holding, register as register_holding
from documents.keys import ObjectKeyError
from documents.models import Document
from documents.services.copies import backup_store
from documents.services.restructuring import mapping
from documents.services.restructuring.alone import DELETING, ROLLBACK, require_alone
from documents.services.restructuring.claims import OBJECT, SOURCE
from documents.services.restructuring.copying import KEPT
from documents.services.restructuring.moving import Mover, Result
from documents.services.restructuring.places import misplaced_to, with_bytes
from documents.services.restructuring.taking_in import TakerIn
from documents.services.restructuring.undoing import take_back
from documents.services.restructuring.unowned import unowned_objects
from documents.services.store_answers import require_store, store_errors
from documents.storage import StoreError, object_store
from documents.storage.filesystem import FileSystemObjectStore
from jobs.errors import ItemError, JobParametersError
from jobs.kinds import Gap, ItemKind, NewItem, Outcome, Reconciliation, WorkItem, register
from jobs.models import ItemState, Job, JobItem, JobPhase, JobState, SourceLink

LONGEST_ID = 200  # characters, as the ledger's column
MOST_GAPS, PAGE = 1_000, 500
AT_WORK = (JobState.NEW, JobState.RUNNING, JobState.PAUSING, JobState.PAUSED, JobState.INTERRUPTED)


@register
class RestructureBucket(ItemKind):
    """Moves what lies in the wrong place, and takes in what an old system's list names."""

    name = SOURCE
    title = "Restructure the bucket"
    together = True
    chunk = 25
    max_failed_share = 1.0  # each object has its own reason

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name in parameters.keys() - {"map", "backup_to", "fresh", "after"}:
            raise JobParametersError("There is no such parameter.", field=str(name))
        if path := str(parameters.get("map") or ""):
            kept = {"map": str(Path(path).resolve()), "map_sha256": mapping.fingerprint(path)}
            mapping.check(path)
        if place := str(parameters.get("backup_to") or ""):
            kept["backup_to"] = _checked_place(place)
        return {**kept, "after": _last_over(kept, dry_run=bool(parameters.get("fresh")))}

    def start(self) -> None:
        require_store()

    # --- What there is ---------------------------------------------------------------------------

    def list_items(self) -> Iterator[NewItem]:
        for document in with_bytes().order_by("pk").iterator(chunk_size=2_000):
            if _is_misplaced(document):
                yield NewItem(f"document {document.pk}", {"document": str(document.pk)})
        if path := self.parameters.get("map"):
            if mapping.fingerprint(path) != self.parameters["map_sha256"]:
                raise ItemError("map_changed", "The list has changed since the job was made.")
            with closing(mapping.Doubles(path)) as doubles:
                lines = (line for _, line in mapping.read_lines(path))
                while page := list(islice(lines, PAGE)):
                    yield from _items(page, doubles)

    # --- One after another -----------------------------------------------------------------------

    def process(self, item: WorkItem) -> Outcome:
        ((_, result),) = self.process_together([item])
        if isinstance(result, ItemError):
            raise result
        return result

    def process_together(self, items: Sequence[WorkItem]) -> Iterator[Result]:
        if not self.dry_run:
            require_alone(DELETING, ROLLBACK)
        moves = [item for item in items if "document" in item.payload]
        if moves:
            yield from Mover(self).move_all(moves)
        others = [item for item in items if "document" not in item.payload]
        if others:
            yield from TakerIn(self).take_all(others)

    def undo(self, link: SourceLink, target: Any) -> None:
        take_back(link)

    # --- The end ---------------------------------------------------------------------------------

    def reconcile(self) -> Reconciliation:
        """Look at every document again, and for old objects that nobody has named."""
        gaps = [] if self.dry_run else list(islice(self._left(), MOST_GAPS))
        unowned: dict[str, dict[str, int]] = {}
        with store_errors():
            for layout, one in unowned_objects(self.job, item_name):
                amount = unowned.setdefault(layout, {"files": 0, "bytes": 0})
                amount["files"] += 1
                amount["bytes"] += one.size
        for layout, amount in sorted(unowned.items()):
            text = f"{amount['files']:,} old objects that nobody names; they stay."
            gaps.append(Gap(layout, "no_owner", text))
        report = {"layouts": self._layouts(), "unowned": unowned}
        return Reconciliation(tuple(gaps), report)

    def _left(self) -> Iterator[Gap]:
        """Yield what lies in the wrong place, unless its failure says why."""
        found = (
            str(one.pk)
            for one in with_bytes().order_by("pk").iterator(chunk_size=2_000)
            if _is_misplaced(one)
        )
        while page := list(islice(found, PAGE)):
            names = [f"document {pk}" for pk in page]
            items = JobItem.objects.filter(
                job=self.job, state=ItemState.FAILED, source_id__in=names
            )
            failed = set(items.values_list("source_id", flat=True))
            yield from (Gap(name, "misplaced") for name in names if name not in failed)

    def _layouts(self) -> list[dict[str, Any]]:
        """Return files and bytes by old layout and by what became of them."""
        over = JobItem.objects.filter(job=self.job, result__has_key="layout")
        sizes = over.annotate(
            layout=KT("result__layout"), size=Cast(KT("result__bytes"), BigIntegerField())
        )
        rows = sizes.order_by("layout", "code").values("layout", "code")
        return [dict(row) for row in rows.annotate(files=Count("pk"), bytes=Sum("size"))]


def item_name(key: str) -> str:
    """Return an object's name in the ledger, as far as the column can hold it."""
    name = f"object {key}"
    if len(name) <= LONGEST_ID:
        return name
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"object {digest} …{key[-(LONGEST_ID - 40) :]}"


def _items(page: Sequence[mapping.Line], doubles: mapping.Doubles) -> Iterator[NewItem]:
    pks = [line["document_id"] for line in page if line["document_id"]]
    keys = dict(Document.objects.filter(pk__in=pks).values_list("pk", "s3_key")) if pks else {}
    by_name = {str(pk): key for pk, key in keys.items()}
    for line in page:
        payload: dict[str, Any] = {name: text for name, text in line.items() if text}
        if twins := doubles.code_of(line):
            payload["twins"] = twins
        if named := payload.pop("document_id", ""):
            payload["document"] = named
            if by_name.get(named) == line["old_key"] and not twins:
                continue  # its row says so itself, and is listed by it
        yield NewItem(item_name(line["old_key"]), payload)


def _is_misplaced(document: Document) -> bool:
    try:
        return misplaced_to(document) is not None
    except ObjectKeyError:
        return True


def _checked_place(place: str) -> str:
    """Return the second place for copies. Raises `JobParametersError`."""
    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        path, own = Path(place).resolve(), Path(store.location).resolve()
        if path == own or own in path.parents:
            raise JobParametersError("Choose a folder outside of the store's.", field="backup_to")
        place = str(path)
    elif place == store.bucket_name:
        raise JobParametersError("Choose another bucket than the store's.", field="backup_to")
    try:
        backup_store(place).check()
    except StoreError as error:
        raise JobParametersError(f"It cannot be used. {error}", field="backup_to") from error
    return place


def _last_over(kept: dict[str, Any], *, dry_run: bool) -> str:
    """Return the last job for the same that is over, so that a new one differs from it.

    A look is always a new one. Work that failed goes on, unless it was taken back since.
    """
    jobs = Job.objects.filter(kind=SOURCE, dry_run=dry_run).order_by("-id")
    if dry_run:
        jobs = jobs.filter(state=JobState.FAILED, phase=JobPhase.OVER)
    else:
        jobs = jobs.filter(rolled_back_at__isnull=False)
    for job in jobs[:100]:
        if {name: value for name, value in job.parameters.items() if name != "after"} == kept:
            return str(job.pk)
    return ""


def _is_kept(key: str) -> bool:
    """Say whether a copy below `archive/` is noted, or a job is at work that may note it."""
    note = OBJECT + key.rpartition("/")[2].partition("-")[0]
    if SourceLink.objects.filter(source=SOURCE, source_id=note).exists():
        return True
    return Job.objects.filter(kind=SOURCE, dry_run=False, state__in=AT_WORK).exists()


for _folder in ("patients", "referrers", "sms"):
    register_holding(Holding(f"archive/{_folder}/{KEPT}/", _is_kept))
