"""A file of another system comes in exactly once, and never again after people removed it.

The order is an upload's: announce the row, write the bytes, show the document. What an import adds
is the note of where it came from (`SourceLink`), written in the transaction that shows it. So
either there is both, or neither, and then the announced row is what a crashed attempt left behind.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.errors import ProblemError
from accounts.models import User
from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document, DocumentState, ImageBatch
from documents.registry import DocumentPolicy
from documents.services.announcing import OCCUPIED, announce_imported
from documents.services.arrival import SHOWN, is_held_back
from documents.services.preparing import NewDocument, prepare_document
from documents.services.showing import UNFINISHED, discard, show_all, withdrawn_on_failure
from documents.services.storing import put_behind
from documents.services.trash import trash_time
from jobs.errors import ItemError, TransientError
from jobs.kinds import Kind
from jobs.models import SourceLink

AT_ONCE = 25  # files that are announced together
LEFT_BEHIND = (DocumentState.PENDING, DocumentState.VERIFYING)
NEVER_SHOWN = (*LEFT_BEHIND, DocumentState.REJECTED, DocumentState.PURGING)
QUARANTINED = "quarantined"  # what kinds of import say and count of a file that is held back
GONE_FROM_HERE = ("removed_here", "It was imported before and has been removed here since.")
Imported = tuple[Document, bool]  # False: an earlier job, or an attempt of this one, has made it
Results = dict[str, Imported | ItemError]  # by the id in the source


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A file of another system and the record that it belongs to."""

    source_id: str
    policy: DocumentPolicy
    owner: Model
    new: NewDocument
    uploaded_by: User | None = None
    uploaded_at: datetime | None = None
    batch: ImageBatch | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # for its `SourceLink`


def import_document(*, kind: Kind, **incoming: Any) -> Imported:
    """Attach one file, described as `Incoming` is. Raises the `ItemError` of `import_documents`."""
    (result,) = import_documents(kind, [Incoming(**incoming)])
    if isinstance(result, ItemError):
        raise result
    return result


def import_documents(kind: Kind, incoming: Iterable[Incoming]) -> list[Imported | ItemError]:
    """Attach files of another system to records; say of each, in their order, what became of it.

    A few at a time are announced in one transaction and shown in another, each with where it came
    from; the bytes of some are written while the next are taken from `incoming` and looked at. What
    is wrong with one touches none of the others. The number of files that a record may have is not
    looked at. In a dry run each file is verified and an unsaved document returned. Must not run
    inside a transaction; each `source_id` comes once. Contents stay open until this returns.

    An error is an `ItemError`: `removed_here` where people have removed the document since, the
    refusal's own code where the file is not accepted; `TransientError` where the store is away or
    another worker was faster.
    """
    results: Results = {}
    names: list[str] = []
    behind: deque[_Part] = deque()
    left = iter(incoming)
    try:
        while few := {one.source_id: one for one in islice(left, AT_ONCE)}:
            names += few
            ready = _ready(kind, few, results)
            if kind.dry_run:
                results |= {name: (document, True) for name, document in ready.items()}
                continue
            behind.append(_begun(few, ready, results))
            if len(behind) > 1:
                _finish(kind, behind[0], results)
                behind.popleft()
        while behind:
            _finish(kind, behind[0], results)
            behind.popleft()
    except BaseException:
        # Nothing writes on when this has returned, nor reads from what is closed then.
        wait([one for part in behind for one in part.written.values() if not one.cancel()])
        raise
    return [results[name] for name in names]


@dataclass(frozen=True)
class _Part:
    """Files that are announced, and on their way into the store."""

    incoming: dict[str, Incoming]
    announced: dict[str, Document]
    written: "dict[str, Future[None]]"


def _begun(incoming: dict[str, Incoming], ready: dict[str, Document], results: Results) -> _Part:
    announced = _announce(ready, results)
    written = {
        name: put_behind(document, incoming[name].new.content)
        for name, document in announced.items()
    }
    return _Part(incoming, announced, written)


def _finish(kind: Kind, part: _Part, results: Results) -> None:
    for name, document in part.announced.items():
        with _reason_kept(results, name), withdrawn_on_failure(document):
            part.written[name].result()
    stored = {name: one for name, one in part.announced.items() if name not in results}
    _show(kind, stored, part.incoming, results)


def _ready(kind: Kind, incoming: dict[str, Incoming], results: Results) -> dict[str, Document]:
    """Return the documents that new files will be; of the others, note what is known."""
    results |= _made_before(kind, [*incoming.values()])
    ready: dict[str, Document] = {}
    for name, one in incoming.items():
        if name not in results:
            with _reason_kept(results, name):
                ready[name] = _prepared(kind, one)
    return ready


def _made_before(kind: Kind, incoming: Sequence[Incoming]) -> Results:
    links = kind.links(one.source_id for one in incoming)
    documents = Document.objects.in_bulk([link.target_id for link in links.values()])
    found: Results = {}
    for source_id, link in links.items():
        document = documents.get(link.target_id)
        here = document is not None and document.state in OCCUPIED
        found[source_id] = (document, False) if document and here else ItemError(*GONE_FROM_HERE)
    return found


