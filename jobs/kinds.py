"""What an app says of a kind of long work; the engine (jobs/services/) does the rest.

An app registers its kinds in `job_kinds.py`, which is found as `admin.py` is. There are two sorts:

`ItemKind` for work whose items are worth a row each (files to move): the engine lists the source
into the ledger, hands the items out, tries again, and knows of each what became of it.

`StreamKind` for rows by the hundred thousand (CSV): the engine keeps a position in the source and
stores it with each batch, in the batch's transaction; only what failed gets a row.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.db.models import Model

from jobs.errors import ItemError
from jobs.models import Job, SourceLink

Say = Callable[[str], None]


def silent(_line: str) -> None: ...


@dataclass(frozen=True)
class NewItem:
    """An item of the source: what it is called there, and what is needed to do it (JSON).

    `payload` must hold no secret and no more about a person than the work needs.
    """

    source_id: str  # at most 200 characters, unique within the job
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkItem:
    """An item in hand. `attempt` counts from 1."""

    source_id: str
    payload: dict[str, Any]
    attempt: int = 1


@dataclass(frozen=True)
class Done:
    """This run made or changed something (in a dry run: would have)."""

    code: str = "done"  # shown and counted in the report: imported, updated, empty_container
    result: dict[str, Any] = field(default_factory=dict)  # JSON for the reconciliation


@dataclass(frozen=True)
class Skipped:
    """Nothing was to be done; `code` says why: already_there, removed_here, no_bytes and so on."""

    code: str = "already_there"
    result: dict[str, Any] = field(default_factory=dict)


Outcome = Done | Skipped


@dataclass(frozen=True)
class Gap:
    """Something of the source that is not accounted for, or is not what it should be."""

    source_id: str
    code: str
    detail: str = ""


@dataclass(frozen=True)
class Reconciliation:
    """What the comparison of source and result found. A gap fails the job and the command."""

    gaps: tuple[Gap, ...] = ()
    report: dict[str, Any] = field(default_factory=dict)  # counts per user, per patient … (JSON)


class Kind(ABC):
    """What both sorts share. One instance serves one job in one process; it may keep a session."""

    name: ClassVar[str]  # slug, at most 50 characters: `filemaker_documents`
    title: ClassVar[str]  # for people
    max_failed_share: ClassVar[float] = 0.2  # of what was tried; above it the run stops by itself
    min_tried: ClassVar[int] = 50  # before the share is looked at
    retryable: ClassVar[bool] = True
    gap: ClassVar[str] = "not accounted for"  # what is said of what `reconcile` found

    def __init__(self, job: Job, say: Say = silent) -> None:
        self.job = job
        self.parameters: dict[str, Any] = job.parameters
        self.dry_run: bool = job.dry_run
        self.say = say  # one line for the operator: stderr of a command, the job's events
        self._opened = False

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Check the parameters and return them as they are kept (JSON, no secrets).

        Called inside the clinic, before a job is made. Raises `JobParametersError` with `field`.
        Two jobs whose cleaned parameters are equal are the same work: starting it again resumes.
        """
        return dict(parameters)

    def open(self) -> None:
        """The engine's: call `start` once."""
        if not self._opened:
            self._opened = True
            self.start()

    def start(self) -> None:  # noqa: B027  most need none
        """Called once in each process before its first item: open sessions here."""

    def close(self) -> None:  # noqa: B027
        """Called once in each process after its last item, also after a failure."""

    def reconcile(self) -> Reconciliation:
        """Compare source and result after the work; reads both again, trusts no counter."""
        return Reconciliation()

    def undo(self, link: SourceLink, target: Model | None) -> None:
        """Take back what this job made, inside a transaction. `target` is None when it is gone.

        Raises `ItemError("changed_since")` when somebody has worked on it since. What the source
        had before is never touched. The default refuses: a kind that can be rolled back says how.
        """
        raise NotImplementedError

    # --- The ledger of what came from where ------------------------------------------------------

    def link(self, source_id: str) -> SourceLink | None:
        """Return what an item of the source became in this or an earlier job."""
        return SourceLink.objects.filter(source=self.source, source_id=source_id).first()

    def known(self, source_id: str) -> Outcome | None:
        """Return what to answer for an item that was made before; None where it is to be made.

        Made by this job, in a run that was cut off before it could say so: `Done`. Made by an
        earlier job: `Skipped`, as `already_there`, or as `removed_here` where people have removed
        it since; it is not brought back.
        """
        link = self.link(source_id)
        if link is None:
            return None
        if link.job_id == self.job.pk:
            return Done(result=link.facts)
        there = apps.get_model(link.target_type)._base_manager.filter(pk=link.target_id).exists()
        return Skipped("already_there" if there else "removed_here", link.facts)

    def links(self, source_ids: Iterable[str]) -> dict[str, SourceLink]:
        """The same for many, in one query."""
        found = SourceLink.objects.filter(source=self.source, source_id__in=list(source_ids))
        return {one.source_id: one for one in found}

    def remember(self, source_id: str, target: Model, **facts: Any) -> SourceLink:
        """Note what an item became, in the same transaction that makes it.

        The pair of source and id is unique, so two who import the same cannot both commit. It
        stays when the target is deleted, so that what people removed does not come back. Does
        nothing in a dry run but return an unsaved link.
        """
        (link,) = self.remember_all([(source_id, target, facts)])
        return link

    def remember_all(self, made: Iterable[tuple[str, Model, dict[str, Any]]]) -> list[SourceLink]:
        """The same for several: of each the id in the source, what it became, and facts."""
        links = [
            SourceLink(
                source=self.source,
                source_id=source_id,
                job=self.job,
                target_type=target._meta.label_lower,
                target_id=target.pk,
                facts=facts,
            )
            for source_id, target, facts in made
        ]
        if not self.dry_run:
            SourceLink.objects.bulk_create(links)
        return links

    @property
    def source(self) -> str:
        """The name under which `SourceLink` keeps where things came from; at most 50 characters.

        Several kinds that read the same system share it.
        """
        return self.name


