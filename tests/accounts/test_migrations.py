"""Migrations: none is missing, and each can be taken back and made again."""

from io import StringIO

import pytest
from django.core.management import call_command
from django_tenants.utils import schema_context

from accounts.services.accounts import create_account
from tests.accounts.catalogue import catalogue_of, rows

ON_PATIENTS = {"medical_records", "documents", "invites", "sms_integration", "filemaker", "legacy"}
OWN = {"patients": ON_PATIENTS, "audit": set()}  # and what is taken back before them


def test_no_migration_is_missing(db):
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert out.getvalue() == "No changes detected\n"


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
    gone = {app, *OWN[app]}
    assert not gone & {row[0] for row in rows("SELECT app FROM gamma.django_migrations")}
    tables = [row[0] for row in catalogue_of("gamma")["relations"]]
    assert not [name for name in tables if name.startswith(tuple(f"{one}_" for one in gone))]
    run()
    assert set(rows("SELECT app, name FROM gamma.django_migrations")) == set(known)
    after = catalogue_of("gamma")
    for kind in ("columns", "constraints", "indexes", "triggers", "functions"):
        assert {row[:1] for row in after[kind]} == {row[:1] for row in before[kind]}, kind
    assert after["triggers"] == before["triggers"]
