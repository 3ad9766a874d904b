"""The platform's admin: accounts, domains, users, memberships. Nothing clinical.

`register_platform` is called by config/urls_platform.py with the platform's own site.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from accounts import members_admin  # noqa: F401  the page on the clinics' site registers itself
from accounts.errors import AccountRefusedError, ProblemError
from accounts.models import Account, Domain, Membership, User
from accounts.password_links import password_link
from accounts.requests import own_port
from accounts.roles import Role
from accounts.second_factor.switching_off import switch_off_for_login
from accounts.services.accounts import (
    check_domain,
    check_new_account,
    create_account,
    save_domain,
    update_account,
)
from accounts.services.logins import change_login, clinics_left_alone, make_login
from accounts.services.members import add_member, set_membership


def show_link(page: ModelAdmin, request: HttpRequest, membership: Membership) -> None:
    """Show where somebody without a password chooses one; only this page ever shows it."""
    user = membership.user
    if user.has_usable_password():
        return
    link = password_link(membership, scheme=request.scheme or "https", port=own_port(request))
    page.message_user(
        request, f"{user.email} chooses a password within 24 hours at {link}", messages.WARNING
    )


def values_of(form: forms.ModelForm, *names: str) -> dict[str, Any]:
    """Return what the form has to say about these fields."""
    return {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}


class KeptAdmin(ModelAdmin):
    """Rows that clinics refer to without a database constraint: deactivated, never deleted.

    They are written by services, whose refusals are shown on the same page.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except (ProblemError, ValidationError) as error:
            text = error.detail if isinstance(error, ProblemError) else " ".join(error.messages)
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NewAccountForm(forms.ModelForm):
    domain = forms.CharField(
        max_length=253, help_text="e.g. north.clinic.example", widget=UnfoldAdminTextInputWidget
    )
    admin_email = forms.EmailField(
        help_text="the first administrator", widget=UnfoldAdminEmailInputWidget
    )

    class Meta:
        model = Account
        fields = ("schema_name", "name", "time_zone")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            check_new_account(
                schema_name=data["schema_name"],
                name=data["name"],
                domain=data["domain"],
                admin_email=data["admin_email"],
                time_zone=data["time_zone"],
            )
        except AccountRefusedError as error:
            field = "schema_name" if error.field == "schema" else error.field
            self.add_error(field, error.detail)
        return data


class DomainForm(forms.ModelForm):
    def clean_domain(self) -> str:
        domain = self.cleaned_data["domain"].strip().lower()
        try:
            check_domain(domain, known_as=self.instance.domain)
        except AccountRefusedError as error:
            raise forms.ValidationError(error.detail) from error
        return domain


class DomainInline(TabularInline):
    model = Domain
    form = DomainForm
    extra = 0
    fields = ("domain", "is_primary")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AccountAdmin(KeptAdmin):
    list_display = ("name", "schema_name", "status", "provider_scope", "created_at")
    list_filter = ("status",)
    search_fields = ("name", "schema_name", "domains__domain")
    readonly_fields = ("schema_name", "created_at")
    fields = (
        "name",
        "schema_name",
        "status",
        "provider_scope",
        "time_zone",
        "locale",
        "second_factor_required",
        "created_at",
    )

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        if obj is None:
            kwargs.update(form=NewAccountForm, fields=("schema_name", "name", "time_zone"))
        return super().get_form(request, obj, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("schema_name", "name", "domain", "admin_email", "time_zone")
        return self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [DomainInline] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            names = tuple(name for name in self.fields if name not in self.readonly_fields)
            obj.__dict__.update(update_account(account=obj, **values_of(form, *names)).__dict__)
            return
        data = form.cleaned_data
        account = create_account(
            schema_name=data["schema_name"],
            name=data["name"],
            domain=data["domain"],
            admin_email=data["admin_email"],
            time_zone=data["time_zone"],
        )
        obj.__dict__.update(account.__dict__)
        show_link(self, request, account.memberships.select_related("user").get())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for domain in formset.save(commit=False):
            save_domain(domain=domain)


class UserAdmin(KeptAdmin):
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_superuser", "last_login", "created_at")
    readonly_fields = ("last_login", "created_at")
    actions = ("switch_off_second_factor",)

    @admin.action(description="Switch the second factor off", permissions=["change"])
    def switch_off_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            try:
                switch_off_for_login(user=user, by=request.user)  # type: ignore[arg-type]
            except ProblemError as error:
                self.message_user(request, f"{user}: {error.detail}", messages.ERROR)
            else:
                text = f"{user}: logs in with the password alone now."
                self.message_user(request, text, messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        fields = values_of(form, "email", "name", "is_active", "is_superuser")
        saved = change_login(user=obj, **fields) if change else make_login(**fields)
        obj.__dict__.update(saved.__dict__)
        if not saved.is_active:
            for account in clinics_left_alone(saved):
                text = f"{account} has no administrator now who can log in. Add one."
                self.message_user(request, text, messages.WARNING)


class MembershipAdmin(KeptAdmin):
    list_display = ("user", "account", "role", "is_active")
    list_filter = ("role", "is_active", "account")
    list_select_related = ("user", "account")
    search_fields = ("user__email", "user__name", "account__name")
    autocomplete_fields = ("user", "account")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("account", "user", "role", "is_active") if obj else ("account", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Records refer to a membership: who and where never change, only what they are."""
        return ("account", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            saved = set_membership(member=obj, **values_of(form, "role", "is_active"))
            obj.__dict__.update(saved.__dict__)
            return
        made = add_member(account=obj.account, email=obj.user.email, role=Role(obj.role))
        obj.__dict__.update(made.__dict__)
        show_link(self, request, made)


def register_platform(site: AdminSite) -> None:
    """Put this app's pages on the platform's site."""
    site.register(Account, AccountAdmin)
    site.register(User, UserAdmin)
    site.register(Membership, MembershipAdmin)
