"""Old systems on SQLite and on PostgreSQL, beside this system's own database."""

import uuid
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from django.apps import apps
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from accounts.models import Account


@pytest.fixture
def postgres_url(django_db_setup, django_db_blocker):
    """A database of its own on the very server that the tests run on."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with django_db_blocker.unblock():
        host, user = connection.settings_dict["HOST"], connection.settings_dict["USER"]
    server = psycopg2.connect(host=host, user=user, dbname="postgres")
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield f"postgresql://{user}@/{name}?host={quote(str(Path(host)), safe='')}"
    with server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture(params=["sqlite", "postgres"])
def source_url(request):
    """Where the old system's database is to be built: "" for SQLite."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Alpha without the transaction that other tests run in, for what other processes must see."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        account = Account.objects.get(schema_name="alpha")
        with tenant_context(account):
            yield account
        with tenant_context(account), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            tables = [
                model._meta.db_table
                for label in ("documents", "medical_records", "patients", "audit", "jobs", "legacy")
                for model in apps.get_app_config(label).get_models()
            ]
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        connection.set_schema_to_public()
