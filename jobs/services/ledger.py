"""The items of a job: listed, handed out, and what became of each.

Every change of an item and of the job's counts is one statement, so that they cannot disagree. An
item is changed only by the worker that has it in hand: who lost it meanwhile changes nothing.
These statements do not wait for the disk: what a power cut takes is done again, and doing it again
finds it done.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from jobs.errors import ItemError, TransientError
from jobs.kinds import NewItem, Outcome, Skipped
from jobs.models import ItemState, Job, JobItem, JobState
from jobs.services.workers import living

LIST_BATCH = 1_000
LEASE = "1 hour"  # for a worker that hangs; a dead one is known at once
BASE_WAIT, LONGEST_WAIT = 1.0, 300.0  # seconds between attempts
# In front of a statement and sent with it, so both are one transaction and one round trip.
RELAXED = "SELECT set_config('synchronous_commit', 'off', true);"
DETAIL, REMEDY = 500, 300  # characters, as the columns


@dataclass(frozen=True)
class Leased:
    """An item in a worker's hand."""

    pk: int
    source_id: str
    payload: dict[str, Any]
    attempt: int


def add_items(job: Job, items: Iterable[NewItem]) -> Iterator[int]:
    """Store what is listed, a thousand at a time; yield how many have come by.

    What is there already, from a listing that was interrupted, is left as it is.
    """
    seen, source = 0, iter(items)
    while batch := list(islice(source, LIST_BATCH)):
        rows = [{"source_id": one.source_id, "payload": one.payload} for one in batch]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO jobs_jobitem (job_id, source_id, payload, state, attempts, code,
                                          detail, remedy, result, updated_at)
                SELECT %s, source_id, payload, 'waiting', 0, '', '', '', '{}', clock_timestamp()
                  FROM jsonb_to_recordset(%s::jsonb) AS made(source_id text, payload jsonb)
                    ON CONFLICT (job_id, source_id) DO NOTHING""",
                [job.pk, json.dumps(rows)],
            )
        seen += len(batch)
        yield seen


def lease(job: Job, worker: int, number: int) -> list[Leased]:
    """Take items that wait and whose time has come."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Materialized: a plan that asks for the next ones again for each row takes them all.
            f"""{RELAXED}
            WITH next AS MATERIALIZED (
                SELECT id FROM jobs_jobitem
                 WHERE job_id = %s AND state = 'waiting'
                   AND (not_before IS NULL OR not_before <= clock_timestamp())
                 ORDER BY not_before NULLS FIRST, id LIMIT %s FOR UPDATE SKIP LOCKED)
            UPDATE jobs_jobitem i
               SET state = 'leased', worker = %s, updated_at = clock_timestamp(),
                   leased_until = clock_timestamp() + interval '{LEASE}'
              FROM next WHERE i.id = next.id
            RETURNING i.id, i.source_id, i.payload, i.attempts""",
            [job.pk, number, worker],
        )
        found = [
            Leased(pk, source_id, _as_dict(payload), attempts + 1)
            for pk, source_id, payload, attempts in cursor.fetchall()
        ]
    return sorted(found, key=lambda item: item.pk)  # `reclaim` counts on this order


def finish_item(job: Job, worker: int, item: Leased, outcome: Outcome) -> JobState | None:
    """Note that an item is done or skipped; return the job's state, or None where it was lost."""
    state = ItemState.SKIPPED if isinstance(outcome, Skipped) else ItemState.DONE
    return _close(job, worker, item, state, outcome.code, result=outcome.result)


