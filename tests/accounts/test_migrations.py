"""Migrations: none pending, each can be taken back, and one bad clinic does not stop the others."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from accounts.services import schemas
from accounts.services.accounts import create_account
from tests.accounts.catalogue import catalogue_of, rows

OWN = ("medical_records", "patients", "documents", "audit")


def migrate():
    out, err = StringIO(), StringIO()
    try:
        call_command("migrate_tenants", stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error), error.returncode
    return out.getvalue(), err.getvalue(), "", 0


def forget(schema):
    """Let a schema look as if one migration were pending."""
    name = "0001_initial"
    rows(
        f"DELETE FROM {schema}.django_migrations WHERE app = 'patients' AND name = %s RETURNING 1",  # noqa: S608
        [name],
    )


def test_no_migration_is_missing(db):
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert out.getvalue() == "No changes detected\n"


def test_what_is_migrated_is_not_touched(db, monkeypatch):
    called = []
    monkeypatch.setattr(schemas, "call_command", lambda *a, **k: called.append(k["schema_name"]))
    assert migrate() == ("", "", "", 0)
    assert called == []
    forget("beta")
    assert migrate() == ("beta: 1 migrations applied\n", "", "", 0)
    assert called == ["beta"]


def test_one_clinic_that_fails_does_not_stop_the_others(db, monkeypatch):
    called = []

    def fail_for_alpha(*_, schema_name, **__):
        called.append(schema_name)
        if schema_name == "alpha":
            raise RuntimeError("no space")

    monkeypatch.setattr(schemas, "call_command", fail_for_alpha)
    monkeypatch.setattr(schemas.connection, "close", lambda: None)  # the test's own transaction
    for schema in ("alpha", "beta"):
        forget(schema)
    assert migrate() == (
        "beta: 1 migrations applied\n",
        "alpha: RuntimeError: no space\n",
        "Not migrated: alpha. Run again after mending.",
        1,
    )
    assert called == ["alpha", "beta"]


@pytest.mark.parametrize("app", OWN)
def test_every_migration_can_be_taken_back_and_made_again(db, app):
    create_account(
        schema_name="gamma", name="G", domain="gamma.localhost", admin_email="gus@gamma.test"
    )
    before = catalogue_of("gamma")
    known = rows("SELECT app, name FROM gamma.django_migrations")

    def run(*target):
        with schema_context("public"):
            call_command("migrate_schemas", *target, schema_name="gamma", verbosity=0)

    run(app, "zero")
    left = {row[0] for row in rows("SELECT app FROM gamma.django_migrations")}
    assert app not in left
    assert not [row for row in catalogue_of("gamma")["relations"] if row[0].startswith(f"{app}_")]
    run()
    assert set(rows("SELECT app, name FROM gamma.django_migrations")) == set(known)
    after = catalogue_of("gamma")
    for kind in ("columns", "constraints", "indexes", "triggers", "functions"):
        assert {row[:1] for row in after[kind]} == {row[:1] for row in before[kind]}, kind
    assert after["triggers"] == before["triggers"]
