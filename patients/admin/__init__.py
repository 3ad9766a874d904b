"""The staff's pages of patients and the people around them."""

from patients.admin.directory import CompanyAdmin, CoordinatorAdmin, GuardianAdmin, ReferrerAdmin
from patients.admin.patients import PatientAdmin

__all__ = ["CompanyAdmin", "CoordinatorAdmin", "GuardianAdmin", "PatientAdmin", "ReferrerAdmin"]