def fail_item(
    job: Job, worker: int, item: Leased, error: ItemError, *, max_attempts: int
) -> JobState | None:
    """Note a failure: for good, or until the next attempt where trying again may help."""
    if error.permanent or item.attempt >= max_attempts:
        detail, remedy = error.detail[:DETAIL], error.remedy[:REMEDY]
        return _close(job, worker, item, ItemState.FAILED, error.code, detail, remedy)
    after = error.after if isinstance(error, TransientError) else None
    wait = after if after is not None else full_jitter(item.attempt)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{RELAXED}
            UPDATE jobs_jobitem
               SET state = 'waiting', worker = NULL, leased_until = NULL, attempts = %s,
                   code = %s, detail = %s, updated_at = clock_timestamp(),
                   not_before = clock_timestamp() + make_interval(secs => %s)
             WHERE id = %s AND worker = %s AND state = 'leased'""",
            [item.attempt, error.code, error.detail[:DETAIL], wait, item.pk, worker],
        )
        return state_of(job)


def close_items(
    job: Job,
    worker: int,
    results: Sequence[tuple[Leased, Outcome | ItemError]],
    *,
    max_attempts: int,
) -> JobState:
    """Note what became of several items; return the job's state."""
    over = [(item, one) for item, one in results if not isinstance(one, ItemError)]
    rows = [
        {
            "id": item.pk,
            "state": ItemState.SKIPPED if isinstance(one, Skipped) else ItemState.DONE,
            "attempts": item.attempt,
            "code": one.code,
            "result": one.result,
        }
        for item, one in over
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""{RELAXED}
            UPDATE jobs_jobitem i
               SET state = said.state, attempts = said.attempts, code = said.code, detail = '',
                   remedy = '', result = said.result, worker = NULL, leased_until = NULL,
                   not_before = NULL, updated_at = clock_timestamp()
              FROM jsonb_to_recordset(%s::jsonb) AS said(
                   id bigint, state text, attempts int, code text, result jsonb)
             WHERE i.id = said.id AND i.worker = %s AND i.state = 'leased'
            RETURNING i.state, i.code""",
            [json.dumps(rows), worker],
        )
        _count(cursor, job, cursor.fetchall())
    for item, one in results:
        if isinstance(one, ItemError):
            fail_item(job, worker, item, one, max_attempts=max_attempts)
    return state_of(job)


def _count(cursor: Any, job: Job, closed: Sequence[tuple[str, str]]) -> None:
    """Add items that are over to the job's counts; whoever adds at the same time waits."""
    if not closed:
        return
    states = Counter(state for state, _ in closed)
    codes = sorted(Counter(code for _, code in closed).items())
    added = ", ".join(
        "%s::text, to_jsonb(coalesce((counts ->> %s)::bigint, 0) + %s)" for _ in codes
    )
    cursor.execute(
        f"UPDATE jobs_job SET done = done + %s, skipped = skipped + %s,"
        f" counts = counts || jsonb_build_object({added}), updated_at = clock_timestamp()"
        " WHERE id = %s",
        [
            states[ItemState.DONE],
            states[ItemState.SKIPPED],
            *(value for code, number in codes for value in (code, code, number)),
            job.pk,
        ],
    )


def full_jitter(attempt: int) -> float:
    """Return seconds to wait: anything up to a limit that doubles with each attempt."""
    return random.uniform(0, min(LONGEST_WAIT, BASE_WAIT * 2**attempt))  # noqa: S311


def release(job: Job, worker: int) -> int:
    """Give back what a worker has in hand and has not begun; return how many."""
    return JobItem.objects.filter(job=job, worker=worker, state=ItemState.LEASED).update(
        state=ItemState.WAITING, worker=None, leased_until=None
    )


def reclaim(job: Job) -> int:
    """Give back what dead workers had in hand; return how many.

    The first in the order of work was being done when its worker died, so that one has had an
    attempt: an item that kills every worker must not be tried for ever.
    """
    held = JobItem.objects.filter(job=job, state=ItemState.LEASED, worker__isnull=False)
    named = held.order_by().values_list("worker", flat=True).distinct()
    holders = {worker for worker in named if worker is not None}
    dead = sorted(holders - living(holders))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{RELAXED}
            WITH held AS (
                SELECT id, id = min(id) OVER (PARTITION BY worker) AS in_hand FROM jobs_jobitem
                 WHERE job_id = %s AND state = 'leased'
                   AND (worker = ANY(%s) OR leased_until < clock_timestamp()))
            UPDATE jobs_jobitem i
               SET state = 'waiting', worker = NULL, leased_until = NULL,
                   updated_at = clock_timestamp(),
                   attempts = attempts + held.in_hand::int,
                   code = CASE WHEN held.in_hand THEN 'worker_died' ELSE code END
              FROM held WHERE i.id = held.id AND i.state = 'leased'""",
            [job.pk, dead],
        )
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Left:
    """What of a job is not over: `wait` is seconds until the next may be tried."""

    waiting: int
    leased: int
    wait: float


def what_is_left(job: Job) -> Left:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE state = 'waiting'),
                   count(*) FILTER (WHERE state = 'leased'),
                   extract(epoch FROM min(coalesce(not_before, clock_timestamp()))
                           FILTER (WHERE state = 'waiting') - clock_timestamp())
              FROM jobs_jobitem WHERE job_id = %s AND state IN ('waiting', 'leased')""",
            [job.pk],
        )
        waiting, leased, wait = cursor.fetchone()
    return Left(waiting, leased, max(0.0, float(wait or 0)))


def retry_failed(job: Job) -> int:
    """Let the failed items of a job wait again, as if they had never been tried."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        failed = JobItem.objects.filter(job=job, state=ItemState.FAILED)
        codes = Counter(locked.counts)
        by_code = failed.order_by().values_list("code").annotate(number=Count("pk"))
        codes.subtract(dict(by_code))
        again = failed.update(state=ItemState.WAITING, attempts=0, not_before=None, worker=None)
        locked.failed -= again
        locked.counts = {code: number for code, number in codes.items() if number > 0}
        locked.save(update_fields=["failed", "counts", "updated_at"])
    return again


def state_of(job: Job) -> JobState:
    return JobState(Job.objects.values_list("state", flat=True).get(pk=job.pk))


def _close(
    job: Job,
    worker: int,
    item: Leased,
    state: ItemState,
    code: str,
    detail: str = "",
    remedy: str = "",
    result: dict[str, Any] | None = None,
) -> JobState | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{RELAXED}
            WITH closed AS (
                UPDATE jobs_jobitem
                   SET state = %s, attempts = %s, code = %s, detail = %s, remedy = %s,
                       result = %s, worker = NULL, leased_until = NULL, not_before = NULL,
                       updated_at = clock_timestamp()
                 WHERE id = %s AND worker = %s AND state = 'leased' RETURNING 1)
            UPDATE jobs_job
               SET {state.value} = {state.value} + 1, updated_at = clock_timestamp(),
                   counts = jsonb_set(counts, ARRAY[%s],
                                      to_jsonb(coalesce((counts ->> %s)::bigint, 0) + 1))
             WHERE id = %s AND EXISTS (SELECT 1 FROM closed) RETURNING state""",
            [
                *(state.value, item.attempt, code, detail, remedy, json.dumps(result or {})),
                *(item.pk, worker, code, code, job.pk),
            ],
        )
        row = cursor.fetchone()
    return JobState(row[0]) if row else None


def _as_dict(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found
