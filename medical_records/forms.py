"""The admin's forms of records: measurements and rows instead of JSON."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.clinic_admin import ClinicForm
from medical_records.models import ATReport, Diagnosis, MedicalRecord
from medical_records.services.diagnoses import NewDiagnosis, check_diagnoses
from medical_records.values.lab_values import FLAGS
from medical_records.values.prescriptions import DURATION_UNITS, ROUTES, UNITS
from medical_records.values.vital_signs import SIGNS
from medical_records.widgets import Column, MeasurementsField, RowsField


def _plain(words: Any) -> list[tuple[str, str]]:
    return [(word, word) if isinstance(word, str) else tuple(word) for word in words]


PRESCRIPTION_COLUMNS = (
    Column("medication", "Medication", width="12rem"),
    Column("dose", "Dose", number=True, width="5rem"),
    Column("unit", "Unit", choices=_plain(UNITS), width="6rem"),
    Column("route", "Route", choices=_plain(ROUTES)),
    Column("frequency", "Frequency", width="10rem"),
    Column("duration.value", "For", number=True, width="4rem"),
    Column("duration.unit", "", choices=_plain(DURATION_UNITS), width="6rem"),
    Column("note", "Note"),
)
LAB_COLUMNS = (
    Column("test", "Test", width="12rem"),
    Column("code", "Code", width="6rem"),
    Column("value", "Value", number=True, width="6rem"),
    Column("unit", "Unit", width="6rem"),
    Column("reference_range", "Reference range"),
    Column("flag", "Flag", choices=_plain(FLAGS), width="5rem"),
)
ITEM_COLUMNS = (
    Column("item", "Item", width="14rem"),
    Column("quantity", "Quantity", number=True, width="5rem"),
    Column("supplier", "Supplier"),
    Column("cost", "Cost", number=True, width="6rem"),
    Column("rationale", "Rationale", width="14rem"),
)
SIGN_INPUTS = tuple((key, sign.label, tuple(sign.units)) for key, sign in SIGNS.items())


class PathsInMessages(ClinicForm):
    """Says in the message where inside a JSON field something is wrong."""

    def add_error(self, field: str | None, error: Any) -> None:
        if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            error = ValidationError(
                {
                    self._place(name): [_with_path(one) for one in found]
                    for name, found in error.error_dict.items()
                }
            )
        super().add_error(field, error)

    def _place(self, name: str) -> str:
        """Return the form's own field for a service's (`doctor_id` is `doctor` here)."""
        return name if name in self.fields else name.removesuffix("_id")


def _with_path(error: ValidationError) -> ValidationError:
    path = (error.params or {}).get("path") if isinstance(error.params, dict) else None
    if not path:
        return error
    row, _, rest = str(path).partition(".")
    place = f"row {int(row) + 1}" + (f", {rest}" if rest else "") if row.isdigit() else path
    return ValidationError(f"{place}: {error.message}", code=error.code)


class MedicalRecordForm(PathsInMessages):
    vital_signs = MeasurementsField(SIGN_INPUTS)
    prescriptions = RowsField(PRESCRIPTION_COLUMNS)
    lab_results = RowsField(LAB_COLUMNS, label="Lab results")

    class Meta:
        model = MedicalRecord
        fields = "__all__"
        widgets = {
            "chief_complaint": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "diagnosis": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "treatment_plan": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "notes": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }


class ATReportForm(PathsInMessages):
    items = RowsField(ITEM_COLUMNS, label="Recommended items")

    class Meta:
        model = ATReport
        fields = "__all__"


class DiagnosisForm(forms.ModelForm):
    class Meta:
        model = Diagnosis
        fields = ("icd_code", "diagnosis_name", "diagnosis_type", "notes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "diagnosis_name" in self.fields:
            self.fields["diagnosis_name"].required = False
            self.fields["icd_code"].widget.attrs.update({"data-icd10": "", "autocomplete": "off"})
            self.fields["notes"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 1})

    def _post_clean(self) -> None:
        """The formset checks all rows together, as the service will."""


def _wanted(data: dict[str, Any]) -> NewDiagnosis:
    return NewDiagnosis(
        icd_code=data.get("icd_code") or "",
        diagnosis_name=data.get("diagnosis_name") or "",
        diagnosis_type=data["diagnosis_type"],
        notes=data.get("notes") or "",
    )


class DiagnosisFormSet(forms.BaseInlineFormSet):
    wanted: list[NewDiagnosis]

    def clean(self) -> None:
        """Check all rows together, and say at each what is wrong with it."""
        self.wanted = []
        if any(self.errors):
            return
        kept = [form for form in self.forms if self._is_kept(form)]
        self.wanted = [_wanted(form.cleaned_data) for form in kept]
        try:
            check_diagnoses(self.instance, self.wanted)
        except ValidationError as error:
            for path, found in error.message_dict.items():
                _, number, field = [*path.split("."), "", ""][:3]
                if not number:
                    raise ValidationError(found) from error
                kept[int(number)].add_error(field, found)

    def _is_kept(self, form: forms.ModelForm) -> bool:
        return bool(form.cleaned_data) and not self._should_delete_form(form)  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """Part of `check_diagnoses`."""


class AddendumForm(forms.Form):
    text = forms.CharField(
        max_length=10_000, widget=UnfoldAdminTextareaWidget, label="What is to be added"
    )


class SendForm(forms.Form):
    """Nothing to fill in: the link goes to the patient, or to a guardian."""
