"""Which runs must not be at work together: one would remove what another has just relied on.

A run's state is committed before its first item, and each looks for the others after that; so of
two that begin at once at least one sees the other.
"""

from documents.services.restructuring.claims import SOURCE
from jobs.errors import StopRunError
from jobs.models import Job, JobState

DELETING, ROLLBACK = "restructure_delete_old", "rollback"
AT_WORK = (JobState.RUNNING, JobState.PAUSING, JobState.CANCELLING)


def require_alone(*kinds: str) -> None:
    """Raise `StopRunError` while a run of one of these kinds is at work on moved objects."""
    jobs = Job.objects.filter(kind__in=kinds, dry_run=False, state__in=AT_WORK).order_by("-id")
    for job in jobs:
        if job.kind != ROLLBACK or _is_ours(job):
            raise StopRunError(
                "another_run",
                f"Job {job.pk} ({job.kind}) is at work. Let it end, or cancel it; then start this"
                " again.",
            )


def _is_ours(rollback: Job) -> bool:
    return Job.objects.filter(pk=rollback.parameters.get("job"), kind=SOURCE).exists()
