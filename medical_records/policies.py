"""Which records a member sees: those of the patients they see."""

from django.db.models import QuerySet

from accounts.models import Membership
from accounts.roles import Role
from medical_records.models import LabResult
from patients.policies import patients_visible_to


def lab_results_visible_to(membership: Membership) -> QuerySet[LabResult]:
    results = LabResult.objects.all()
    if not membership.may("records.view"):
        return results.none()
    if membership.role == Role.ADMIN:
        return results
    return results.filter(patient__in=patients_visible_to(membership).order_by().values("pk"))
