"""Writing to many patients: a job, with an item and a reason for each of them."""

from collections.abc import Sequence
from uuid import UUID

from accounts.errors import NotPermittedError, ProblemError
from accounts.idempotency import whole_key
from accounts.models import Membership
from jobs.models import Job
from jobs.services.background import start_in_background
from sms_integration.models import Template
from sms_integration.services.gateways import active_gateway

KIND = "send_messages"
MOST_NAMED = 1_000  # patients that one request names; a filter takes any number


def send_messages(  # one argument for each choice of the form
    *,
    membership: Membership,
    patient_ids: Sequence[UUID] | None = None,
    status: str = "",
    clinician_id: UUID | None = None,
    template: Template | None = None,
    body: str = "",
    idempotency_key: str = "",
) -> Job:
    """Write to many patients in the background; return the job that does it.

    The same key is the same job, whatever has become of it; without one, work that is not over yet
    is gone on with. Raises `JobParametersError`, `NoGatewayError`, `NotPermittedError`.
    """
    if not membership.may("messages.add"):
        raise NotPermittedError
    if patient_ids is not None and len(patient_ids) > MOST_NAMED:
        raise ProblemError(
            f"At most {MOST_NAMED} patients at once; {len(patient_ids)} were sent.",
            field="patient_ids",
        )
    active_gateway()
    key = whole_key(membership.user_id, idempotency_key)
    if key:
        there = Job.objects.filter(kind=KIND, parameters__key=key).order_by("-id").first()
        if there is not None:
            return there
    return start_in_background(
        kind=KIND,
        parameters={
            "patients": None if patient_ids is None else [str(pk) for pk in patient_ids],
            "status": status,
            "clinician": str(clinician_id or ""),
            "template": str(template.pk) if template else "",
            "body": body,
            "membership": str(membership.pk),
            "key": key,
        },
        requested_by=membership.user,
    )
