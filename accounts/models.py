"""Shared tables: clinics (accounts), their host names, people and what they are at each clinic."""

import zoneinfo
from collections.abc import Iterator
from typing import Any, ClassVar

import pghistory
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django_tenants.models import DomainMixin, TenantMixin

from accounts.fields import uuid7
from accounts.roles import ABILITIES, STAFF, Role
from accounts.tenancy import PUBLIC, current_schema


class Entity(models.Model):
    """What every table has: a time-ordered id and when the row was made and last changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class AccountStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"


class ProviderScope(models.TextChoices):
    OWN = "own", "Their own patients and unassigned ones"
    ALL = "all", "All patients of the clinic"


SCHEMA_NAME = RegexValidator(
    r"^[a-z][a-z0-9_]{1,47}\Z",
    "Use 2 to 48 lower-case letters, digits and underscores, beginning with a letter.",
)


def validate_time_zone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValidationError(f"There is no time zone {name!r}.") from error


@pghistory.track()
class Account(TenantMixin, Entity):
    """A clinic. `create_account` makes it with its schema; nothing else may."""

    auto_create_schema = False

    name = models.CharField(max_length=200)
    schema_name = models.CharField(max_length=48, unique=True, validators=[SCHEMA_NAME])
    status = models.CharField(
        max_length=20, choices=AccountStatus.choices, default=AccountStatus.ACTIVE
    )
    provider_scope = models.CharField(
        max_length=10,
        choices=ProviderScope.choices,
        default=ProviderScope.OWN,
        help_text="Which patients a provider sees.",
    )
    time_zone = models.CharField(
        max_length=64, default="Australia/Sydney", validators=[validate_time_zone]
    )
    locale = models.CharField(max_length=20, default="en-AU")
    second_factor_required = models.BooleanField(
        "second factor required of staff",
        default=False,
        db_default=False,
        help_text="Staff without one set it up before they do anything else.",
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Domain(DomainMixin, Entity):
    """A host name under which a clinic is reached."""

    class Meta:
        ordering = ("domain",)

    def __str__(self) -> str:
        return self.domain


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, Entity):
    """A person with one login for all clinics; what they may do there is in `Membership`.

    `is_superuser` opens the platform's admin and nothing in a clinic.
    """

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField("platform administrator", default=False)
    # Part of every session's hash; raised when the login is deactivated.
    login_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    membership: "Membership | None" = None  # in the clinic of this request; set by the backend

    class Meta:
        ordering = ("email",)
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_unique"),)

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    @property
    def is_staff(self) -> bool:
        """Whether this person gets into the admin of the host that is asked."""
        if current_schema() == PUBLIC:
            return self.is_active and self.is_superuser
        return self.membership is not None and self.membership.is_staff

    def get_session_auth_hash(self) -> str:
        """Return what a session must hold to be this person's: it ends with any of its parts.

        The password, and how often the login and the membership in this clinic were deactivated:
        what has ended stays so after a reactivation. Tokens stand on such sessions too.
        """
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return (self._session_hash(secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes | None) -> str:
        here = "" if self.membership is None else self.membership.login_epoch
        value = f"{self.password}|{self.login_epoch}|{here}"
        return salted_hmac("accounts.session", value, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's permission question from the role in this clinic."""
        from accounts.policies import has_django_permission

        return has_django_permission(self, perm)

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        from accounts.policies import has_any_django_permission

        return has_any_django_permission(self, app_label)


@pghistory.track(exclude=["last_login_at"])
class Membership(Entity):
    """What a person is at a clinic. Never deleted, only deactivated: records refer to it.

    `set_membership` (accounts/services/members.py) changes it.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    # As this clinic wrote it: the login's own name would say that somebody is known elsewhere.
    name = models.CharField(max_length=200, blank=True)
    last_login_at = models.DateTimeField(null=True, editable=False)  # at this clinic
    # Second factors from before do not count at this clinic (accounts/second_factor/).
    second_factor_waived_at = models.DateTimeField(
        "second factor switched off by an administrator", null=True, editable=False
    )
    login_epoch = models.PositiveIntegerField(default=0, editable=False)  # as in `User`

    class Meta:
        ordering = ("account", "user")
        constraints = (
            models.UniqueConstraint(fields=("account", "user"), name="membership_unique"),
        )

    def __str__(self) -> str:
        return self.name or str(self.user)

    @property
    def shown_name(self) -> str:
        """What this clinic calls the person; `members_visible_to` makes a column of it."""
        return self.name or self.user.name

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    def may(self, ability: str) -> bool:
        """Say whether the role has an ability such as `patients.change` (accounts/roles.py)."""
        return ability in ABILITIES[Role(self.role)]


@pghistory.track(exclude=["data", "last_used_at"])
class SecondFactor(Authenticator):
    """A login's authenticator app or recovery codes, with a history of which came and went."""

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return str(self.get_type_display())
