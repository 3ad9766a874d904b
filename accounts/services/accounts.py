"""Making a clinic."""

import re

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_tenants.utils import schema_exists

from accounts.errors import AccountRefusedError
from accounts.models import SCHEMA_NAME, Account, Domain, Membership, User
from accounts.roles import Role
from accounts.services.schemas import (
    TEMPLATE,
    clone_template,
    ensure_template,
    lock_template,
)
from accounts.tenancy import PUBLIC, current_schema

RESERVED_SCHEMAS = {PUBLIC, TEMPLATE, "information_schema"}
HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z"
)


def create_account(
    *,
    schema_name: str,
    name: str,
    domain: str,
    admin_email: str,
    time_zone: str = "Australia/Sydney",
) -> Account:
    """Make a clinic: its schema, host name and first administrator. All of it or nothing.

    The schema is cloned from the template, which takes hardly longer with many clinics
    (docs/decisions/0002). A person who has a login already keeps it and becomes administrator
    here as well.
    Raises `AccountRefusedError`, which names the field and the reason.
    """
    wanted = {
        "schema_name": schema_name.strip(),
        "name": name.strip(),
        "domain": domain.strip().lower(),
        "admin_email": admin_email.strip(),
        "time_zone": time_zone,
    }
    check_new_account(**wanted)
    ensure_template()
    with transaction.atomic():
        lock_template()
        check_new_account(**wanted)  # somebody may have been faster
        account = Account(
            schema_name=wanted["schema_name"], name=wanted["name"], time_zone=time_zone
        )
        clone_template(account.schema_name)
        account.save()
        Domain.objects.create(domain=wanted["domain"], tenant=account, is_primary=True)
        user = User.objects.filter(email__iexact=wanted["admin_email"]).first()
        if user is None:
            user = User.objects.create_user(wanted["admin_email"])
        Membership.objects.create(account=account, user=user, role=Role.ADMIN)
    return account


def check_new_account(
    *, schema_name: str, name: str, domain: str, admin_email: str, time_zone: str
) -> None:
    """Refuse what no clinic can be made of; raises `AccountRefusedError`."""
    if current_schema() != PUBLIC:
        raise AccountRefusedError("Accounts are made from the shared schema only.")
    _check_schema_name(schema_name.strip())
    check_domain(domain.strip().lower())
    if not name.strip():
        raise AccountRefusedError("Give the clinic a name.", field="name")
    try:
        Account(schema_name=schema_name.strip(), name=name.strip(), time_zone=time_zone).full_clean(
            validate_unique=False
        )
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        raise AccountRefusedError(reasons[0], field=field) from error
    try:
        validate_email(admin_email.strip())
        User._meta.get_field("email").run_validators(admin_email.strip())
    except ValidationError as error:
        raise AccountRefusedError("This is no e-mail address.", field="admin_email") from error


def password_link(user: User, account: Account, *, scheme: str, port: str = "") -> str:
    """Return the one-time address at which a person chooses the first password.

    `port` is empty where it is the scheme's own.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    host = account.get_primary_domain().domain + (f":{port}" if port else "")
    return f"{scheme}://{host}/admin/reset/{uid}/{token}/"


def _check_schema_name(name: str) -> None:
    try:
        SCHEMA_NAME(name)
    except ValidationError as error:
        raise AccountRefusedError(str(error.message), field="schema") from error
    if name in RESERVED_SCHEMAS or name.startswith("pg_"):
        raise AccountRefusedError(f"{name} is reserved; choose another name.", field="schema")
    if Account.objects.filter(schema_name=name).exists():
        raise AccountRefusedError(f"There is an account {name} already.", field="schema")
    if schema_exists(name):
        raise AccountRefusedError(
            f"The database has a schema {name} that is no account; choose another name.",
            field="schema",
        )


def check_domain(domain: str, *, known_as: str = "") -> None:
    """Refuse a host name that no clinic can have; `known_as` is the one it has already."""
    if not HOST_NAME.match(domain):
        raise AccountRefusedError(
            "Give a host name such as north.clinic.example, without scheme or port.",
            field="domain",
        )
    if domain.startswith("www."):
        raise AccountRefusedError("Leave out www., it is understood.", field="domain")
    if domain == settings.PLATFORM_HOST.lower():
        raise AccountRefusedError("This host is the platform's own.", field="domain")
    if domain != known_as and Domain.objects.filter(domain=domain).exists():
        raise AccountRefusedError(f"{domain} belongs to another account.", field="domain")
