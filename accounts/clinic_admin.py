"""The base of every clinical admin page: policies to read, services to write, reads logged."""

import json
from http import HTTPStatus
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import DataError, connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from accounts.api.etags import etag_of
from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.desk.services import filters_of
from accounts.errors import ProblemError
from accounts.history import changes_of
from accounts.models import Membership


def membership_in(request: HttpRequest) -> Membership:
    """Return what the person is at this clinic; the admin site lets nobody else in."""
    membership: Membership = request.user.membership  # type: ignore[union-attr,assignment]
    return membership


def note_suggestions(request: HttpRequest, response: HttpResponse) -> None:
    """Write the rows that an autocomplete field suggested to the access log."""
    shown = [row["id"] for row in json.loads(response.content).get("results", [])]
    if not shown:
        return
    model = apps.get_model(request.GET["app_label"], request.GET["model_name"])
    related = model._meta.get_field(request.GET["field_name"]).related_model
    record_access(
        membership=membership_in(request),
        action=AccessAction.LIST,
        object_type=related._meta.label_lower,  # type: ignore[union-attr]
        object_ids=shown,
        admin=True,
    )


SEEN = "_seen"  # the form's note of what its person has read
CHANGED_MEANWHILE = (
    "Somebody has changed this since you opened it. What you see is yours, not theirs: look at the"
    " history, and save again to keep yours."
)


class ClinicForm(forms.ModelForm):
    """A form that notices when somebody else has saved since it was opened."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        seen = self.data.get(SEEN)
        if seen and not self.instance._state.adding and seen != etag_of(self.instance):
            raise ValidationError(CHANGED_MEANWHILE, code="changed_meanwhile")
        return data


REFUSALS = (ProblemError, ValidationError, ValueError, DataError, OverflowError)
LOOKUPS = frozenset({"", "exact", "in", "isnull", "gt", "gte", "lt", "lte", "id", "id__exact"})


class ClinicModelAdmin(ModelAdmin):
    """An admin page of a tenant's model.

    A subclass says what a member sees (`visible_to`) and which services `make`, `change` and
    `remove`; pages without them are for reading.
    """

    list_per_page = 30
    show_full_result_count = False
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True
    actions: Any = ()
    form = ClinicForm
    change_form_before_template = "admin/seen.html"
    list_before_template = "admin/saved_filters.html"
    hidden_in_history: tuple[str, ...] = ("updated_at",)

    def visible_to(self, membership: Membership) -> QuerySet[Any]:
        raise NotImplementedError

    def make(self, membership: Membership, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def remove(self, membership: Membership, record: Any) -> None:
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible_to(membership_in(request)).order_by(*self.get_ordering(request))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return the record; for a change it is locked, so that two cannot pass each other."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST" and connection.in_atomic_block:
            self.model._default_manager.select_for_update().get(pk=found.pk)
            found = super().get_object(request, object_id, from_field)
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offer, accept and show what this member sees, and nothing else."""
        page = self.admin_site._registry.get(db_field.related_model)
        if page is not None and "queryset" not in kwargs:
            kwargs["queryset"] = page.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take from the address what fits the fields; ids that are none are left out."""
        found: dict[str, Any] = super().get_changeform_initial_data(request)
        for field in self.model._meta.fields:
            if field.name in found and field.related_model is not None:
                try:
                    field.target_field.to_python(found[field.name])
                except ValidationError:
                    del found[field.name]
        return found

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Allow the page's own filters in an address, not any question to the database."""
        field, _, kind = lookup.partition("__")
        own = {name if isinstance(name, str) else name[0] for name in self.list_filter}
        return field in own and kind in LOOKUPS

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)  # it would go round the services
        return found

    def save_model(
        self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool
    ) -> None:
        if change and not form.changed_data:
            return  # only its documents were touched
        names = form.changed_data if change else list(form.cleaned_data)
        known = {field.name for field in self.model._meta.fields}
        fields = {name: form.cleaned_data[name] for name in names if name in known}
        membership = membership_in(request)
        saved = (
            self.change(membership, self.model._default_manager.get(pk=obj.pk), fields)
            if change
            else self.make(membership, fields)
        )
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.remove(membership_in(request), obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a service's refusal as a message; the checks of the form have passed by then."""
        try:
            response: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except REFUSALS as error:
            return self._refused(request, error)
        if object_id and response.status_code == HTTPStatus.OK:
            self._note(request, AccessAction.VIEW, [unquote(object_id)])
            self._note_inlines(request, response)
        return response

    def render_change_form(self, request: HttpRequest, context: Any, **options: Any) -> Any:
        """Write into the form which state of the record it shows."""
        record = context.get("original")
        context["seen"] = etag_of(record) if hasattr(record, "updated_at") else ""
        return super().render_change_form(request, context, **options)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except REFUSALS as error:
            return self._refused(request, error)
        if response.status_code == HTTPStatus.OK:
            self._note(request, AccessAction.VIEW, [unquote(object_id)])
        return response

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changelist_view(request, extra_context)
        except REFUSALS as error:
            return self._refused(request, error)
        changelist = getattr(response, "context_data", None) and response.context_data.get("cl")  # type: ignore[attr-defined]
        if changelist is not None:
            response.context_data |= {  # type: ignore[attr-defined]
                "saved_filters": filters_of(membership_in(request), self.opts.label_lower),
                "current_query": request.GET.urlencode(),
            }
            self._note(request, AccessAction.LIST, [row.pk for row in changelist.result_list])
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed what and when, however it was changed: from the triggers' history."""
        record = self.get_object(request, unquote(object_id))
        if record is None or not self.has_view_permission(request, record):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        self._note(request, AccessAction.VIEW, [record.pk])
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {record}",
            "object": record,
            "opts": self.opts,
            "changes": changes_of(record, hidden=self.hidden_in_history),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/clinic_history.html", context)

    def _note_inlines(self, request: HttpRequest, response: HttpResponse) -> None:
        """Note what else the page shows: the documents of the record."""
        context = getattr(response, "context_data", None) or {}
        for inline in context.get("inline_admin_formsets", ()):
            shown = [form.instance.pk for form in inline.formset.initial_forms]
            if shown:
                record_access(
                    membership=membership_in(request),
                    action=AccessAction.LIST,
                    object_type=inline.opts.model._meta.label_lower,
                    object_ids=shown,
                    admin=True,
                )

    def _note(self, request: HttpRequest, action: AccessAction, ids: list[Any]) -> None:
        if ids:
            record_access(
                membership=membership_in(request),
                action=action,
                object_type=self.opts.label_lower,
                object_ids=ids,
                admin=True,
            )

    def _refused(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """Say what is wrong on a page that is not wrong: the same one, or the list."""
        if isinstance(error, ProblemError):
            text = error.detail
        elif isinstance(error, ValidationError):
            text = " ".join(error.messages)
        elif request.method == "POST":
            raise error  # no refusal, but a fault of ours: it must be seen
        else:
            text = "This address or form holds something that cannot be looked for."
        self.message_user(request, text, messages.ERROR)
        if request.method == "POST":
            return HttpResponseRedirect(request.get_full_path())
        return HttpResponseRedirect(
            request.path
            if request.GET
            else reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        )
