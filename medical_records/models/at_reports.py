import pghistory
from django.db import models

from accounts.fields import shared_key
from medical_records.models.entries import PatientEntry, refuse
from medical_records.models.records import (
    FINALIZED_BY_SOMEBODY,
    LOCKED,
    RecordStatus,
)
from medical_records.values.items import check_items


@pghistory.track()
class ATReport(PatientEntry):
    """An assessment of the assistive technology that a patient needs.

    A draft until `finalize_at_report`, which keeps what the PDF says in `sheet`: rendering it
    again gives the same bytes, whatever the clinic or the patient are called by then.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="at_reports"
    )
    author = shared_key("accounts.Membership")
    assessed_on = models.DateField("assessed")
    findings = models.TextField(max_length=20_000, blank=True)
    goals = models.TextField(max_length=10_000, blank=True)
    items = models.JSONField("recommended items", default=list, blank=True)
    status = models.CharField(
        max_length=20, choices=RecordStatus.choices, default=RecordStatus.DRAFT
    )
    finalized_at = models.DateTimeField("finalised", null=True, blank=True)
    finalized_by = shared_key("accounts.User", verbose_name="finalised by", null=True, blank=True)
    sheet = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-assessed_on", "-id")
        verbose_name = "AT report"
        indexes = (
            models.Index(fields=("patient", "-assessed_on", "-id"), name="at_report_patient"),
        )
        constraints = (
            models.CheckConstraint(condition=FINALIZED_BY_SOMEBODY, name="at_report_finalized_by"),
        )
        triggers = (LOCKED,)

    def __str__(self) -> str:
        return f"AT report {self.assessed_on}"

    def clean(self) -> None:
        super().clean()
        refuse(items=check_items(self.items))
