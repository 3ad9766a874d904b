"""A worker's day: take some items, do each, note what became of it, until there are none."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import pghistory
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InterfaceError, OperationalError, connection, reset_queries

from accounts.errors import ProblemError
from jobs.errors import ItemError, StopRunError, TransientError
from jobs.kinds import ItemKind, Outcome, WorkItem
from jobs.models import Job, JobState
from jobs.services import ledger
from jobs.services.control import stop
from jobs.services.ledger import Leased
from jobs.services.workers import Worker

log = logging.getLogger(__name__)
LOST_CONNECTION = (OperationalError, InterfaceError)
SHORT, LOOK_AGAIN = 0.1, 1.0  # seconds, while others have the last items in hand
TOO_MANY = "too_many_failures"


class Leaving(Enum):
    """Why a worker went home."""

    NOTHING_LEFT = "nothing left"
    ASKED = "asked"  # a wish to pause, to cancel, or an error that ends the run
    LATER = "later"  # the time is up, or what is left must wait


@dataclass(frozen=True)
class Shift:
    """How long to work: until `over` is set, or `until` says so."""

    over: threading.Event
    until: Callable[[], bool] = lambda: False
    waits: bool = True  # for items whose time has not come; else `LATER`

    def ended(self) -> bool:
        return self.over.is_set() or self.until()


class LostWorkerError(Exception):
    """The connection that our lock lived on is gone: what we had in hand belongs to others."""


def work(job: Job, kind: ItemKind, shift: Shift) -> Leaving:
    """Do items of a job, reconnecting as often as the database lets go of us."""
    while not shift.ended():
        try:
            with pghistory.context(job=f"{job.kind} {job.pk}"):
                return _shift(job, kind, shift)
        except LostWorkerError:
            connection.close()
            log.warning("A worker lost its connection and begins again", extra={"job": str(job.pk)})
            shift.over.wait(ledger.full_jitter(1))
        except LOST_CONNECTION:
            if not is_lost():
                raise
            connection.close()
            shift.over.wait(ledger.full_jitter(1))
    return Leaving.LATER


def _shift(job: Job, kind: ItemKind, shift: Shift) -> Leaving:
    worker = Worker()
    try:
        while not shift.ended():
            if ledger.state_of(job) != JobState.RUNNING:
                return Leaving.ASKED
            ledger.reclaim(job)
            items = ledger.lease(job, worker.number, kind.chunk)
            if items:
                if _do_all(job, kind, worker.number, items, shift):
                    return Leaving.ASKED
                continue
            left = ledger.what_is_left(job)
            if not left.waiting and not left.leased:
                return Leaving.NOTHING_LEFT
            if not shift.waits:
                return Leaving.LATER
            shift.over.wait(
                min(max(left.wait, 0.05), LOOK_AGAIN) if left.waiting else LOOK_AGAIN / 4
            )
        return Leaving.LATER
    finally:
        if not is_lost():
            ledger.release(job, worker.number)
            worker.leave()


def _do_all(job: Job, kind: ItemKind, worker: int, items: list[Leased], shift: Shift) -> bool:
    """Do the items in hand; return whether the run is to stop."""
    left: list[Leased] = items
    # An item that has failed, or that a worker died of, is tried alone.
    if kind.together and len(items) > 1 and all(item.attempt == 1 for item in items):
        state, left = _do_together(job, kind, worker, items)
        if state != JobState.RUNNING:
            return True
    for item in left:
        if shift.ended():
            return False
        alone = _do(job, kind, worker, item)
        if alone is not None and alone != JobState.RUNNING:
            return True
    forget_queries()
    job.refresh_from_db(fields=["done", "skipped", "failed", "state"])
    if _fails_too_often(job, kind):
        stop(
            job,
            JobState.FAILED,
            TOO_MANY,
            f"{job.failed} of {job.processed} items failed. Look at the reasons, mend the cause and"
            " start the job again.",
        )
        return True
    return False


def _do_together(
    job: Job, kind: ItemKind, worker: int, items: list[Leased]
) -> tuple[JobState, list[Leased]]:
    """Do items at a stroke; return the job's state and the items that are to be done alone."""
    waiting = {item.source_id: item for item in items}
    results: list[tuple[Leased, Outcome | ItemError]] = []
    stopped: StopRunError | None = None
    try:
        asked = [WorkItem(item.source_id, item.payload, item.attempt) for item in items]
        for item, result in kind.process_together(asked):
            results.append((waiting.pop(item.source_id), result))
    except StopRunError as error:
        stopped = error
    except Exception as error:
        if is_lost():
            raise LostWorkerError from error
        # Which item it was of is not known yet; done alone, that one will say it again.
        log.info("A chunk of items is done one by one", extra={"job": str(job.pk)})
    if is_lost():
        raise LostWorkerError
    state = ledger.close_items(job, worker, results, max_attempts=kind.max_attempts)
    if stopped is not None:
        stop(job, JobState.INTERRUPTED, stopped.code, stopped.detail)
        return JobState.INTERRUPTED, []
    return state, list(waiting.values())


def _do(job: Job, kind: ItemKind, worker: int, item: Leased) -> JobState | None:
    if item.attempt > kind.max_attempts:
        error = ItemError("worker_died", "Each worker that had it in hand died of it.")
        return ledger.fail_item(job, worker, item, error, max_attempts=kind.max_attempts)
    try:
        outcome = kind.process(WorkItem(item.source_id, item.payload, item.attempt))
    except StopRunError as error:
        stop(job, JobState.INTERRUPTED, error.code, error.detail)
        return JobState.INTERRUPTED
    except Exception as error:
        if is_lost():
            raise LostWorkerError from error
        failure = as_item_error(error, item)
        return ledger.fail_item(job, worker, item, failure, max_attempts=kind.max_attempts)
    if is_lost():
        raise LostWorkerError
    return ledger.finish_item(job, worker, item, outcome)


def as_item_error(error: Exception, item: Leased | None = None) -> ItemError:
    """Say of any exception what the ledger keeps of it; an unforeseen one is logged in full."""
    if isinstance(error, ItemError):
        return error
    if isinstance(error, ProblemError):
        kind = TransientError if error.status >= 500 else ItemError  # noqa: PLR2004
        return kind(error.code, error.detail)
    if isinstance(error, ValidationError):
        return ItemError("invalid", "; ".join(error.messages))
    code = "database" if isinstance(error, DatabaseError) else "unexpected"
    log.warning(
        "An item failed unexpectedly",
        exc_info=error,
        extra={"item": item.pk if item else None},
    )
    return TransientError(code, type(error).__name__)


def _fails_too_often(job: Job, kind: ItemKind) -> bool:
    tried = job.done + job.failed
    return tried >= kind.min_tried and job.failed > tried * kind.max_failed_share


def forget_queries() -> None:
    """Keep memory flat in development, where Django remembers what was asked."""
    if not connection.force_debug_cursor:
        reset_queries()


def is_lost() -> bool:
    """Say whether our connection is gone, and our locks with it."""
    raw = connection.connection
    return raw is None or bool(raw.closed)
