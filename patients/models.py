"""Patients and the people and practices around them."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from accounts.fields import EncryptedTextField
from accounts.models import Entity
from documents.models import shared_key


class PatientStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    ARCHIVED = "archived", "Archived"
    DECEASED = "deceased", "Deceased"


class Sex(models.TextChoices):
    """HL7 administrative gender."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Relationship(models.TextChoices):
    PARENT = "parent", "Parent"
    GUARDIAN = "guardian", "Legal guardian"
    CARER = "carer", "Carer"
    SPOUSE = "spouse", "Spouse or partner"
    OTHER = "other", "Other"


class ContactMixin(models.Model):
    """Contact fields that people and practices share."""

    email = models.EmailField("e-mail", max_length=254, blank=True)
    phone = PhoneNumberField(blank=True)
    address = models.TextField(max_length=500, blank=True)

    class Meta:
        abstract = True


@pghistory.track()
class Patient(Entity, ContactMixin):
    """A person the clinic looks after.

    Children may have no e-mail of their own; then the guardian's is used. A patient with records
    is archived, not deleted.
    """

    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    date_of_birth = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=10, choices=Sex.choices, blank=True)
    external_id = models.CharField(
        max_length=100, blank=True, help_text="number in another system; unique when given"
    )
    filemaker_id = models.CharField("FileMaker id", max_length=100, blank=True)
    status = models.CharField(
        max_length=20, choices=PatientStatus.choices, default=PatientStatus.ACTIVE
    )
    clinician = shared_key("accounts.Membership", null=True, blank=True)
    user = shared_key("accounts.User", null=True, blank=True)
    notes = EncryptedTextField(blank=True, help_text="encrypted in the database")

    class Meta:
        ordering = ("last_name", "first_name", "id")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="patient_email_unique",
                violation_error_message="Another patient has this e-mail address.",
            ),
            models.UniqueConstraint(
                fields=("external_id",),
                condition=~Q(external_id=""),
                name="patient_external_id_unique",
                violation_error_message="Another patient has this external id.",
            ),
            models.UniqueConstraint(
                fields=("filemaker_id",),
                condition=~Q(filemaker_id=""),
                name="patient_filemaker_id_unique",
                violation_error_message="Another patient has this FileMaker id.",
            ),
            models.UniqueConstraint(
                fields=("user",),
                condition=Q(user__isnull=False),
                name="patient_user_unique",
                violation_error_message="This login belongs to another patient.",
            ),
        )
        indexes = (
            models.Index(fields=("last_name", "first_name", "id"), name="patient_name"),
            models.Index(fields=("clinician",), name="patient_clinician"),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def clean(self) -> None:
        self.email = self.email.strip().lower()


@pghistory.track()
class Guardian(Entity):
    """One login that acts for a patient: a parent, a carer."""

    user = shared_key("accounts.User")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="guardians")
    relationship = models.CharField(
        max_length=20, choices=Relationship.choices, default=Relationship.PARENT
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("patient", "id")
        constraints = (models.UniqueConstraint(fields=("user", "patient"), name="guardian_unique"),)

    def __str__(self) -> str:
        return f"{self.get_relationship_display()} of {self.patient}"


@pghistory.track()
class Company(Entity, ContactMixin):
    """A practice, a supplier, an insurer: an organisation the clinic deals with."""

    name = models.CharField(max_length=200)
    notes = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ("name", "id")
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Referrer(Entity, ContactMixin):
    """A doctor or other professional who sends patients."""

    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    specialty = models.CharField(max_length=100, blank=True)
    provider_number = models.CharField(max_length=50, blank=True)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="referrers"
    )

    class Meta:
        ordering = ("last_name", "first_name", "id")

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
