"""Starting, pausing, cancelling and retrying jobs.

The state says what is wished for; whoever is at work sees it after the item in hand.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import NotPermittedError
from accounts.models import Membership, User
from jobs.errors import JobParametersError, JobStateError
from jobs.kinds import ItemKind, kind_of
from jobs.models import RESUMABLE, Job, JobEvent, JobPhase, JobState
from jobs.services.ledger import retry_failed

STARTING = 7_216_103  # advisory lock: two who start the same work at once make one job of it
TEXT = 500


def start_job(
    *,
    kind: str,
    parameters: Mapping[str, Any],
    dry_run: bool = False,
    background: bool = False,
    requested_by: User | None = None,
) -> Job:
    """Return a job for this work: the one that was interrupted, if there is one, else a new one.

    Raises `JobParametersError` for what cannot be. The job is not run by this; see
    `services.running` (in the foreground) and `send_job` (in the background).
    """
    try:
        found = kind_of(kind)
    except LookupError as error:
        raise JobParametersError(str(error), field="kind") from error
    cleaned = found.clean(parameters)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STARTING])
        same = Job.objects.filter(
            kind=kind, parameters=cleaned, dry_run=dry_run, state__in=RESUMABLE
        )
        job = same.order_by("-id").first()
        if job is None:
            job = Job.objects.create(
                kind=kind,
                parameters=cleaned,
                dry_run=dry_run,
                background=background,
                requested_by=requested_by,
            )
        elif job.background != background:
            job.background = background
            job.save(update_fields=["background", "updated_at"])
    return job


def begin(job: Job) -> bool:
    """Let a job run that is new, was interrupted or failed; say whether it may."""
    now = timezone.now()
    if job.state == JobState.FAILED:
        retry_failed(job)
    begun = Job.objects.filter(pk=job.pk, state__in=RESUMABLE)
    changed = begun.update(
        state=JobState.RUNNING, stop_code="", stop_detail="", finished_at=None, updated_at=now
    )
    Job.objects.filter(pk=job.pk, started_at=None).update(started_at=now)
    # What was listed and compared before may have changed since. Listing again adds what is new;
    # a stream reads on behind its position.
    again = JobPhase.LISTING if issubclass(kind_of(job.kind), ItemKind) else JobPhase.WORKING
    Job.objects.filter(pk=job.pk, phase__in=(JobPhase.CHECKING, JobPhase.OVER)).update(phase=again)
    job.refresh_from_db()
    return bool(changed)


def pause_job(*, membership: Membership, job: Job) -> Job:
    """Stop after the items in hand; `resume_job` goes on."""
    return _wish(
        membership, job, {JobState.RUNNING: JobState.PAUSING, JobState.NEW: JobState.PAUSED}
    )


def cancel_job(*, membership: Membership, job: Job) -> Job:
    """Stop for good after the items in hand. What was done stays; a rollback takes it back."""
    at_rest = (JobState.NEW, JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED)
    return _wish(
        membership,
        job,
        {
            JobState.RUNNING: JobState.CANCELLING,
            JobState.PAUSING: JobState.CANCELLING,
            **dict.fromkeys(at_rest, JobState.CANCELLED),
        },
    )


def resume_job(*, membership: Membership, job: Job) -> Job:
    """Let a job go on in the background that is paused, was interrupted or has failed items."""
    _require(membership)
    resumable = (JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED)
    changed = Job.objects.filter(pk=job.pk, state__in=resumable).update(background=True)
    job.refresh_from_db()
    if not changed:
        raise _unfit(job, "resumed")
    begin(job)
    note(job, f"Resumed by {membership.user}")
    return job


def stop(job: Job, state: JobState, code: str = "", detail: str = "") -> None:
    """End a run in a state; a wish that came meanwhile (to cancel, to pause) wins over it."""
    with transaction.atomic():
        found = Job.objects.select_for_update().get(pk=job.pk)
        wished = {JobState.CANCELLING: JobState.CANCELLED, JobState.PAUSING: JobState.PAUSED}
        ends = state in {JobState.SUCCEEDED, JobState.FAILED}
        found.state = state if ends else wished.get(JobState(found.state), state)
        found.stop_code, found.stop_detail = code, detail[:TEXT]
        if ends or found.state == JobState.CANCELLED:
            found.finished_at = timezone.now()
            found.phase = JobPhase.OVER
        found.save()
    job.refresh_from_db()
    note(job, f"{JobState(job.state).label}. {job.stop_detail}".strip())


def note(job: Job, text: str) -> None:
    """Add a line to the job's diary."""
    JobEvent.objects.create(job=job, text=text[:TEXT])


def _wish(membership: Membership, job: Job, wishes: dict[JobState, JobState]) -> Job:
    _require(membership)
    with transaction.atomic():
        found = Job.objects.select_for_update().get(pk=job.pk)
        wished = wishes.get(JobState(found.state))
        if wished is None:
            raise _unfit(found, "paused" if JobState.PAUSED in wishes.values() else "cancelled")
        found.state = wished
        if wished == JobState.CANCELLED:
            found.finished_at, found.phase = timezone.now(), JobPhase.OVER
        found.save()
    job.refresh_from_db()
    note(job, f"{JobState(job.state).label}, asked by {membership.user}")
    return job


def _require(membership: Membership) -> None:
    if not membership.may("jobs.change"):
        raise NotPermittedError


def _unfit(job: Job, verb: str) -> JobStateError:
    return JobStateError(f"A job that is {JobState(job.state).label.lower()} cannot be {verb}.")
