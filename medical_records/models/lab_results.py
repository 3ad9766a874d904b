import pghistory
from django.core.exceptions import ValidationError
from django.db import models

from medical_records.models.entries import PatientEntry, in_order
from medical_records.values.lab_values import check_lab_value

RESULT_BEFORE = "A result cannot come before its collection."


class LabStatus(models.TextChoices):
    ORDERED = "ordered", "Ordered"
    COLLECTED = "collected", "Collected"
    RESULTED = "resulted", "Resulted"
    CANCELLED = "cancelled", "Cancelled"


class LabFlag(models.TextChoices):
    """HL7 table 0078, abnormal flags."""

    NONE = "", "None"
    NORMAL = "N", "Normal"
    LOW = "L", "Low"
    HIGH = "H", "High"
    CRITICAL_LOW = "LL", "Critically low"
    CRITICAL_HIGH = "HH", "Critically high"
    ABNORMAL = "A", "Abnormal"


@pghistory.track()
class LabResult(PatientEntry):
    """One laboratory test of a patient, from the order to the result."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="lab_results"
    )
    test_name = models.CharField(max_length=200)
    test_code = models.CharField(max_length=50, blank=True, help_text="LOINC or the lab's own")
    status = models.CharField(max_length=20, choices=LabStatus.choices, default=LabStatus.ORDERED)
    ordered_on = models.DateField("ordered", null=True, blank=True)
    collected_on = models.DateField("collected", null=True, blank=True)
    resulted_on = models.DateField("resulted", null=True, blank=True)
    value = models.CharField(max_length=100, blank=True, help_text="number or finding")
    unit = models.CharField(max_length=30, blank=True, help_text="UCUM, such as mmol/L")
    reference_range = models.CharField(max_length=100, blank=True, help_text="such as 3.5–5.2")
    flag = models.CharField(max_length=2, choices=LabFlag.choices, blank=True)
    notes = models.TextField(max_length=5000, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "lab result"
        indexes = (models.Index(fields=("patient", "-id"), name="lab_result_patient"),)
        constraints = (
            in_order("collected_on", "resulted_on", "lab_result_dates_in_order", RESULT_BEFORE),
        )

    def __str__(self) -> str:
        return self.test_name

    def clean(self) -> None:
        super().clean()
        if self.status == LabStatus.RESULTED and not self.value:
            raise ValidationError({"value": "A result needs its value."})
        if self.collected_on and self.resulted_on and self.resulted_on < self.collected_on:
            raise ValidationError({"resulted_on": RESULT_BEFORE})
        faults = check_lab_value(
            test_name=self.test_name, code=self.test_code, value=self.value, unit=self.unit
        )
        if faults:
            raise ValidationError({fault.path: fault.message for fault in faults})
