import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.fields import shared_key
from medical_records.models.entries import PatientEntry, in_order

ENDS_BEFORE = "A visit cannot end before it starts."


class VisitType(models.TextChoices):
    """HL7 v3 ActEncounterCode, in plain words."""

    AMBULATORY = "ambulatory", "In the clinic"
    VIRTUAL = "virtual", "By phone or video"
    HOME = "home", "At home"
    INPATIENT = "inpatient", "In hospital"
    EMERGENCY = "emergency", "Emergency"


class VisitStatus(models.TextChoices):
    """FHIR Encounter.status, the part that clinics use."""

    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "Did not come"


class ProcedureOutcome(models.TextChoices):
    """SNOMED CT's three outcomes, as FHIR Procedure.outcome uses them."""

    NONE = "", "Not known yet"
    SUCCESSFUL = "successful", "Successful"
    PARTLY = "partly_successful", "Partly successful"
    UNSUCCESSFUL = "unsuccessful", "Unsuccessful"


@pghistory.track()
class Visit(PatientEntry):
    """An encounter between a patient and a clinician, planned or over."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="visits")
    clinician = shared_key("accounts.Membership", null=True, blank=True)
    started_at = models.DateTimeField("starts")
    ended_at = models.DateTimeField("ends", null=True, blank=True)
    visit_type = models.CharField(
        "type", max_length=20, choices=VisitType.choices, default=VisitType.AMBULATORY
    )
    location = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    status = models.CharField(
        max_length=20, choices=VisitStatus.choices, default=VisitStatus.PLANNED
    )

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (
            models.Index(fields=("patient", "-started_at", "-id"), name="visit_patient"),
            models.Index(fields=("-started_at", "-id"), name="visit_started"),
        )
        constraints = (in_order("started_at", "ended_at", "visit_times_in_order", ENDS_BEFORE),)

    def __str__(self) -> str:
        return f"{self.get_visit_type_display()}, {timezone.localtime(self.started_at):%Y-%m-%d}"

    def clean(self) -> None:
        super().clean()
        if self.ended_at and self.started_at and self.ended_at < self.started_at:
            raise ValidationError({"ended_at": ENDS_BEFORE})
        if self.status == VisitStatus.FINISHED and self.ended_at is None:
            raise ValidationError({"ended_at": "A finished visit has an end."})


@pghistory.track()
class Procedure(PatientEntry):
    """Something that was done to a patient: an operation, a fitting, an injection."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="procedures"
    )
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="procedures"
    )
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=50, blank=True, help_text="MBS, SNOMED CT or the clinic's")
    performed_at = models.DateTimeField("performed")
    performer = shared_key("accounts.Membership", null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=ProcedureOutcome.choices, blank=True)
    notes = models.TextField(max_length=5000, blank=True)

    class Meta:
        ordering = ("-performed_at", "-id")
        indexes = (
            models.Index(fields=("patient", "-performed_at", "-id"), name="procedure_patient"),
        )

    def __str__(self) -> str:
        return self.name
