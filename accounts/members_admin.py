"""The clinic's own page of its people. The platform's pages are in accounts/admin.py."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from accounts.clinic_admin import ClinicForm, ClinicModelAdmin, membership_in
from accounts.errors import ProblemError
from accounts.models import Membership
from accounts.policies import members_visible_to
from accounts.requests import own_port
from accounts.roles import Role
from accounts.second_factor.switching_off import switch_off_for_member
from accounts.services.invitations import invite_member, send_invitation
from accounts.services.members import change_member, lock_members

COLLEAGUES = [choice for choice in Role.choices if choice[0] != Role.PATIENT]


class InviteForm(ClinicForm):
    """They get an e-mail; somebody without a password gets a link to choose one."""

    email = forms.EmailField(max_length=254, widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Membership
        fields = ("name", "role")


@admin.register(Membership)
class MembersAdmin(ClinicModelAdmin):
    list_display = ("called", "email", "role", "is_active", "second_factor", "last_login_at")
    list_filter = ("role", "is_active")
    search_fields = ("called", "user__email")
    actions = ("deactivate", "reactivate", "send_again", "switch_off")
    hidden_in_history = ("updated_at", "login_epoch")

    def visible_to(self, membership: Membership) -> QuerySet[Membership]:
        return members_visible_to(membership)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("called", "id")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs.update(form=InviteForm)
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("email", "name", "role")
        shown = ("called", "email", "role", "is_active", "second_factor", "last_login_at")
        return (*shown, "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Name and e-mail are the person's, who may work elsewhere; patients stay patients."""
        if obj is None:
            return ()
        fixed = ("called", "email", "second_factor", "last_login_at", "created_at")
        return (*fixed, "role") if obj.role == Role.PATIENT else fixed

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs["choices"] = COLLEAGUES
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        if request.method == "POST" and connection.in_atomic_block:
            lock_members(membership_in(request).account_id)
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = invite_member(
            membership=membership_in(request), port=own_port(request), **form.cleaned_data
        )
        obj.__dict__.update(made.__dict__)

    def change(
        self, membership: Membership, record: Membership, fields: dict[str, Any]
    ) -> Membership:
        return change_member(membership=membership, member=record, **fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="name", ordering="called")
    def called(self, member: Membership) -> str:
        return str(member)

    @admin.display(description="e-mail", ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, member: Membership) -> bool:
        return bool(member.with_second_factor)  # type: ignore[attr-defined]

    @admin.action(description="Deactivate", permissions=["change"])
    def deactivate(self, request: HttpRequest, members: QuerySet[Membership]) -> None:
        def do(by: Membership, member: Membership) -> None:
            change_member(membership=by, member=member, is_active=False)

        self._each(request, members, do, "deactivated")

    @admin.action(description="Reactivate", permissions=["change"])
    def reactivate(self, request: HttpRequest, members: QuerySet[Membership]) -> None:
        def do(by: Membership, member: Membership) -> None:
            change_member(membership=by, member=member, is_active=True)

        self._each(request, members, do, "reactivated")

    @admin.action(description="Send the invitation again", permissions=["add"])
    def send_again(self, request: HttpRequest, members: QuerySet[Membership]) -> None:
        def do(by: Membership, member: Membership) -> None:
            send_invitation(membership=by, member=member, port=own_port(request))

        self._each(request, members, do, "written to")

    @admin.action(description="Switch the second factor off", permissions=["change"])
    def switch_off(self, request: HttpRequest, members: QuerySet[Membership]) -> None:
        def do(by: Membership, member: Membership) -> None:
            switch_off_for_member(membership=by, member=member)

        self._each(request, members, do, "log in with the password alone now")

    def _each(
        self,
        request: HttpRequest,
        members: QuerySet[Membership],
        do: Callable[[Membership, Membership], None],
        done: str,
    ) -> None:
        """Do it to each, and say of each that could not be done why."""
        by, names = membership_in(request), []
        for member in members:
            try:
                do(by, member)
            except ProblemError as error:
                self.message_user(request, f"{member}: {error.detail}", messages.ERROR)
            else:
                names.append(str(member))
        if names:
            self.message_user(request, f"{', '.join(names)}: {done}.", messages.SUCCESS)
