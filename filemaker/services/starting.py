"""Importing at once what staff have chosen patients for."""

from collections.abc import Iterable

from accounts.errors import NotPermittedError
from accounts.models import Membership
from filemaker.fields import layout_map
from filemaker.models import Area
from filemaker.policies import may_assign
from filemaker.services.selecting import open_records
from jobs.models import Job
from jobs.services.background import start_in_background


def import_open_records(*, membership: Membership, areas: Iterable[Area]) -> list[Job]:
    """Start a background job for each area that has open records, and return the jobs.

    The field map is that of the area's last import. Raises `NotPermittedError`, and
    `JobParametersError` where FileMaker's settings are missing.
    """
    if not may_assign(membership):
        raise NotPermittedError
    jobs = []
    for area in sorted(set(areas)):
        kind = f"filemaker_{area}"
        last = Job.objects.filter(kind=kind).order_by("-id").first()
        field_map = last.parameters.get("field_map") if last else None
        if not open_records(area, layout_map(area, field_map)).exists():
            continue
        mapped = {"field_map": field_map} if field_map else {}
        job = start_in_background(
            kind=kind,
            parameters={"only_failed": True, **mapped},
            requested_by=membership.user,
        )
        jobs.append(job)
    return jobs
