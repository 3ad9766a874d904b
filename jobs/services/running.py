"""A job from its beginning to its end: listing, working, comparing. In the foreground or by slices.

A foreground run is one process with some threads; a background run is any number of Celery tasks.
Both go through the same phases, and each phase can be begun again after a crash.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from django.db import connection
from django_tenants.utils import tenant_context

from accounts.tenancy import current_tenant
from jobs.errors import ItemError, JobStateError, StopRunError
from jobs.kinds import ItemKind, Kind, Reconciliation, Say, StreamKind, kind_of, silent
from jobs.models import ItemState, Job, JobItem, JobPhase, JobState
from jobs.services import ledger
from jobs.services.control import begin, note, start_job, stop
from jobs.services.streaming import stream
from jobs.services.workers import only_one
from jobs.services.working import (
    LOST_CONNECTION,
    Leaving,
    Shift,
    as_item_error,
    is_lost,
    work,
)

log = logging.getLogger(__name__)
__all__ = ["run_job", "run_slice", "start_job"]
MOST_GAPS = 1_000  # kept in the report; the number of all of them stands beside
RECONNECTS = 10  # times in a row that a run survives the loss of its connection
STEADY = 60.0  # seconds that a connection held; then its loss is the first again
GAPS, INCOMPLETE = "gaps", "items_failed"
Watch = Callable[[Job], None]


def run_job(
    job: Job,
    *,
    say: Say = silent,
    concurrency: int | None = None,
    over: threading.Event | None = None,
) -> Job:
    """Run a job to its end in this process, with `concurrency` threads; return it as it is then.

    Setting `over` interrupts it after the items in hand. Raises `JobStateError` where it cannot
    run or another process conducts it.
    """
    shift = Shift(over or threading.Event())
    lost = 0
    with only_one(f"conduct:{job.pk}") as alone:
        if not alone:
            raise JobStateError("Another process is running this job at this moment.")
        if not begin(job):
            raise JobStateError(f"The job is {JobState(job.state).label.lower()}.")
        kind = kind_of(job.kind)(job, say)
        with closing(kind):
            while True:
                began = time.monotonic()
                try:
                    if lost:  # the answer to a change of phase may be what was lost
                        job.refresh_from_db()
                    _conduct(job, kind, shift, concurrency)
                    break
                except LOST_CONNECTION:
                    lost = 1 if time.monotonic() - began >= STEADY else lost + 1
                    if not is_lost() or lost > RECONNECTS:
                        raise
                    connection.close()
                    shift.over.wait(ledger.full_jitter(lost))
    job.refresh_from_db()
    return job


def run_slice(job: Job, *, seconds: float) -> Leaving:
    """Go on with a background job for a while; say whether there is more to do."""
    end = time.monotonic() + seconds
    shift = Shift(threading.Event(), until=lambda: time.monotonic() >= end, waits=False)
    try:
        return _slice(job, shift)
    except LOST_CONNECTION:
        if not is_lost():
            raise
        connection.close()
        return Leaving.LATER


def _slice(job: Job, shift: Shift) -> Leaving:
    kind = kind_of(job.kind)(job, lambda line: note(job, line))
    with closing(kind):
        if job.phase == JobPhase.WORKING and isinstance(kind, ItemKind):
            leaving = _guarded(job, kind, lambda: work(job, kind, shift))
            if leaving != Leaving.NOTHING_LEFT:
                return leaving
        with only_one(f"conduct:{job.pk}") as alone:
            if not alone:
                return Leaving.LATER
            job.refresh_from_db()
            if job.state != JobState.RUNNING:
                return Leaving.ASKED
            return _conduct(job, kind, shift, 1)


def _conduct(job: Job, kind: Kind, shift: Shift, concurrency: int | None) -> Leaving:
    return _guarded(job, kind, lambda: _phases(job, kind, shift, concurrency))


def _guarded(job: Job, kind: Kind, run: Callable[[], Leaving]) -> Leaving:
    """Run and see that the job's row says how it ended, whatever happened."""
    try:
        kind.open()
        leaving = run()
    except StopRunError as error:
        stop(job, JobState.INTERRUPTED, error.code, error.detail)
        return Leaving.ASKED
    except ItemError as error:
        stop(job, JobState.FAILED, error.code, error.detail)
        return Leaving.ASKED
    except Exception as error:
        if is_lost():
            raise  # whoever called us reconnects; the job goes on
        failure = as_item_error(error)
        stop(job, JobState.FAILED, failure.code, failure.detail)
        raise
    job.refresh_from_db(fields=["state"])
    if job.state in {JobState.PAUSING, JobState.CANCELLING}:
        if not ledger.what_is_left(job).leased:
            stop(job, JobState.INTERRUPTED)
        return Leaving.ASKED
    return leaving


