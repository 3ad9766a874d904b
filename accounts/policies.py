"""Who may enter and what their role allows."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce, NullIf

from accounts.roles import PERMISSION_AREAS, STAFF
from accounts.tenancy import PUBLIC, current_schema, current_tenant

if TYPE_CHECKING:
    from accounts.models import Account, Membership, User

_PLATFORM_APPS = {"accounts"}


def membership_of(user_id: UUID | str, *, schema_name: str) -> "Membership | None":
    """Return the person's active membership in the clinic of that schema, its user loaded."""
    from accounts.models import AccountStatus, Membership

    return (
        Membership.objects.select_related("user")
        .filter(
            user_id=user_id,
            account__schema_name=schema_name,
            account__status=AccountStatus.ACTIVE,
            is_active=True,
            user__is_active=True,
        )
        .first()
    )


def memberships_of(account_id: UUID) -> "models.QuerySet[Membership]":
    """Return the active memberships of a clinic, for choosing a clinician."""
    from accounts.models import Membership

    return Membership.objects.select_related("user").filter(account_id=account_id, is_active=True)


def members_visible_to(membership: "Membership") -> "models.QuerySet[Membership]":
    """Return everybody of the clinic, with `called`: what the clinic calls them.

    `with_second_factor` is said of those only who have logged in here: of others it would tell
    that they have a login elsewhere.
    """
    from allauth.mfa.models import Authenticator

    factors = Authenticator.objects.filter(user_id=OuterRef("user_id"), type="totp")
    waived = factors.filter(created_at__lte=OuterRef("second_factor_waived_at"))
    members = _with_names().filter(account_id=membership.account_id)
    members = members.annotate(
        with_second_factor=Q(last_login_at__isnull=False) & Exists(factors) & ~Exists(waived)
    )
    return members if membership.may("members.view") else members.none()


def clinicians_visible_to(membership: "Membership") -> "models.QuerySet[Membership]":
    """Return whom patients can be assigned to; for staff."""
    clinicians = _with_names().filter(
        account_id=membership.account_id, is_active=True, user__is_active=True, role__in=STAFF
    )
    return clinicians if membership.is_staff else clinicians.none()


def _with_names() -> "models.QuerySet[Membership]":
    from accounts.models import Membership

    called = Coalesce(NullIf("name", Value("")), "user__name")
    return Membership.objects.select_related("user").annotate(called=called)


def current_account() -> "Account":
    """Return the clinic this request or task runs in; in the shared schema there is none."""
    from accounts.models import Account

    tenant = current_tenant()
    if isinstance(tenant, Account):
        return tenant
    return Account.objects.get(schema_name=current_schema())


def has_django_permission(user: "User", perm: str) -> bool:
    app_label, _, codename = perm.partition(".")
    action, _, model = codename.partition("_")
    if not user.is_active:
        return False
    if current_schema() == PUBLIC:
        return user.is_superuser and app_label in _PLATFORM_APPS
    area = PERMISSION_AREAS.get(f"{app_label}.{model}") or PERMISSION_AREAS.get(app_label)
    return (
        area is not None and user.membership is not None and user.membership.may(f"{area}.{action}")
    )


def has_any_django_permission(user: "User", app_label: str) -> bool:
    if current_schema() == PUBLIC:
        return user.is_active and user.is_superuser and app_label in _PLATFORM_APPS
    areas = {area for key, area in PERMISSION_AREAS.items() if key.partition(".")[0] == app_label}
    return user.membership is not None and any(
        user.membership.may(f"{area}.view") for area in areas
    )


if TYPE_CHECKING:
    from django.db import models
