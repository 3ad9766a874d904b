from typing import ClassVar

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accounts.fields import EncryptedTextField
from medical_records.models.entries import PatientEntry, in_order

ENDS_BEFORE = "A cover cannot end before it begins."
ONE_PRIMARY = (
    "Another open-ended insurance of this patient is primary; end it, or make one secondary."
)


class InsuranceRank(models.TextChoices):
    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"


@pghistory.track()
class Insurance(PatientEntry):
    """A patient's cover with an insurer. Patients and guardians keep their own."""

    area: ClassVar[str] = "insurances"
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="insurances"
    )
    company = models.CharField(max_length=200, help_text="the insurer")
    plan = models.CharField(max_length=200, blank=True)
    member_id = EncryptedTextField(
        "member number", max_length=100, help_text="encrypted in the database"
    )
    group_number = models.CharField(max_length=100, blank=True)
    holder = models.CharField(
        max_length=200, blank=True, help_text="whose policy it is, if not the patient's"
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    rank = models.CharField(
        max_length=20, choices=InsuranceRank.choices, default=InsuranceRank.PRIMARY
    )

    class Meta:
        ordering = ("patient", "rank", "-id")
        indexes = (models.Index(fields=("patient", "-id"), name="insurance_patient"),)
        constraints = (
            in_order("valid_from", "valid_to", "insurance_dates_in_order", ENDS_BEFORE),
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(rank=InsuranceRank.PRIMARY, valid_to__isnull=True),
                name="insurance_one_primary",
                violation_error_message=ONE_PRIMARY,
            ),
        )

    def __str__(self) -> str:
        return f"{self.company} {self.plan}".strip()

    def clean(self) -> None:
        super().clean()
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": ENDS_BEFORE})