def _phases(job: Job, kind: Kind, shift: Shift, concurrency: int | None) -> Leaving:
    if job.phase == JobPhase.LISTING:
        if not _list(job, kind, shift):
            return _leave(job, shift)
        _enter(job, JobPhase.WORKING)
    if job.phase == JobPhase.WORKING:
        leaving = (
            stream(job, kind, shift)
            if isinstance(kind, StreamKind)
            else _crew(job, kind, shift, concurrency)  # type: ignore[arg-type]
        )
        if leaving != Leaving.NOTHING_LEFT:
            return _leave(job, shift) if leaving == Leaving.LATER else leaving
        _enter(job, JobPhase.CHECKING)
    _finish(job, kind.reconcile(), kind.gap)
    return Leaving.NOTHING_LEFT


def _leave(job: Job, shift: Shift) -> Leaving:
    """In the foreground, leaving before the end is an interruption; a slice only ends."""
    if shift.over.is_set():
        stop(job, JobState.INTERRUPTED, "stopped", "Start it again to go on.")
        return Leaving.ASKED
    return Leaving.LATER


def _list(job: Job, kind: Kind, shift: Shift) -> bool:
    """List the source into the ledger; say whether it was listed whole."""
    if isinstance(kind, StreamKind):
        Job.objects.filter(pk=job.pk).update(total=kind.count())
        return True
    assert isinstance(kind, ItemKind)  # noqa: S101  there are two sorts
    for seen in ledger.add_items(job, kind.list_items()):
        # Only while it is listed: who lists again is not always who ends it.
        Job.objects.filter(pk=job.pk, phase=JobPhase.LISTING).update(total=seen)
        if shift.over.is_set() or ledger.state_of(job) != JobState.RUNNING:
            return False
    total = JobItem.objects.filter(job=job).count()
    Job.objects.filter(pk=job.pk).update(total=total)
    return True


def _crew(job: Job, kind: ItemKind, shift: Shift, concurrency: int | None) -> Leaving:
    """Work with some threads; a run with one needs none."""
    number = concurrency or kind.concurrency
    if number == 1:
        return work(job, kind, shift)
    account = current_tenant()

    def one() -> Leaving:
        try:
            with tenant_context(account):
                return work(Job.objects.get(pk=job.pk), kind, shift)
        except BaseException:
            shift.over.set()  # the others must not go on alone
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(number, thread_name_prefix="job") as crew:
        ways = [future.result() for future in [crew.submit(one) for _ in range(number)]]
    for leaving in (Leaving.ASKED, Leaving.LATER):
        if leaving in ways:
            return leaving
    return Leaving.NOTHING_LEFT


def _enter(job: Job, phase: JobPhase) -> None:
    Job.objects.filter(pk=job.pk).update(phase=phase)
    job.refresh_from_db()


def _finish(job: Job, found: Reconciliation, gap_word: str) -> None:
    job.refresh_from_db()
    missing = len(found.gaps)
    job.report = {
        **found.report,
        "gaps": [
            {"source_id": gap.source_id, "code": gap.code, "detail": gap.detail}
            for gap in found.gaps[:MOST_GAPS]
        ],
        "gaps_found": missing,
    }
    job.save(update_fields=["report", "updated_at"])
    if missing:
        stop(job, JobState.FAILED, GAPS, f"{missing} of the source are {gap_word}.")
    elif job.failed:
        stop(job, JobState.FAILED, INCOMPLETE, f"{job.failed} items failed; each has its reason.")
    elif not _whole(job):
        stop(job, JobState.FAILED, GAPS, "Some items are neither done, skipped nor failed.")
    else:
        stop(job, JobState.SUCCEEDED)


def _whole(job: Job) -> bool:
    """Say whether each listed item is over, by the items themselves."""
    over = (ItemState.DONE, ItemState.SKIPPED, ItemState.FAILED)
    return not JobItem.objects.filter(job=job).exclude(state__in=over).exists()
