"""Patients and the people and practices around them."""

from patients.models.contact import ContactMixin
from patients.models.directory import Company, Coordinator, Referrer
from patients.models.patients import Guardian, Patient, PatientStatus, Relationship, Sex

__all__ = [
    "Company",
    "ContactMixin",
    "Coordinator",
    "Guardian",
    "Patient",
    "PatientStatus",
    "Referrer",
    "Relationship",
    "Sex",
]