def _prepared(kind: Kind, one: Incoming) -> Document:
    document = prepare_document(
        policy=one.policy,
        owner=one.owner,
        new=one.new,
        uploaded_by=one.uploaded_by,
        batch=one.batch,
    )
    document.source, document.source_id = kind.source, one.source_id
    document.uploaded_at = one.uploaded_at
    return document


def _announce(ready: dict[str, Document], results: Results) -> dict[str, Document]:
    """Announce all together, or each alone where one is in the way; return what is announced."""
    if len(ready) > 1:
        try:
            announce_imported([*ready.values()])
        except (IntegrityError, ValidationError, ProblemError):  # each alone says what it is
            pass
        else:
            return ready
    for source_id, document in ready.items():
        with _reason_kept(results, source_id):
            _announce_one(document)
    return {name: one for name, one in ready.items() if name not in results}


def _announce_one(document: Document) -> None:
    try:
        announce_imported([document])
    except IntegrityError:  # there is a row of this source already
        _clear_the_way(document)
        announce_imported([document])


def _show(
    kind: Kind,
    stored: dict[str, Document],
    incoming: Mapping[str, Incoming],
    results: Results,
) -> None:
    """Show what is stored, each together with the note of where it came from."""
    if not stored:
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Need not wait for the disk: what a power cut takes is announced, and found so.
            cursor.execute("SET LOCAL synchronous_commit = off")
            shown = {one.source_id: one for one in show_all([*stored.values()])}
            kind.remember_all(
                (name, one, _facts(one, incoming[name])) for name, one in shown.items()
            )
    except IntegrityError:
        if len(stored) > 1:
            for source_id, document in stored.items():
                _show(kind, {source_id: document}, incoming, results)
            return
        ((source_id, document),) = stored.items()
        _give_up(document)
        results[source_id] = TransientError("already_made", "Another worker has made it meanwhile.")
        return
    for source_id, document in stored.items():
        if source_id in shown:
            results[source_id] = (document, True)
        else:
            discard(document)
            results[source_id] = TransientError("given_up", "It took too long and was given up.")


def _facts(document: Document, one: Incoming) -> dict[str, Any]:
    return {"sha256": document.sha256, "size": document.file_size, **one.facts}


@contextmanager
def _reason_kept(results: Results, source_id: str) -> Iterator[None]:
    """Take one file a step further, or keep the reason why not."""
    try:
        with _as_item_errors():
            yield
    except ItemError as error:
        results[source_id] = error


def outcome_code(document: Document, otherwise: str) -> str:
    """Return the code of what an import made: `quarantined` for what nobody sees yet."""
    return QUARANTINED if is_held_back(document) else otherwise


def take_back_document(document: Document) -> None:
    """Undo an import: the document goes into the trash and no longer counts as imported.

    What is in the quarantine stays there, where staff delete it: nobody has seen it. Raises
    `ItemError("changed_since")` where people have worked on it. Inside a transaction.
    """
    locked = Document.objects.select_for_update().get(pk=document.pk)
    if locked.legal_hold:
        raise ItemError("legal_hold", "The document is under a legal hold.", "Release it first.")
    if locked.state == DocumentState.AVAILABLE:
        now = timezone.now()
        locked.state, locked.trashed_at = DocumentState.TRASHED, now
        locked.purge_after = now + trash_time()
    locked.metadata = {
        **locked.metadata,
        "rolled_back_from": {"source": locked.source, "source_id": locked.source_id},
    }
    locked.source = locked.source_id = ""
    locked.save()


def _clear_the_way(document: Document) -> None:
    """Let go of rows that an attempt left behind which never got to showing its document.

    Their bytes are cleared by the sweep. A worker that is still writing finds its row gone when it
    wants to show it (`show`) and gives up.
    """
    same = Document.objects.filter(source=document.source, source_id=document.source_id)
    with transaction.atomic():
        for left in same.select_for_update():
            if left.state in SHOWN and _is_noted(left):
                raise TransientError("already_made", "Another worker has made it meanwhile.")
            if left.state not in NEVER_SHOWN:
                raise ItemError(*GONE_FROM_HERE)
            if left.state in LEFT_BEHIND:
                left.state, left.state_reason = DocumentState.PURGING, UNFINISHED
            left.source = left.source_id = ""
            left.save()


def _is_noted(document: Document) -> bool:
    return SourceLink.objects.filter(
        source=document.source, source_id=document.source_id, target_id=document.pk
    ).exists()


def _give_up(document: Document) -> None:
    Document.objects.filter(pk=document.pk, state=DocumentState.PENDING).update(
        state=DocumentState.PURGING, state_reason=UNFINISHED, source="", source_id=""
    )
    discard(document)


@contextmanager
def _as_item_errors() -> Iterator[None]:
    """Say in the engine's words what the documents' services say in theirs."""
    try:
        yield
    except (StoreUnavailableError, DocumentStateError) as error:
        raise TransientError(error.code, error.detail) from error
    except IntegrityError as error:
        raise TransientError("already_made", "Another worker is making it.") from error
    except ValidationError as error:
        raise ItemError("invalid", "; ".join(error.messages)) from error
    except ProblemError as error:
        raise ItemError(error.code, error.detail) from error
