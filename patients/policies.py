"""Which patients a member sees. Every read of patient data, in every app, begins here."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.errors import NotFoundError
from accounts.models import Membership, ProviderScope
from accounts.policies import current_account
from accounts.roles import Role
from patients.models import Company, Coordinator, Guardian, Patient, Referrer


def patients_visible_to(membership: Membership) -> QuerySet[Patient]:
    """Return the patients that a member may know of.

    Administrators: all. Providers: their own and unassigned ones, or all where the account says
    so. Patients: themselves and those they are an active guardian of. Others: none.
    """
    patients = Patient.objects.all()
    if membership.role == Role.ADMIN:
        return patients
    if membership.role == Role.PROVIDER:
        if current_account().provider_scope == ProviderScope.ALL:
            return patients
        return patients.filter(Q(clinician=membership.pk) | Q(clinician__isnull=True))
    if membership.role == Role.PATIENT:
        guarded = Guardian.objects.filter(user=membership.user_id, is_active=True)
        return patients.filter(
            Q(user=membership.user_id) | Q(pk__in=guarded.order_by().values("patient_id"))
        )
    return patients.none()


def get_patient_for(membership: Membership, patient_id: UUID) -> Patient:
    """Return one patient, or raise `NotFoundError`: missing and forbidden look alike."""
    found = patients_visible_to(membership).filter(pk=patient_id).first()
    if found is None:
        raise NotFoundError
    return found


def referrers_visible_to(membership: Membership) -> QuerySet[Referrer]:
    referrers = Referrer.objects.select_related("company")
    return referrers if membership.may("directory.view") else referrers.none()


def coordinators_visible_to(membership: Membership) -> QuerySet[Coordinator]:
    coordinators = Coordinator.objects.select_related("company")
    return coordinators if membership.may("directory.view") else coordinators.none()


def companies_visible_to(membership: Membership) -> QuerySet[Company]:
    companies = Company.objects.all()
    return companies if membership.may("directory.view") else companies.none()


def guardians_visible_to(membership: Membership) -> QuerySet[Guardian]:
    """Return who acts for the patients that a member sees.

    Patients see who acts for them; guardians see that they do, and not who else does.
    """
    patients = patients_visible_to(membership).order_by().values("pk")
    guardians = Guardian.objects.filter(patient__in=patients)
    if membership.role == Role.PATIENT:
        own = Q(user=membership.user_id) | Q(patient__user=membership.user_id)
        return guardians.filter(own)
    return guardians
