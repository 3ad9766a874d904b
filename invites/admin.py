"""Invites, and inviting from the list of patients."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.confirmation import confirmed
from accounts.errors import ProblemError
from accounts.models import Membership
from invites.models import Invite
from invites.policies import invites_visible_to
from invites.services.sending import (
    MOST_AT_ONCE,
    InviteOptions,
    bulk_invite,
    generate_invite,
    resend_invite,
    revoke_invite,
)
from patients.admin import PatientAdmin
from patients.models import Patient
from patients.registry import patient_facts


def _options(request: HttpRequest) -> InviteOptions:
    return InviteOptions(port=request.get_host().partition(":")[2])


@admin.register(Invite)
class InviteAdmin(ClinicModelAdmin):
    """For reading; invites are made on the patients' page, and resent or revoked here."""

    list_display = ("patient", "email", "status", "clinician", "expires_at", "sent_at")
    list_filter = ("status", "expires_at")
    search_fields = ("email", "patient__last_name", "patient__first_name")
    ordering = ("-id",)
    fields = (
        "patient",
        ("email", "status"),
        ("clinician", "created_by"),
        "message",
        ("sent_at", "sent_count", "expires_at"),
        "delivery_error",
        ("accepted_at", "accepted_by"),
    )
    readonly_fields = tuple(
        name for group in fields for name in ((group,) if isinstance(group, str) else group)
    )
    actions = ("resend_selected", "revoke_selected")

    def visible_to(self, membership: Membership) -> QuerySet[Invite]:
        return invites_visible_to(membership).select_related("clinician__user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Send again, with a new link")
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Invite]) -> None:
        self._each(request, queryset, resend_invite, "sent again", options=_options(request))

    @admin.action(description="Revoke")
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Invite]) -> None:
        self._each(request, queryset, revoke_invite, "revoked")

    def _each(
        self, request: HttpRequest, invites: Any, service: Any, done: str, **options: Any
    ) -> None:
        number = 0
        for invite in invites:
            try:
                service(membership=membership_in(request), invite=invite, **options)
                number += 1
            except ProblemError as error:
                self.message_user(request, f"{invite}: {error.detail}", messages.ERROR)
        self.message_user(request, f"{number} {done}.")


admin.site.unregister(Patient)


@admin.register(Patient)
class InvitingPatientAdmin(PatientAdmin):
    """The patients' page, with inviting: it lies in a layer that knows invites."""

    actions = (*PatientAdmin.actions, "invite_selected")
    actions_detail = (*PatientAdmin.actions_detail, "invite")

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return membership_in(request).may("invites.add")

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        facts = {fact.name for fact in patient_facts()}
        return lookup in facts or super().lookup_allowed(lookup, value, request)

    @action(description="Invite", permissions=["invite"], icon="mail")
    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        patient = self.get_object(request, object_id)
        if patient is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

        def do(_: dict[str, Any]) -> str:
            made = generate_invite(
                membership=membership_in(request),
                patient_id=patient.pk,
                options=_options(request),
            )
            return _said(made.invite)

        return confirmed(
            self,
            request,
            patient,
            title=f"Invite {patient}",
            text=f"An e-mail with a link to make a login goes to {patient.email or 'nobody yet'}.",
            button="Invite",
            do=do,
        )

    @admin.action(description="Invite to a login")
    def invite_selected(self, request: HttpRequest, queryset: QuerySet[Patient]) -> None:
        ids = list(queryset.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        try:
            results = bulk_invite(
                membership=membership_in(request), patient_ids=ids, options=_options(request)
            )
        except ProblemError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return
        unsent = sum(bool(found.invite and found.invite.delivery_error) for found in results)
        invited = sum(found.invite is not None for found in results)
        reasons = Counter(found.error.detail for found in results if found.error)
        self.message_user(request, f"{invited} invited.", messages.SUCCESS)
        if unsent:
            text = f"{unsent} of them could not be e-mailed; send them again later."
            self.message_user(request, text, messages.WARNING)
        for reason, number in reasons.items():
            self.message_user(request, f"{number} not invited: {reason}", messages.WARNING)


def _said(invite: Invite) -> str:
    if invite.delivery_error:
        return f"The invite is made, but not sent: {invite.delivery_error}"
    return f"An invite is on its way to {invite.email}."
