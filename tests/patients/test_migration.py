"""Patients who were there before can be searched after, and their history does not say they changed."""

from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from accounts.services.accounts import create_account
from patients.models import Patient
from tests.accounts.catalogue import rows

OLD = """
    INSERT INTO patients_patient (id, created_at, updated_at, email, phone, address,
        first_name, last_name, sex, external_id, filemaker_id, status, notes)
    SELECT uuidv7(), '2026-01-01', '2026-01-01', '', '', '', name, 'Old', '', '', '', 'active', ''
      FROM unnest(%s) name"""


def test_who_was_there_before_is_found_after(db):
    gamma = create_account(
        schema_name="gamma", name="G", domain="gamma.localhost", admin_email="gus@gamma.test"
    )

    def run(*target):
        with schema_context("public"):
            call_command("migrate_schemas", *target, schema_name="gamma", verbosity=0)

    run("patients", "0001")
    with tenant_context(gamma), connection.cursor() as cursor:
        cursor.execute(OLD, [["Zoë", "Ben"]])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    before = rows("SELECT id, updated_at FROM gamma.patients_patient ORDER BY id")
    events = "SELECT pgh_label, first_name FROM gamma.patients_patientevent ORDER BY pgh_id"
    assert rows(events) == [("insert", "Zoë"), ("insert", "Ben")]
    run()
    assert rows("SELECT id, updated_at FROM gamma.patients_patient ORDER BY id") == before
    assert rows(events) == [("insert", "Zoë"), ("insert", "Ben")]
    with tenant_context(gamma):
        (zoe,) = Patient.objects.search("zoe old")
        assert zoe.first_name == "Zoë"
        assert zoe.research_consent is False
        assert zoe.research_id != Patient.objects.get(first_name="Ben").research_id
        zoe.address = "Here 1"
        zoe.save()
    assert rows(events)[2:] == [("update", "Zoë")]
