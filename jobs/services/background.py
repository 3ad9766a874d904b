"""Work that is left to the workers."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from jobs.models import Job, JobState
from jobs.services.control import begin, start_job
from jobs.tasks import send_job

WAITS = (JobState.NEW, JobState.INTERRUPTED, JobState.FAILED)


def start_in_background(
    *,
    kind: str,
    parameters: Mapping[str, Any],
    dry_run: bool = False,
    requested_by: User | None = None,
    even_paused: bool = True,
) -> Job:
    """Start a job, or go on with the one that there is for this work, and let the workers do it.

    Without `even_paused` one that somebody has paused stays so: for what starts by itself.
    Raises what `start_job` does.
    """
    job = start_job(
        kind=kind,
        parameters=parameters,
        dry_run=dry_run,
        background=True,
        requested_by=requested_by,
    )
    if job.state in WAITS or (even_paused and job.state == JobState.PAUSED):
        begin(job)
    send_job(job)
    return job
