"""An administrator has documents verified."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.services.verification_options import KIND
from jobs.models import Job, JobState
from jobs.services.control import begin, start_job
from jobs.tasks import send_job


def start_verification(*, membership: Membership, documents: Iterable[UUID]) -> Job:
    """Start verifying some documents in the background; the same ones are one job at a time.

    Raises `NotPermittedError`, and `JobParametersError` for ids that are none of this clinic's.
    """
    if not membership.may("jobs.change"):
        raise NotPermittedError
    job = start_job(
        kind=KIND,
        parameters={"documents": [str(pk) for pk in documents]},
        background=True,
        requested_by=membership.user,
    )
    if job.state in {JobState.PAUSED, JobState.INTERRUPTED}:
        begin(job)
    send_job(job)
    return job
