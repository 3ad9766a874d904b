"""Making a clinic."""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django_tenants.utils import schema_exists

from accounts.errors import AccountRefusedError
from accounts.models import SCHEMA_NAME, Account, Domain, User
from accounts.roles import Role
from accounts.services.members import add_member
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
        add_member(account=account, email=wanted["admin_email"], role=Role.ADMIN)
    return account


@transaction.atomic
def update_account(*, account: Account, **fields: Any) -> Account:
    """Change what may change of a clinic: not its schema, which its object keys stand on."""
    found = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    for name, value in fields.items():
        if name == "schema_name":
            raise AccountRefusedError("The schema of a clinic never changes.", field="schema")
        setattr(found, name, value)
    found.full_clean()
    found.save()
    return found


def save_domain(*, domain: Domain) -> Domain:
    """Give a clinic another host name, or change one. The first is its primary one."""
    known = Domain.objects.filter(pk=domain.pk).first()
    domain.domain = domain.domain.strip().lower()
    check_domain(domain.domain, known_as=known.domain if known else "")
    domain.save()
    return domain


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
