"""Two at the same time, on connections of their own, with real commits."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account
from accounts.services.accounts import create_account
from accounts.services.schemas import drop_schema
from patients.errors import BulkRefusedError, DuplicatePatientError
from patients.models import Patient
from patients.services import bulk, patients as service
from patients.services.bulk import Row, create_patients
from patients.services.patients import create_patient
from tests.accounts.test_members_races import at_once

SCHEMA = "pairs"
LEFT = [
    "DELETE FROM accounts_membership m USING accounts_account a"  # noqa: ISC004  one statement
    " WHERE a.id = m.account_id AND a.schema_name = 'pairs'",
    "DELETE FROM accounts_domain WHERE domain = 'pairs.localhost'",
    "DELETE FROM accounts_account WHERE schema_name = 'pairs'",
    "DELETE FROM accounts_user WHERE email = 'one@pairs.test'",
]


@pytest.fixture
def clinic(django_db_setup, django_db_blocker):
    """A clinic that is really there, for other connections too."""
    with django_db_blocker.unblock(), schema_context("public"):
        cache.clear()
        try:
            create_account(
                schema_name=SCHEMA,
                name="Pairs",
                domain="pairs.localhost",
                admin_email="one@pairs.test",
            )
            yield Account.objects.get(schema_name=SCHEMA)
        finally:
            drop_schema(SCHEMA)
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)


def inside(clinic, task):
    """Return the task to be run inside the clinic, by its administrator."""

    def run():
        with tenant_context(clinic):
            membership = clinic.memberships.select_related("user", "account").get()
            task(membership)

    return run


def meet(monkeypatch, module):
    """Let both look for duplicates before either writes; later looks wait for nobody."""
    both_looked, looked = threading.Barrier(2, timeout=30), threading.local()
    look = module.duplicates_of

    def slow(*arguments):
        found = look(*arguments)
        if not getattr(looked, "once", False):
            looked.once = True
            both_looked.wait()
        return found

    monkeypatch.setattr(module, "duplicates_of", slow)


def names(clinic):
    with tenant_context(clinic):
        return sorted(Patient.objects.values_list("first_name", flat=True))


@pytest.mark.parametrize("field", ["email", "external_id"])
def test_two_creates_of_the_same_at_once(clinic, monkeypatch, field):
    def create(value):
        return inside(
            clinic,
            lambda me: create_patient(
                membership=me, first_name="P", last_name="Q", **{field: value}
            ),
        )

    meet(monkeypatch, service)
    assert at_once(create("same@x.test"), create("same@x.test")) == {
        "done": 1,
        DuplicatePatientError: 1,
    }
    assert names(clinic) == ["P"]


def test_two_creates_of_different_people_at_once(clinic, monkeypatch):
    def create(email):
        return inside(
            clinic,
            lambda me: create_patient(membership=me, first_name="P", last_name="Q", email=email),
        )

    meet(monkeypatch, service)
    assert at_once(create("one@x.test"), create("two@x.test")) == {"done": 2}
    assert names(clinic) == ["P", "P"]


def row(name, email):
    return Row({"first_name": name, "last_name": "Q", "email": email})


@pytest.mark.parametrize("partial", [False, True], ids=["all-or-nothing", "partial"])
def test_two_bulks_that_share_one_patient_at_once(clinic, monkeypatch, partial):
    results = []

    def create(name):
        rows = [row(name, f"{name}@x.test"), row(f"{name}-shared", "shared@x.test")]
        return inside(
            clinic,
            lambda me: results.append(create_patients(membership=me, rows=rows, partial=partial)),
        )

    meet(monkeypatch, bulk)
    found = at_once(create("a"), create("b"))
    if partial:
        assert found == {"done": 2}
        assert sorted(r.status for result in results for r in result) == [
            *["created"] * 3,
            "error",
        ]
        assert len(names(clinic)) == 3
    else:
        assert found == {"done": 1, BulkRefusedError: 1}
        assert names(clinic) in (["a", "a-shared"], ["b", "b-shared"])
