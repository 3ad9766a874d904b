"""Which clinic this thread's connection is in. django-tenants keeps it on the connection."""

from typing import Any

from django.db import connection

PUBLIC = "public"  # the schema that all clinics share


def current_schema() -> str:
    """Return the schema's name: the clinic's, or `public`."""
    return str(_tenant_connection().schema_name or PUBLIC)


def current_tenant() -> Any:
    """Return the account, or django-tenants' stand-in where only a schema was set."""
    return _tenant_connection().tenant


def leave_clinic() -> None:
    """Go back to the shared schema."""
    _tenant_connection().set_schema_to_public()


def _tenant_connection() -> Any:
    return connection
