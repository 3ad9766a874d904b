from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.audit.models import AccessLog
from accounts.clinic_admin import ClinicModelAdmin
from accounts.models import Membership

# Shared tables that other packages put on the clinics' site; nobody here may open them.
for shared in (Authenticator, EmailAddress, Group):
    admin.site.unregister(shared)


@admin.register(AccessLog)
class AccessLogAdmin(ClinicModelAdmin):
    """Who read what. For reading only, like the table."""

    list_display = ("at", "user", "role", "action", "object_type", "number_of_objects", "ip")
    list_filter = ("action", "object_type")
    list_select_related = ("user",)
    search_fields = ("request_id",)
    ordering = ("-at",)

    def visible_to(self, membership: Membership) -> QuerySet[AccessLog]:
        log = AccessLog.objects.all()
        return log if membership.may("audit.view") else log.none()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A row of the log has no history: it never changes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:audit_accesslog_change", args=[object_id]))

    @admin.display(description="objects")
    def number_of_objects(self, entry: AccessLog) -> int:
        return len(entry.object_ids)
