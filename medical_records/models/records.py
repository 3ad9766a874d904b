import pghistory
import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.clock import local_day
from accounts.fields import shared_key
from accounts.models import Entity
from medical_records.models.entries import PatientEntry, refuse
from medical_records.models.visits import Visit
from medical_records.values.lab_values import check_lab_results
from medical_records.values.prescriptions import check_prescriptions
from medical_records.values.vital_signs import check_vital_signs


class RecordStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    FINALIZED = "finalized", "Finalised"


class DiagnosisType(models.TextChoices):
    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"


LOCKED = pgtrigger.Protect(
    name="finalized_locked",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__status=RecordStatus.FINALIZED),
)
FINALIZED_BY_SOMEBODY = (
    Q(status=RecordStatus.FINALIZED, finalized_at__isnull=False, finalized_by__isnull=False)
    | Q(status=RecordStatus.DRAFT, finalized_at__isnull=True, finalized_by__isnull=True)
)  # fmt: skip


@pghistory.track()
class MedicalRecord(PatientEntry):
    """What was found and decided at a visit: a draft until `finalize_record` locks it.

    A finalised record is never changed or removed, by the database's own rule; `add_addendum`
    adds to it. The JSON fields are described in medical_records/values/.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="medical_records"
    )
    doctor = shared_key("accounts.Membership")
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="medical_records"
    )
    visit_date = models.DateTimeField("visited")
    chief_complaint = models.TextField(max_length=2000, blank=True)
    diagnosis = models.TextField(max_length=5000, blank=True)
    treatment_plan = models.TextField(max_length=10_000, blank=True)
    prescriptions = models.JSONField(default=list, blank=True)
    vital_signs = models.JSONField(default=dict, blank=True)
    lab_results = models.JSONField(default=list, blank=True)
    notes = models.TextField(max_length=20_000, blank=True)
    follow_up_required = models.BooleanField(default=False)
    follow_up_date = models.DateField(null=True, blank=True)
    status = models.CharField(
        max_length=20, choices=RecordStatus.choices, default=RecordStatus.DRAFT
    )
    finalized_at = models.DateTimeField("finalised", null=True, blank=True)
    finalized_by = shared_key("accounts.User", verbose_name="finalised by", null=True, blank=True)

    class Meta:
        ordering = ("-visit_date", "-id")
        verbose_name = "medical record"
        indexes = (
            models.Index(fields=("patient", "-visit_date", "-id"), name="record_patient"),
            models.Index(fields=("doctor", "-visit_date", "-id"), name="record_doctor"),
            models.Index(fields=("-visit_date", "-id"), name="record_visited"),
            models.Index(
                fields=("follow_up_date",),
                condition=Q(follow_up_required=True),
                name="record_follow_up",
            ),
        )
        constraints = (
            models.CheckConstraint(condition=FINALIZED_BY_SOMEBODY, name="record_finalized_by"),
            models.CheckConstraint(
                condition=Q(follow_up_required=True, follow_up_date__isnull=False)
                | Q(follow_up_required=False, follow_up_date__isnull=True),
                name="record_follow_up_dated",
                violation_error_message="A follow-up has a date, and only a follow-up has one.",
            ),
        )
        triggers = (LOCKED,)

    def __str__(self) -> str:
        on = timezone.localtime(self.visit_date)
        return f"{self.chief_complaint[:60] or 'Record'} ({on:%Y-%m-%d})"

    def clean(self) -> None:
        super().clean()
        refuse(
            vital_signs=check_vital_signs(self.vital_signs),
            prescriptions=check_prescriptions(self.prescriptions),
            lab_results=check_lab_results(self.lab_results),
        )
        if self.follow_up_required and self.follow_up_date is None:
            raise ValidationError({"follow_up_date": "Say when the follow-up is due."})
        if self.follow_up_date is None:
            return
        if not self.follow_up_required:
            raise ValidationError(
                {"follow_up_date": "Tick that a follow-up is required, or leave out its date."}
            )
        if self.visit_date and self.follow_up_date < local_day(self.visit_date):
            raise ValidationError({"follow_up_date": "A follow-up cannot be before the visit."})


# The share lock waits for a finalisation that is under way, and gives what it made of the record;
# asking for finalised ones only would neither lock nor wait.
OF_A_DRAFT = """
    IF 'finalized' = ANY (ARRAY(
        SELECT status::text FROM medical_records_medicalrecord
         WHERE id IN (OLD.record_id, NEW.record_id) ORDER BY id FOR SHARE))
    THEN
        RAISE EXCEPTION 'The diagnoses of a finalised record never change.';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


@pghistory.track()
class Diagnosis(Entity):
    """A coded diagnosis of a record; `services.records` sets them with their record."""

    record = models.ForeignKey(MedicalRecord, on_delete=models.CASCADE, related_name="diagnoses")
    icd_code = models.CharField(
        "ICD-10 code", max_length=10, blank=True, help_text="ICD-10-CM, such as E11.9"
    )
    diagnosis_name = models.CharField(max_length=255)
    diagnosis_type = models.CharField(
        max_length=20, choices=DiagnosisType.choices, default=DiagnosisType.SECONDARY
    )
    notes = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ("diagnosis_type", "id")  # primary comes first, by its letter too
        verbose_name_plural = "diagnoses"
        indexes = (
            models.Index(
                fields=("icd_code",), opclasses=("varchar_pattern_ops",), name="diagnosis_code"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("record",),
                condition=Q(diagnosis_type=DiagnosisType.PRIMARY),
                name="diagnosis_one_primary",
            ),
            models.UniqueConstraint(
                fields=("record", "icd_code"), condition=~Q(icd_code=""), name="diagnosis_code_once"
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="of_a_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=OF_A_DRAFT,
            ),
        )

    def __str__(self) -> str:
        return f"{self.icd_code} {self.diagnosis_name}".strip()


@pghistory.track()
class Addendum(Entity):
    """What was added to a finalised record later. Never changed, never removed."""

    record = models.ForeignKey(MedicalRecord, on_delete=models.PROTECT, related_name="addenda")
    author = shared_key("accounts.User")
    text = models.TextField(max_length=10_000)

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "addenda"
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.text[:60]
