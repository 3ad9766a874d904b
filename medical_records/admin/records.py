"""Medical records, their diagnoses and addenda."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import action

from accounts.clinic_admin import membership_in
from accounts.confirmation import confirmed
from accounts.errors import ProblemError
from accounts.models import Membership
from documents.inlines import DocumentInline
from medical_records.admin.base import RecordAdmin
from medical_records.forms import (
    AddendumForm,
    DiagnosisForm,
    DiagnosisFormSet,
    MedicalRecordForm,
)
from medical_records.models import Diagnosis, MedicalRecord, RecordStatus
from medical_records.policies import medical_records_visible_to
from medical_records.services.records import (
    add_addendum,
    create_record,
    delete_record,
    finalize_record,
    update_record,
)
from medical_records.values.vital_signs import normalise_vital_signs


class DiagnosisInline(TabularInline):
    model = Diagnosis
    form = DiagnosisForm
    formset = DiagnosisFormSet
    extra = 1
    fields = ("icd_code", "diagnosis_name", "diagnosis_type", "notes")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and membership_in(request).may("records.change")

    has_change_permission = has_delete_permission = has_add_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return membership_in(request).may("records.view")


@admin.register(MedicalRecord)
class MedicalRecordAdmin(RecordAdmin):
    """Drafts can be written; finalised records are for reading, and get addenda."""

    form = MedicalRecordForm
    inlines = (DiagnosisInline, DocumentInline)
    list_display = (
        "visit_date",
        "patient",
        "chief_complaint",
        "doctor",
        "status",
        "follow_up_date",
        "files",
    )
    list_display_links = ("visit_date", "chief_complaint")
    list_select_related = ("patient", "doctor__user")
    list_filter = ("status", "visit_date", "follow_up_required", "follow_up_date")
    search_fields = ("chief_complaint", "diagnosis", "patient__last_name", "patient__first_name")
    autocomplete_fields = ("patient", "visit")
    ordering = ("-visit_date", "-id")
    readonly_fields = ("status", "finalized_at", "finalized_by", "addenda")
    actions = ("finalize_selected",)
    actions_detail = ("finalize", "addendum")
    fieldsets = (
        (None, {"fields": ("patient", "visit_date", "doctor", "visit", "chief_complaint")}),
        ("Vital signs", {"fields": ("vital_signs",)}),
        ("Findings", {"fields": ("lab_results", "diagnosis")}),
        ("Plan", {"fields": ("treatment_plan", "prescriptions", "notes")}),
        ("Follow-up", {"fields": (("follow_up_required", "follow_up_date"),)}),
        ("State", {"fields": (("status", "finalized_at", "finalized_by"), "addenda")}),
    )

    class Media:
        js = ("medical_records/icd10.js",)

    def visible_to(self, membership: Membership) -> QuerySet[MedicalRecord]:
        return medical_records_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> MedicalRecord:
        return create_record(membership=membership, **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> MedicalRecord:
        return update_record(membership=membership, record=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        delete_record(membership=membership, record=record)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Diagnosis:
            super().save_formset(request, form, formset, change)
            return
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.has_changed() and _is_open(form.instance):
            update_record(
                membership=membership_in(request),
                record=form.instance,
                diagnoses=formset.wanted,
            )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if _is_open(obj):
            return super().get_readonly_fields(request, obj)
        return [f"{name}_text" if name in _TEXTS else name for name in _names(self.fieldsets)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if _is_open(obj):
            return self.fieldsets if obj else self.fieldsets[:-1]
        return tuple(
            (title, {"fields": _shown(group["fields"])}) for title, group in self.fieldsets
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_delete_permission(request, obj)

    @admin.display(description="vital signs")
    def vital_signs_text(self, record: MedicalRecord) -> str:
        return ", ".join(
            f"{name.replace('_', ' ')} {sign['value']} {sign['unit']}"
            for name, sign in normalise_vital_signs(record.vital_signs).items()
        )

    @admin.display(description="prescriptions")
    def prescriptions_text(self, record: MedicalRecord) -> SafeString:
        return _lines(
            f"{row['medication']} {row['dose']} {row['unit']} {row['route']}, {row['frequency']}"
            for row in record.prescriptions
        )

    @admin.display(description="lab results")
    def lab_results_text(self, record: MedicalRecord) -> SafeString:
        return _lines(
            f"{row['test']} {row['value']} {row.get('unit') or ''} {row.get('flag') or ''}"
            for row in record.lab_results
        )

    @admin.display(description="addenda")
    def addenda(self, record: MedicalRecord) -> SafeString:
        rows = record.addenda.select_related("author")
        return _lines(
            f"{timezone.localtime(row.created_at):%Y-%m-%d %H:%M} {row.author}: {row.text}"
            for row in rows
        )

    def has_finalize_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, RecordStatus.DRAFT)

    def has_addendum_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, RecordStatus.FINALIZED)

    def _may(self, request: HttpRequest, object_id: Any, status: RecordStatus) -> bool:
        if not membership_in(request).may("records.change") or object_id is None:
            return False
        try:
            return self.get_queryset(request).filter(pk=object_id, status=status).exists()
        except (ValueError, ValidationError):
            return False

    @action(description="Finalise", permissions=["finalize"], icon="lock")
    @transaction.atomic
    def finalize(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None:
            raise PermissionDenied

        def do(_: dict[str, Any]) -> str:
            finalize_record(membership=membership_in(request), record=record)
            return "The record is finalised."

        return confirmed(
            self,
            request,
            record,
            title=f"Finalise: {record}",
            text="A finalised record is never changed or removed; it can only be added to.",
            button="Finalise",
            do=do,
        )

    @action(description="Add an addendum", permissions=["addendum"], icon="note_add")
    @transaction.atomic
    def addendum(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None:
            raise PermissionDenied

        def do(data: dict[str, Any]) -> str:
            add_addendum(membership=membership_in(request), record=record, text=data["text"])
            return "The addendum is added."

        return confirmed(
            self,
            request,
            record,
            title=f"Addendum: {record}",
            text="It is added under your name, and is never changed or removed.",
            button="Add",
            do=do,
            form_class=AddendumForm,
        )

    @admin.action(description="Finalise")
    def finalize_selected(self, request: HttpRequest, queryset: QuerySet[MedicalRecord]) -> None:
        done = 0
        for record in queryset:
            try:
                finalize_record(membership=membership_in(request), record=record)
                done += 1
            except ProblemError as error:
                self.message_user(request, f"{record}: {error.detail}", messages.ERROR)
            except ValidationError as error:
                said = " ".join(error.messages)
                self.message_user(request, f"{record}: {said}", messages.ERROR)
        self.message_user(request, f"{done} finalised.")


_TEXTS = {"vital_signs", "prescriptions", "lab_results"}


def _is_open(record: MedicalRecord | None) -> bool:
    return record is None or record.status == RecordStatus.DRAFT


def _shown(fields: Any) -> Any:
    """Return the names of a finalised record's fields: JSON as text."""
    return tuple(
        _shown(name) if isinstance(name, tuple) else f"{name}_text" if name in _TEXTS else name
        for name in fields
    )


def _names(fieldsets: Any) -> list[str]:
    found: list[str] = []
    for _, group in fieldsets:
        for name in group["fields"]:
            found += name if isinstance(name, tuple) else [name]
    return found


def _lines(texts: Any) -> SafeString:
    return format_html_join("", "<div>{}</div>", ((text,) for text in texts))
