"""Background runs: each task goes on with a job for some seconds and sends the next one.

A lost message, a killed worker, a restarted broker: `tend_jobs` looks each minute for jobs that
nobody works on and sends again. Too many messages do no harm: a slot of a job is filled once.
"""

from celery import shared_task
from django.core.cache import cache
from django.db import transaction

from accounts.everywhere import send_in_each_clinic
from jobs.kinds import ItemKind, kind_of
from jobs.models import Job, JobPhase, JobState
from jobs.services.control import begin
from jobs.services.ledger import what_is_left
from jobs.services.running import run_slice
from jobs.services.workers import only_one

SLICE = 20.0  # seconds; a deployment waits no longer than that for its workers
LONGEST_WAIT = 30.0  # seconds until somebody looks again whether an item's time has come
QUEUED = 90  # seconds for which a message is believed to be on its way
AT_WORK = (JobState.NEW, JobState.RUNNING, JobState.PAUSING, JobState.CANCELLING)


@shared_task
def advance_job(job_id: str, slot: int = 0) -> None:
    """Go on with a job for a while. `slot` is which of its workers this is."""
    cache.delete(_flag(job_id, slot))
    job = Job.objects.get(pk=job_id)
    if not job.background or job.state not in AT_WORK:
        return
    if job.state == JobState.NEW:
        begin(job)
    with only_one(f"slot:{job.pk}:{slot}") as ours:
        if not ours:
            return
        run_slice(job, seconds=SLICE)
    job.refresh_from_db()
    if job.state in AT_WORK:
        send_job(job, countdown=min(what_is_left(job).wait, LONGEST_WAIT))


def send_job(job: Job, *, countdown: float = 0.0) -> None:
    """Send for whoever this job needs now, when the transaction is through."""

    def send() -> None:
        for slot in range(_slots(job)):
            if cache.add(_flag(str(job.pk), slot), 1, timeout=QUEUED):
                advance_job.apply_async((str(job.pk), slot), countdown=countdown)

    transaction.on_commit(send)


@shared_task
def tend_jobs() -> int:
    """Send again for jobs of this clinic that nobody works on; return how many there are."""
    unfinished = Job.objects.filter(background=True, state__in=AT_WORK)
    for job in unfinished:
        send_job(job)
    return unfinished.count()


@shared_task
def tend_jobs_everywhere() -> None:
    send_in_each_clinic(tend_jobs)


tend_jobs_everywhere.in_public = True


def _slots(job: Job) -> int:
    kind = kind_of(job.kind)
    if job.phase != JobPhase.WORKING or not issubclass(kind, ItemKind):
        return 1
    return int(job.parameters.get("concurrency") or kind.concurrency)


def _flag(job_id: str, slot: int) -> str:
    return f"job:{job_id}:{slot}"
