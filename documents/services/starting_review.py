"""An administrator has looked at messages whose years are over, and lets them go."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.job_kinds.retaining import ApplyRetention
from jobs.models import Job
from jobs.services.background import start_in_background


def purge_reviewed(*, membership: Membership, documents: Iterable[UUID]) -> Job:
    """Start removing reviewed messages for good, in the background; return the job.

    Raises `NotPermittedError`, and `JobParametersError` (field `reviewed`) where one of them is no
    message, is not past its time or is kept: then none goes.
    """
    if not membership.may("documents.hold"):
        raise NotPermittedError
    return start_in_background(
        kind=ApplyRetention.name,
        parameters={"reviewed": [str(pk) for pk in documents]},
        requested_by=membership.user,
    )
