from typing import Any

from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import STAFF
from documents.inlines import DocumentsAdminMixin


class RecordAdmin(DocumentsAdminMixin, ClinicModelAdmin):
    """What the pages of all records share: a patient who stays, people who work here."""

    list_select_related: Any = ("patient",)
    autocomplete_fields: Any = ("patient",)
    search_help_text = "patient's name, or words of the record"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = tuple(super().get_readonly_fields(request, obj))
        return (*own, "patient") if obj else own

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.related_model is Membership:
            kwargs["queryset"] = memberships_of(current_account().pk).filter(role__in=STAFF)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Keep in the choices whoever stands on the record, also after they have left."""
        form = super().get_form(request, obj, **kwargs)
        for field in self.model._meta.fields:
            known = getattr(obj, field.attname, None) if obj is not None else None
            if field.related_model is Membership and known and field.name in form.base_fields:
                choice = form.base_fields[field.name]
                kept = Membership.objects.select_related("user").filter(pk=known)
                choice.queryset = choice.queryset | kept
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the person who writes as the one who sees the patient."""
        found = super().get_changeform_initial_data(request)
        membership = getattr(request.user, "membership", None)
        for field in self.model._meta.fields:
            if field.related_model is Membership and membership is not None:
                found.setdefault(field.name, str(membership.pk))
        return found
