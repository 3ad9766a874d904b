"""Who sees the jobs: administrators all, developers all without rows, others what they started."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.errors import NotFoundError
from accounts.models import Membership
from accounts.roles import Role
from jobs.models import Job


def jobs_visible_to(membership: Membership) -> QuerySet[Job]:
    if membership.may("jobs.view"):
        return Job.objects.all()
    if membership.may("jobs.own"):
        return Job.objects.filter(requested_by=membership.user_id)
    return Job.objects.none()


def get_job_for(membership: Membership, job_id: UUID) -> Job:
    """Return one job, or raise `NotFoundError`."""
    found = jobs_visible_to(membership).filter(pk=job_id).first()
    if found is None:
        raise NotFoundError
    return found


def sees_rows(membership: Membership) -> bool:
    """Say whether the member may read the ids, reasons and rows of jobs that they see."""
    return membership.role != Role.DEVELOPER
