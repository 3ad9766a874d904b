"""Writing to the patients that are selected in their list: choose a text, then a job sends it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.clinic_admin import membership_in
from accounts.errors import ProblemError
from accounts.fields import uuid7
from accounts.models import Membership
from patients.admin.actions import PatientAction, register_patient_action
from patients.models import Patient
from sms_integration.models import Template
from sms_integration.policies import templates_visible_to
from sms_integration.services.bulk import MOST_NAMED, send_messages
from sms_integration.services.placeholders import PLACEHOLDERS
from sms_integration.services.texts import LONGEST

NAME = "write_to_selected"


class BulkForm(forms.Form):
    template = forms.ModelChoiceField(
        queryset=Template.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )
    body = forms.CharField(
        label="or a text",
        required=False,
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget,
        help_text="It may have " + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS) + ".",
    )

    def __init__(self, membership: Membership, *args: Any) -> None:
        super().__init__(*args)
        shown = templates_visible_to(membership).filter(is_active=True)
        self.fields["template"].queryset = shown  # type: ignore[attr-defined]


def write_to_selected(
    page: Any, request: HttpRequest, queryset: QuerySet[Patient]
) -> HttpResponse | None:
    """Ask for the text; with it, start the job. The form's key makes a second click the same."""
    membership = membership_in(request)
    ids = list(queryset.order_by().values_list("pk", flat=True)[: MOST_NAMED + 1])
    is_sent = "key" in request.POST
    form = BulkForm(membership, request.POST if is_sent else None)
    if is_sent and form.is_valid():
        try:
            job = send_messages(
                membership=membership,
                patient_ids=ids,
                template=form.cleaned_data["template"],
                body=form.cleaned_data["body"],
                idempotency_key=request.POST["key"][:60],
            )
        except ProblemError as error:
            form.add_error(None, error.detail)
        else:
            text = f"{len(ids)} patients are written to in the background, by job {job.pk}."
            page.message_user(request, text, messages.SUCCESS)
            return None
    for problem in form.non_field_errors():
        page.message_user(request, problem, messages.ERROR)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Write to {len(ids)} patients",
        "text": "Who has no number, opted out, or is archived or deceased is left out; the job says"
        " how many.",
        "action": NAME,
        "key": request.POST.get("key") or uuid7(),
        "ids": ids,
        "form": form,
        "back": reverse("admin:patients_patient_changelist"),
        "opts": page.opts,
    }
    return TemplateResponse(request, "sms_integration/bulk.html", context)


register_patient_action(
    PatientAction(
        name=NAME,
        label="Write a message",
        may=lambda membership: membership.may("messages.add"),
        run=write_to_selected,
    )
)
