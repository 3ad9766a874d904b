"""Rows by the hundred thousand: a batch, its counts and the position are one transaction."""

import json
from collections import Counter

import pghistory
from django.db import connection, transaction

from jobs.errors import StopRunError
from jobs.kinds import Batch, BatchResult, RowFailure, StreamKind
from jobs.models import Job, JobState
from jobs.services import ledger
from jobs.services.control import stop
from jobs.services.working import LOST_CONNECTION, TOO_MANY, Leaving, Shift, forget_queries

ATTEMPTS = 5  # of a batch whose transaction fails for reasons that may pass


def stream(job: Job, kind: StreamKind, shift: Shift) -> Leaving:
    """Do the batches of a job from where it stands."""
    failures = 0
    while not shift.ended():
        try:
            with pghistory.context(job=f"{job.kind} {job.pk}"):
                return _stream(job, kind, shift)
        except LOST_CONNECTION:
            failures += 1
            if failures >= ATTEMPTS:
                raise
            connection.close()
            shift.over.wait(ledger.full_jitter(failures))
            job.refresh_from_db()
    return Leaving.LATER


def _stream(job: Job, kind: StreamKind, shift: Shift) -> Leaving:
    batches = iter(kind.read(job.position))
    while not shift.ended():
        try:
            batch = next(batches, None)
            if batch is None:
                return Leaving.NOTHING_LEFT
            state = _commit(job, kind, batch)
        except StopRunError as error:
            stop(job, JobState.INTERRUPTED, error.code, error.detail)
            return Leaving.ASKED
        forget_queries()
        if state != JobState.RUNNING:
            return Leaving.ASKED
        if _fails_too_often(job, kind):
            stop(
                job,
                JobState.FAILED,
                TOO_MANY,
                f"{job.failed} of {job.processed} rows failed. Look at the reasons, mend the file"
                " and start again.",
            )
            return Leaving.ASKED
    return Leaving.LATER


def _commit(job: Job, kind: StreamKind, batch: Batch) -> JobState:
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.position != job.position:  # another process has been here
            raise StopRunError("elsewhere", "Another process goes on with this job.")
        result = kind.process_batch(batch)
        _add_failures(job, result.failures)
        _count(locked, result)
        locked.position = batch.position
        locked.save()
    for name in ("total", "done", "skipped", "failed", "counts", "position", "state"):
        setattr(job, name, getattr(locked, name))
    return JobState(locked.state)


def _count(job: Job, result: BatchResult) -> None:
    job.done += result.done
    job.skipped += result.skipped
    job.failed += len(result.failures)
    if job.total is not None:
        job.total += result.more
    counts = Counter(job.counts)
    counts.update(result.counts)
    counts.update(failure.code for failure in result.failures)
    job.counts = dict(counts)


def _add_failures(job: Job, failures: tuple[RowFailure, ...]) -> None:
    if not failures:
        return
    rows = [
        {
            "source_id": failure.source_id,
            "code": failure.code,
            "detail": f"{failure.column}: {failure.detail}".removeprefix(": ")[: ledger.DETAIL],
            "remedy": failure.remedy,
            "payload": {"column": failure.column, "row": failure.row},
        }
        for failure in failures
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_jobitem (job_id, source_id, payload, state, attempts, code, detail,
                                      remedy, result, updated_at)
            SELECT %s, source_id, payload, 'failed', 1, code, detail, remedy, '{}', now()
              FROM jsonb_to_recordset(%s::jsonb)
                   AS made(source_id text, payload jsonb, code text, detail text,
                           remedy text)""",
            [job.pk, json.dumps(rows)],
        )


def _fails_too_often(job: Job, kind: StreamKind) -> bool:
    tried = job.done + job.skipped + job.failed
    return tried >= kind.min_tried and job.failed > tried * kind.max_failed_share
