"""What a verification is told, checked; kept with its job."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from documents.models import Document
from jobs.errors import JobParametersError
from jobs.models import Job, JobPhase, JobState

KIND = "documents_verify"
KNOWN = frozenset({"sample", "since", "documents", "read_bytes", "reads"})
MOST_NAMED, MOST_SAMPLED, MOST_READS = 10_000, 10**9, 16
AT_REST = (JobState.FAILED, JobState.INTERRUPTED, JobState.PAUSED)
STALE = timedelta(hours=20)  # what was verified before says too little of today


def read_options(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as they are kept. Raises `JobParametersError` with `field`."""
    for name in parameters:
        if name not in KNOWN:
            raise JobParametersError("There is no such parameter.", field=str(name))
    read_bytes = parameters.get("read_bytes", True)
    if not isinstance(read_bytes, bool):
        raise JobParametersError("Say true or false.", field="read_bytes")
    kept: dict[str, Any] = {"read_bytes": read_bytes}
    for name, most in (("sample", MOST_SAMPLED), ("reads", MOST_READS)):
        if parameters.get(name) is not None:
            kept[name] = _number(parameters[name], name, most)
    if parameters.get("since") not in {None, ""}:
        kept["since"] = _day(parameters["since"])
    if parameters.get("documents") is not None:
        for name in ("sample", "since"):
            if name in kept:
                raise JobParametersError("It goes without --documents.", field=name)
        kept["documents"] = named_documents(parameters["documents"])
    return {**kept, "after": last_over(KIND, kept)}


def _number(value: Any, name: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise JobParametersError(f"Choose a whole number from 1 to {most:,}.", field=name)
    return value


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise JobParametersError("Give a day as YYYY-MM-DD.", field="since") from None


def named_documents(values: Sequence[Any]) -> list[str]:
    """Return the ids, each once. One of another clinic is no document of this one."""
    if isinstance(values, str) or not 1 <= len(values) <= MOST_NAMED:
        raise JobParametersError(
            f"Name from 1 to {MOST_NAMED:,} documents; for more leave them out.",
            field="documents",
        )
    named: set[UUID] = set()
    for value in values:
        try:
            named.add(UUID(str(value)))
        except ValueError:
            raise JobParametersError(
                f"{str(value)[:50]!r} is no document's id; it is a UUID.", field="documents"
            ) from None
    known = set(Document.objects.filter(pk__in=named).order_by().values_list("pk", flat=True))
    if unknown := sorted(named - known):
        raise JobParametersError(
            f"There is no document {unknown[0]} in this clinic.", field="documents"
        )
    return sorted(map(str, named))


def last_over(kind: str, kept: dict[str, Any]) -> str:
    """Return the last job for the same that is over, so that a new one differs from it.

    One that was interrupted is gone on with when it is started again. One that found gaps is over:
    starting again looks at everything anew. So is one that has rested for long.
    """
    at_rest = Job.objects.filter(kind=kind, state__in=AT_REST).order_by("-id")
    for job in at_rest[:100]:
        same = {name: value for name, value in job.parameters.items() if name != "after"} == kept
        ended = job.state == JobState.FAILED and job.phase == JobPhase.OVER
        if same and (ended or job.updated_at < timezone.now() - STALE):
            return str(job.pk)
    return ""
