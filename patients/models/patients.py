"""Patients, and the logins that act for them."""

from datetime import date

import pghistory
import pgtrigger
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower

from accounts.fields import EncryptedTextField, shared_key
from accounts.folding import folded, grams
from accounts.models import Entity
from accounts.search import search_rows
from patients.models.contact import ContactMixin

# Also of encrypted columns, which pghistory cannot compare one by one.
ANY_CHANGE = pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*")
UNTRACKED = ("research_id", "search_text", "birth_order")  # a secret, and what follows from others


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


class PatientQuerySet(models.QuerySet["Patient"]):
    def search(self, text: str) -> "PatientQuerySet":
        """Return those in whom each word of a text is found; see accounts/search.py."""
        return search_rows(self, text, order="last_name", phones=True)  # type: ignore[return-value]


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(condition=ANY_CHANGE),
    pghistory.DeleteEvent(),
    exclude=UNTRACKED,
)
class Patient(Entity, ContactMixin):
    """A person the clinic looks after.

    Children may have no e-mail of their own; then the guardian's is used. A patient with records
    is archived, not deleted. `services.patients` changes one, `services.bulk` adds many.
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

    research_consent = models.BooleanField(
        default=False, help_text="de-identified records may be given to research partners"
    )
    research_consent_on = models.DateField("consent given on", null=True, blank=True)
    # The patient's name in research exports. Nobody of the clinic sees it: whoever knew it could
    # look up in an export what they must not.
    research_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)

    # Kept by the database, so that bulk and raw SQL keep it too (accounts/folding.py).
    search_text = models.GeneratedField(
        expression=folded("first_name", "last_name", "email", "phone", "external_id"),
        output_field=models.TextField(),
        db_persist=True,
    )
    birth_order = models.GeneratedField(  # those without a date of birth come last
        expression=Coalesce("date_of_birth", date.max),
        output_field=models.DateField(),
        db_persist=True,
    )

    objects = PatientQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=Q(research_consent=False) | Q(research_consent_on__isnull=False),
                name="patient_consent_dated",
                violation_error_message="Say on which day the patient consented to research.",
            ),
        )
        indexes = (
            models.Index(fields=("last_name", "first_name", "id"), name="patient_name"),
            models.Index(fields=("clinician",), name="patient_clinician"),
            models.Index(
                fields=("status", "last_name", "first_name", "id"), name="patient_status_name"
            ),
            models.Index(fields=("birth_order", "id"), name="patient_birth_order"),
            models.Index(fields=("updated_at", "id"), name="patient_updated"),
            # Whose number is this? Asked for every message that comes in.
            models.Index(fields=("phone",), condition=~Q(phone=""), name="patient_phone"),
            GinIndex(grams("search_text"), name="patient_grams"),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


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