class ItemKind(Kind):
    """Work with a row for each item.

    The engine calls `list_items` once (again after a crash: what is listed already is left), then
    `process` for each item in some process or thread, possibly a second time after a crash, but
    never twice at once. Whatever `process` does must therefore be in one transaction together
    with `remember`, or look first whether it has been done.
    """

    concurrency: ClassVar[int] = 2  # workers on one job unless the parameters say otherwise
    max_attempts: ClassVar[int] = 5  # of an item whose errors are transient
    chunk: ClassVar[int] = 20  # items that a worker takes at a time
    together: ClassVar[bool] = False  # whether a chunk goes to `process_together`

    @abstractmethod
    def list_items(self) -> Iterator[NewItem]:
        """Yield every item of the source, in a stable order; a million must not fill memory."""

    @abstractmethod
    def process(self, item: WorkItem) -> Outcome:
        """Do one item. Not inside a transaction. In a dry run: everything but write.

        Raises `ItemError` (permanent), `TransientError` (tried again), `StopRunError` (the run
        ends for now). Anything else is taken for transient and logged with its traceback.
        """

    def process_together(
        self, items: Sequence[WorkItem]
    ) -> Iterator[tuple[WorkItem, Outcome | ItemError]]:
        """Do a chunk of items at a stroke: fewer transactions and queries than one by one.

        Called instead of `process` where the kind says `together`, with items that have not been
        tried before: whoever died of an item, or failed, tries each alone, so that the reason and
        the blame are the item's own. Each item is yielded once, with what became of it. It is not
        known to be over before all are; so what it does must be found done, as with `process`.
        Items that were not yielded when it raises are done one by one.
        """
        for item in items:
            yield item, self.process(item)


@dataclass(frozen=True)
class RowFailure:
    """A row that was not taken: its line, what is wrong, and the row for the file of rejects.

    `remedy` is what to do, where that is not plain from `detail`.
    """

    source_id: str  # `line 17`
    code: str
    detail: str
    column: str = ""
    row: dict[str, str] = field(default_factory=dict)
    remedy: str = ""


@dataclass(frozen=True)
class Batch:
    """Rows of a stream, and where the stream stands after them."""

    rows: list[Any]
    position: dict[str, Any]  # JSON; given to `read` to go on behind this batch


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch. `more`: so many of its rows had not been told by `count`."""

    done: int = 0
    skipped: int = 0
    failures: tuple[RowFailure, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # by code, added up in the report
    more: int = 0


class StreamKind(Kind):
    """Rows in batches, by one worker at a time; a batch and its position are one transaction.

    Rows that failed and are to be tried again wait in the ledger (`job.items`); `read` yields them
    first, from what the source says now.
    """

    @abstractmethod
    def count(self) -> int | None:
        """Return how many rows there are, or None where only reading all of them would tell."""

    @abstractmethod
    def read(self, position: dict[str, Any]) -> Iterator[Batch]:
        """Yield batches from a position on; `{}` is the beginning. Memory stays flat."""

    @abstractmethod
    def process_batch(self, batch: Batch) -> BatchResult:
        """Do a batch inside the engine's transaction. In a dry run: everything but write.

        It is called again when the transaction fails or the process dies before its commit.
        """


K = TypeVar("K", bound=Kind)
_kinds: dict[str, type[Kind]] = {}


def register(kind: type[K]) -> type[K]:
    """Make a kind known; used as a decorator in an app's `job_kinds.py`."""
    known = _kinds.setdefault(kind.name, kind)
    if known is not kind:
        raise ValueError(f"Two kinds of job are called {kind.name!r}.")
    return kind


def kind_of(name: str) -> type[Kind]:
    """Return a kind by its name. Raises `LookupError`."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"No app brings a kind of job called {name!r}.") from None


def kinds() -> dict[str, type[Kind]]:
    return dict(sorted(_kinds.items()))
