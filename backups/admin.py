"""The patients' page, with exporting and erasing: it lies in a layer that knows every table."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.clinic_admin import membership_in
from accounts.confirmation import confirmed
from accounts.errors import ProblemError
from backups.one_patient.erasing import REASON
from backups.one_patient.erasing_job import erase_patient
from backups.one_patient.ordering import order_export
from patients.models import Patient
from sms_integration.admin.patients import ConversingPatientAdmin

admin.site.unregister(Patient)


class EraseForm(forms.Form):
    confirm = forms.CharField(
        label="patient's name",
        help_text="First and last name, as above.",
        widget=UnfoldAdminTextInputWidget,
    )
    reason = forms.CharField(
        max_length=REASON,
        help_text="It stays in the receipt for ever: name nobody in it.",
        widget=UnfoldAdminTextareaWidget,
    )


@admin.register(Patient)
class WholePatientAdmin(ConversingPatientAdmin):
    actions_detail = (*ConversingPatientAdmin.actions_detail, "export_all", "erase")

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return membership_in(request).may("patients.export")

    @action(description="Export everything", permissions=["export"], icon="folder_zip")
    def export_all(self, request: HttpRequest, object_id: str) -> HttpResponse:
        patient = self.get_object(request, object_id)
        if patient is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        made: list[Any] = []

        def do(_: dict[str, Any]) -> str:
            made.append(order_export(membership=membership_in(request), patient_id=patient.pk))
            return "The export is being made; this page says when it is ready."

        answer = confirmed(
            self,
            request,
            patient,
            title=f"Export everything of {patient}",
            text="Records and documents go into one ZIP that only you can fetch. The access log"
            " says that you asked for it.",
            button="Export",
            do=do,
        )
        if made:
            page = reverse("admin:documents_archivefile_change", args=[made[0].pk])
            return HttpResponseRedirect(page)
        return answer

    def has_erase_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return membership_in(request).may("patients.erase")

    @action(description="Erase for good", permissions=["erase"], icon="delete_forever")
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        patient = self.get_object(request, object_id)
        if patient is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        made: list[Any] = []

        def do(data: dict[str, Any]) -> str:
            if data["confirm"].strip() != patient.full_name:
                raise ProblemError("That is not the patient's name as it stands above.")
            made.append(
                erase_patient(
                    membership=membership_in(request),
                    patient_id=patient.pk,
                    reason=data["reason"],
                )[0]
            )
            return "The patient is erased; their documents are being removed from the store."

        answer = confirmed(
            self,
            request,
            patient,
            title=f"Erase {patient} for good",
            text="Records, documents, history and ZIPs go, and nothing brings them back but an"
            " export. It is refused while anything must be kept.",
            button="Erase",
            do=do,
            form_class=EraseForm,
        )
        if made:
            page = reverse("admin:documents_erasure_change", args=[made[0].pk])
            return HttpResponseRedirect(page)
        return answer
