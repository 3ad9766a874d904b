"""What a job has to say: one object for machines, lines for people."""

from collections.abc import Iterator
from typing import Any

from accounts.tenancy import current_schema
from jobs.models import ItemState, Job, JobItem

MOST_FAILURES = 1_000  # in one report; the whole list is a CSV file


def failures_of(job: Job) -> Iterator[JobItem]:
    """Yield the items that failed, in the order of the source; a million must not fill memory."""
    failed = JobItem.objects.filter(job=job, state=ItemState.FAILED).order_by("id")
    yield from failed.iterator(chunk_size=1_000)


def counts_of(job: Job) -> dict[str, int | None]:
    return {
        "total": job.total,
        "done": job.done,
        "skipped": job.skipped,
        "failed": job.failed,
    }


def report_of(job: Job) -> dict[str, Any]:
    """Return what `--json` prints and the API answers."""
    failed = JobItem.objects.filter(job=job, state=ItemState.FAILED).order_by("id")[:MOST_FAILURES]
    report = dict(job.report)
    return {
        "job": str(job.pk),
        "kind": job.kind,
        "tenant": current_schema(),
        "dry_run": job.dry_run,
        "state": job.state,
        "phase": job.phase,
        "counts": counts_of(job),
        "codes": job.counts,
        "stop": {"code": job.stop_code, "detail": job.stop_detail} if job.stop_code else None,
        "failures": [
            {
                "source_id": item.source_id,
                "code": item.code,
                "detail": item.detail,
                "remedy": item.remedy,
                "attempts": item.attempts,
            }
            for item in failed
        ],
        "failures_shown": min(job.failed, MOST_FAILURES),
        "gaps": report.pop("gaps", []),
        "report": report,
    }
