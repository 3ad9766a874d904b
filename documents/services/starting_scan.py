"""An administrator has documents scanned again."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.job_kinds.scanning import KIND
from documents.scanning import is_connected
from documents.services.quarantine import ABILITY, NoScannerError
from jobs.models import Job
from jobs.services.background import start_in_background


def start_scan(*, membership: Membership, documents: Iterable[UUID]) -> Job:
    """Start scanning some documents in the background; the same ones are one job at a time.

    Raises `NotPermittedError`, `NoScannerError`, and `JobParametersError` for ids that are none of
    this clinic's.
    """
    if not membership.may(ABILITY):
        raise NotPermittedError
    if not is_connected():
        raise NoScannerError
    return start_in_background(
        kind=KIND,
        parameters={"documents": [str(pk) for pk in documents]},
        requested_by=membership.user,
    )
