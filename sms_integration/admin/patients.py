"""The way from a patient's page to what was said with them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action

from accounts.clinic_admin import membership_in
from patients.models import Patient
from sms_integration.policies import conversations_visible_to

_Registered: Any = type(admin.site._registry[Patient])  # with what other apps have added to it
admin.site.unregister(Patient)


@admin.register(Patient)
class ConversingPatientAdmin(_Registered):  # type: ignore[misc]
    """The patients' page, with a way to the messages: it lies in a layer that knows them."""

    actions_detail = (*_Registered.actions_detail, "conversations")

    def has_conversations_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return membership_in(request).may("messages.view")

    @action(description="Messages", permissions=["conversations"], icon="forum")
    def conversations(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the conversation, or to the list of them where there is not just one."""
        patient = self.get_object(request, object_id)
        if patient is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        seen = conversations_visible_to(membership_in(request)).filter(patient=patient)
        found = list(seen.order_by().values_list("pk", flat=True)[:2])
        if len(found) == 1:
            page = reverse("admin:sms_integration_conversation_change", args=found)
            return HttpResponseRedirect(page)
        page = reverse("admin:sms_integration_conversation_changelist")
        return HttpResponseRedirect(f"{page}?patient__id__exact={patient.pk}")
