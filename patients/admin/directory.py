from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.clinic_admin import ClinicModelAdmin
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import Role
from documents.inlines import DocumentsAdminMixin
from patients.models import Company, Coordinator, Guardian, Referrer
from patients.policies import (
    companies_visible_to,
    coordinators_visible_to,
    guardians_visible_to,
    referrers_visible_to,
)
from patients.services.directory import (
    add_guardian,
    change_guardian,
    delete_directory_entry,
    save_directory_entry,
)


class DirectoryAdmin(DocumentsAdminMixin, ClinicModelAdmin):
    """What referrers, coordinators and companies share."""

    def make(self, membership: Membership, fields: dict[str, Any]) -> Any:
        return save_directory_entry(membership=membership, entry=self.model(), **fields)

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Any:
        return save_directory_entry(membership=membership, entry=record, **fields)

    def remove(self, membership: Membership, record: Any) -> None:
        delete_directory_entry(membership=membership, entry=record)


@admin.register(Referrer)
class ReferrerAdmin(DirectoryAdmin):
    list_display = ("full_name", "specialty", "company", "email", "phone", "files")
    list_select_related = ("company",)
    search_fields = ("first_name", "last_name", "specialty", "email")
    autocomplete_fields = ("company",)
    ordering = ("last_name", "first_name", "id")
    fields = (
        ("first_name", "last_name"),
        ("specialty", "provider_number"),
        "company",
        ("email", "phone"),
        "address",
    )

    @admin.display(description="name", ordering="last_name")
    def full_name(self, referrer: Referrer) -> str:
        return f"{referrer.last_name}, {referrer.first_name}"

    def visible_to(self, membership: Membership) -> QuerySet[Referrer]:
        return referrers_visible_to(membership)


@admin.register(Coordinator)
class CoordinatorAdmin(DirectoryAdmin):
    list_display = ("full_name", "position", "company", "email", "phone", "files")
    list_select_related = ("company",)
    search_fields = ("first_name", "last_name", "position", "email", "company__name")
    autocomplete_fields = ("company",)
    ordering = ("last_name", "first_name", "id")
    fields = (
        ("first_name", "last_name"),
        ("position", "company"),
        ("email", "phone"),
        "address",
        "notes",
    )

    @admin.display(description="name", ordering="last_name")
    def full_name(self, coordinator: Coordinator) -> str:
        return f"{coordinator.last_name}, {coordinator.first_name}"

    def visible_to(self, membership: Membership) -> QuerySet[Coordinator]:
        return coordinators_visible_to(membership)


@admin.register(Company)
class CompanyAdmin(DirectoryAdmin):
    list_display = ("name", "email", "phone", "files")
    search_fields = ("name", "email")
    ordering = ("name", "id")
    fields = ("name", ("email", "phone"), "address", "notes")

    def visible_to(self, membership: Membership) -> QuerySet[Company]:
        return companies_visible_to(membership)


@admin.register(Guardian)
class GuardianAdmin(ClinicModelAdmin):
    """Which login acts for which patient."""

    list_display = ("user", "relationship", "patient", "is_active")
    list_select_related = ("user", "patient")
    list_filter = ("relationship", "is_active")
    search_fields = ("patient__last_name", "patient__first_name", "user__email")
    autocomplete_fields = ("patient",)
    fields = ("patient", "user", "relationship", "is_active")
    ordering = ("-id",)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "user":
            members = memberships_of(current_account().pk).filter(role=Role.PATIENT)
            kwargs["queryset"] = db_field.related_model.objects.filter(
                pk__in=members.order_by().values("user_id")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("patient", "user") if obj else ()

    def visible_to(self, membership: Membership) -> QuerySet[Guardian]:
        return guardians_visible_to(membership)

    def make(self, membership: Membership, fields: dict[str, Any]) -> Guardian:
        return add_guardian(
            membership=membership,
            patient=fields["patient"],
            user_id=fields["user"].pk,
            relationship=fields["relationship"],
            is_active=fields["is_active"],
        )

    def change(self, membership: Membership, record: Any, fields: dict[str, Any]) -> Guardian:
        return change_guardian(membership=membership, guardian=record, **fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
