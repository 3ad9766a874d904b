"""The platform's admin: accounts, domains, users, memberships. Nothing clinical.

`register_platform` is called by config/urls_platform.py with the platform's own site.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from accounts.errors import AccountRefusedError
from accounts.models import Account, Domain, Membership, User
from accounts.services.accounts import (
    check_domain,
    check_new_account,
    create_account,
    password_link,
)


def _own_port(request: HttpRequest) -> str:
    """Return the port people have typed, empty when they need not."""
    return request.get_host().partition(":")[2]


def show_link(page: ModelAdmin, request: HttpRequest, membership: Membership) -> None:
    """Show where somebody without a password chooses one; only this page ever shows it."""
    user = membership.user
    if user.has_usable_password():
        return
    link = password_link(
        user, membership.account, scheme=request.scheme or "https", port=_own_port(request)
    )
    page.message_user(
        request, f"{user.email} chooses a password within 24 hours at {link}", messages.WARNING
    )


class KeptAdmin(ModelAdmin):
    """Rows that clinics refer to without a database constraint: deactivated, never deleted."""

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
            super().save_model(request, obj, form, change)
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
        show_link(self, request, account.memberships.get())


class UserAdmin(KeptAdmin):
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_superuser", "last_login", "created_at")
    readonly_fields = ("last_login", "created_at")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # chosen by the link that adding a membership shows
        super().save_model(request, obj, form, change)


class MembershipAdmin(KeptAdmin):
    list_display = ("user", "account", "role", "is_active")
    list_filter = ("role", "is_active", "account")
    list_select_related = ("user", "account")
    search_fields = ("user__email", "user__name", "account__name")
    autocomplete_fields = ("user", "account")
    fields = ("account", "user", "role", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Records refer to a membership: who and where never change, only what they are."""
        return ("account", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            show_link(self, request, obj)


def register_platform(site: AdminSite) -> None:
    """Put this app's pages on the platform's site."""
    site.register(Account, AccountAdmin)
    site.register(User, UserAdmin)
    site.register(Membership, MembershipAdmin)
