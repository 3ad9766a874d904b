"""Accounts with companies that carry messages. Secrets are written here and never shown again."""

from functools import cache
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.clinic_admin import ClinicForm, ClinicModelAdmin, membership_in
from accounts.confirmation import confirmed
from accounts.errors import ProblemError
from accounts.models import Membership
from sms_integration.gateways.clients import CLIENTS, client_class_of, credentials_of
from sms_integration.models import Gateway, Provider
from sms_integration.policies import gateways_visible_to
from sms_integration.services.gateways import (
    PLAIN,
    UNSIGNED,
    WEBHOOK_TOKEN,
    check_gateway,
    save_gateway,
)
from sms_integration.services.media_links import public_address
from sms_integration.services.simulating import MOST_PICTURES, simulate_inbound_for
from sms_integration.services.texts import LONGEST

# What `GatewayForm` has a field for.
SECRETS = ("account_sid", "auth_token", "username", "password", "numbers", "webhook_token")


@cache
def fields_of_all() -> dict[str, dict[str, str]]:
    """Return of each provider the names of its secrets, and what they are called."""
    clients = {provider: client_class_of(provider) for provider in CLIENTS}
    return {
        provider: {**client.credential_fields, **client.optional_fields}
        for provider, client in clients.items()
    }


def _label(name: str) -> str:
    """Return what a secret is called, and whose it is."""
    for provider, fields in fields_of_all().items():
        if name in fields:
            return f"{fields[name]} ({Provider(provider).label})"
    raise LookupError(name)


class GatewayForm(ClinicForm):
    """The columns of a gateway, and a field for each secret that some company wants."""

    account_sid = forms.CharField(required=False)
    auth_token = forms.CharField(required=False)
    username = forms.CharField(required=False)
    password = forms.CharField(required=False)
    numbers = forms.CharField(required=False)
    webhook_token = forms.CharField(required=False)

    class Meta:
        model = Gateway
        fields = ("name", "provider", "sender", "is_active", "help_text")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = {} if self.instance._state.adding else credentials_of(self.instance)
        for name in SECRETS:
            field = self.fields[name]
            field.label = _label(name)
            if name in PLAIN:
                field.widget = UnfoldAdminTextInputWidget()
                field.initial = kept.get(name, "")
                continue
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
            if kept.get(name):
                field.help_text = "There is one; leave it empty to keep it."

    membership: Membership
    gateway: Gateway | None
    saved: Gateway

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        provider = self.gateway.provider if self.gateway else data.get("provider")
        fields = fields_of_all()[provider] if provider else {}
        self.secrets = {name: data[name] for name in fields if data.get(name) or name in PLAIN}
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """Leave to the service that there is one active gateway: it switches the others off."""
        return {*super()._get_validation_exclusions(), "is_active"}  # type: ignore[misc]

    def _post_clean(self) -> None:
        """Save by the service, so that what it refuses stands beside its field.

        In the page's transaction: whatever fails later takes it back.
        """
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            _save(self)


class SimulateForm(forms.Form):
    """A message that nobody sends."""

    sender = forms.CharField(label="From", widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(required=False, max_length=LONGEST, widget=UnfoldAdminTextareaWidget)
    pictures = forms.IntegerField(
        min_value=0, max_value=MOST_PICTURES, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )


@admin.register(Gateway)
class GatewayAdmin(ClinicModelAdmin):
    form = GatewayForm
    list_display = ("name", "provider", "sender", "is_active")
    list_filter = ("provider", "is_active")
    search_fields = ("name", "sender")
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": (("name", "provider"), ("sender", "is_active"), "help_text")}),
        ("Secrets", {"fields": SECRETS}),
        ("To enter at the company", {"fields": ("addresses",)}),
    )
    actions_detail = ("check_account", "simulate")

    def visible_to(self, membership: Membership) -> QuerySet[Gateway]:
        return gateways_visible_to(membership)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("provider", "addresses") if obj is not None else ("addresses",)

    @admin.display(description="addresses that it calls")
    def addresses(self, gateway: Gateway) -> str:
        """Say where messages and receipts are to be sent; one without signatures needs a token."""
        if gateway._state.adding:
            return "They are shown here once it is saved."
        base, query = f"{public_address()}/sms/{gateway.pk}", ""
        if gateway.provider in UNSIGNED:
            query = f"?token={credentials_of(gateway).get(WEBHOOK_TOKEN, '')}"
        return f"Messages: {base}/inbound{query} · Receipts: {base}/status{query}"

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """Tell the form who saves; the class is made anew for each request."""
        form = super().get_form(request, obj, **options)
        form.membership, form.gateway = membership_in(request), obj
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has had the service check and save it; nothing is left to do."""
        obj.__dict__.update(form.saved.__dict__)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_check_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return membership_in(request).may("gateways.change")

    @action(description="Check", url_path="check", permissions=["check"], icon="wifi_tethering")
    def check_account(self, request: HttpRequest, object_id: str) -> HttpResponse:
        gateway = self.get_object(request, object_id)
        if gateway is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

        def do(_: dict[str, Any]) -> str:
            check_gateway(membership=membership_in(request), gateway=gateway)
            return "The company takes these credentials."

        return confirmed(
            self,
            request,
            gateway,
            title=f"Check {gateway}",
            text="The company is asked whether it takes the credentials. Nothing is sent.",
            button="Check",
            do=do,
        )

    def has_simulate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        membership = membership_in(request)
        if not membership.may("gateways.change"):
            return False
        rows = gateways_visible_to(membership).filter(provider=Provider.CONSOLE)
        return object_id is None or rows.filter(pk=object_id).exists()

    @action(
        description="Simulate a message",
        url_path="simulate",
        permissions=["simulate"],
        icon="mark_chat_unread",
    )
    def simulate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        gateway = self.get_object(request, object_id)
        if gateway is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

        def do(data: dict[str, Any]) -> str:
            simulate_inbound_for(membership=membership_in(request), gateway=gateway, **data)
            return "It has come in. Its pictures follow as soon as a worker has fetched them."

        return confirmed(
            self,
            request,
            gateway,
            title="Simulate a message",
            text="As if somebody had sent it to the clinic: it goes the way of every message. The"
            " pictures are invented.",
            button="Let it come in",
            do=do,
            form_class=SimulateForm,
        )


def _save(form: GatewayForm) -> None:
    data, gateway = form.cleaned_data, form.gateway
    try:
        form.saved = save_gateway(
            membership=form.membership,
            gateway=gateway,
            name=data["name"],
            provider=gateway.provider if gateway else data["provider"],
            sender=data["sender"],
            credentials=form.secrets,
            is_active=data["is_active"],
            help_text=data["help_text"],
        )
    except ProblemError as error:
        form.add_error(error.field if error.field in form.fields else None, error.detail)
    except ValidationError as error:
        form.add_error(None, error)
