"""An administrator has documents verified."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.services.verification_options import KIND
from jobs.models import Job
from jobs.services.background import start_in_background


def start_verification(*, membership: Membership, documents: Iterable[UUID]) -> Job:
    """Start verifying some documents in the background; the same ones are one job at a time.

    Raises `NotPermittedError`, and `JobParametersError` for ids that are none of this clinic's.
    """
    if not membership.may("jobs.change"):
        raise NotPermittedError
    return start_in_background(
        kind=KIND,
        parameters={"documents": [str(pk) for pk in documents]},
        requested_by=membership.user,
    )
