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
from jobs.kinds import ItemKind, WorkItem
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
    for item in items:
        if shift.ended():
            return False
        state = _do(job, kind, worker, item)
        if state is not None and state != JobState.RUNNING:
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
