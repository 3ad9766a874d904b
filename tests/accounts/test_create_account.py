"""A clinic is made whole or not at all, exactly like the template, and as fast as the first one."""

import threading

import pytest
from django.db import connection, connections, reset_queries, transaction
from django.db.migrations.loader import MigrationLoader
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from accounts.errors import AccountRefusedError
from accounts.models import Account, Domain, Membership, User
from accounts.roles import Role
from accounts.services import accounts as service
from accounts.services.accounts import create_account
from accounts.services.schemas import (
    TEMPLATE,
    TemplateNotEmptyError,
    drop_schema,
    pending_migrations,
)
from patients.models import Patient
from tests.accounts.catalogue import (
    catalogue_of,
    foreign_keys_into_shared,
    rows,
    schemas,
    triggers_on_shared,
    value,
)

GOOD = {
    "schema_name": "gamma",
    "name": "Gamma Clinic",
    "domain": "gamma.localhost",
    "admin_email": "gus@gamma.test",
}


def counts():
    return {model: model.objects.count() for model in (Account, Domain, Membership, User)}


@pytest.fixture
def gamma(db):
    return create_account(**GOOD)


def test_an_account_has_its_schema_host_and_administrator(db):
    before = schemas()
    account = create_account(**{**GOOD, "domain": " Gamma.LOCALHOST "})
    assert schemas() - before == {"gamma"}
    assert [(d.domain, d.is_primary) for d in account.domains.all()] == [("gamma.localhost", True)]
    people = [(m.user.email, m.role, m.is_active) for m in account.memberships.all()]
    assert people == [("gus@gamma.test", Role.ADMIN, True)]
    assert not account.memberships.get().user.has_usable_password()
    assert (account.time_zone, account.status) == ("Australia/Sydney", "active")
    assert connection.schema_name == "public"


@pytest.mark.parametrize(
    "kind",
    ["columns", "relations", "constraints", "indexes", "triggers", "functions", "sequences"],
)
def test_the_clone_is_the_template(gamma, kind):
    template, clone = catalogue_of(TEMPLATE)[kind], catalogue_of("gamma")[kind]
    assert clone == template
    assert len(clone) > 5, "there is something to compare"


def test_the_clone_has_every_migration_and_needs_none(gamma):
    query = 'SELECT app, name, applied FROM "{}".django_migrations ORDER BY id'
    assert rows(query.format("gamma")) == rows(query.format(TEMPLATE))
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    assert pending_migrations("gamma", known) == set()


def test_rows_go_into_the_clone_and_nowhere_else(gamma):
    with schema_context("gamma"):
        patient = Patient.objects.create(first_name="Una", last_name="Cole", notes="x")
        patient.first_name = "Uma"
        patient.save()
        assert [event.pgh_label for event in patient.events.order_by("pgh_id")] == [
            "insert",
            "update",
        ]
    for schema, found in {"gamma": 2, TEMPLATE: 0, "alpha": 0}.items():
        assert value(f'SELECT count(*) FROM "{schema}".patients_patientevent') == found  # noqa: S608


def test_the_thirteenth_account_takes_as_many_statements_as_the_fourth(db):
    def made(number):
        reset_queries()  # Django keeps 9,000 at most
        with CaptureQueriesContext(
            connection,
        ) as captured:
            create_account(
                schema_name=f"many{number}",
                name=f"Many {number}",
                domain=f"many{number}.localhost",
                admin_email=f"boss@many{number}.test",
            )
        return len(captured)

    made("warm")
    numbers = [made(number) for number in range(10)]
    assert Account.objects.count() == 13
    assert len(set(numbers)) == 1, numbers


def test_nothing_of_a_clinic_hangs_on_shared_tables(db):
    before = triggers_on_shared()
    create_account(**GOOD)
    assert foreign_keys_into_shared() == []
    assert triggers_on_shared() == before
    assert before["accounts_user"] > 0, "the query finds triggers"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (service, "clone_template"),
        (Domain.objects, "create"),
        (User.objects, "create_user"),
        (Membership, "save"),
    ],
    ids=["clone", "domain", "user", "membership"],
)
def test_an_account_that_fails_half_way_leaves_nothing(db, monkeypatch, owner, name):
    def fail(*args, **kwargs):
        raise RuntimeError("half-way")

    before = schemas(), counts()
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, fail)
        with pytest.raises(RuntimeError, match="half-way"):
            create_account(**GOOD)
    assert (schemas(), counts()) == before
    assert connection.schema_name == "public"
    assert create_account(**GOOD).schema_name == "gamma"


BAD = {
    "public": ("schema_name", "public", "schema", "is reserved"),
    "template": ("schema_name", "account_template", "schema", "is reserved"),
    "information-schema": ("schema_name", "information_schema", "schema", "is reserved"),
    "pg": ("schema_name", "pg_gamma", "schema", "is reserved"),
    "upper-case": ("schema_name", "Gamma", "schema", "lower-case letters"),
    "digit-first": ("schema_name", "1gamma", "schema", "lower-case letters"),
    "one-letter": ("schema_name", "g", "schema", "lower-case letters"),
    "too-long": ("schema_name", "g" * 49, "schema", "lower-case letters"),
    "hyphen": ("schema_name", "gam-ma", "schema", "lower-case letters"),
    "newline": ("schema_name", "gam\nma", "schema", "lower-case letters"),
    "injection": ("schema_name", 'g"; DROP SCHEMA alpha; --', "schema", "lower-case letters"),
    "empty-schema": ("schema_name", "", "schema", "lower-case letters"),
    "account": ("schema_name", "alpha", "schema", "There is an account alpha already"),
    "empty-name": ("name", "  ", "name", "Give the clinic a name"),
    "long-name": ("name", "n" * 201, "name", "at most 200 characters"),
    "scheme": ("domain", "http://gamma.localhost", "domain", "without scheme or port"),
    "port": ("domain", "gamma.localhost:8000", "domain", "without scheme or port"),
    "path": ("domain", "gamma.localhost/x", "domain", "without scheme or port"),
    "no-dot": ("domain", "gamma", "domain", "without scheme or port"),
    "underscore": ("domain", "gam_ma.localhost", "domain", "without scheme or port"),
    "empty-label": ("domain", "gamma..localhost", "domain", "without scheme or port"),
    "long-label": ("domain", "g" * 64 + ".localhost", "domain", "without scheme or port"),
    "long-domain": ("domain", "g." * 124 + "localhost", "domain", "without scheme or port"),
    "www": ("domain", "www.gamma.localhost", "domain", "Leave out www."),
    "domain-taken": ("domain", "ALPHA.localhost", "domain", "belongs to another account"),
    "no-email": ("admin_email", "gus", "admin_email", "no e-mail address"),
    "empty-email": ("admin_email", "", "admin_email", "no e-mail address"),
    "long-email": ("admin_email", f"{'g' * 60}@{'g.' * 100}test", "admin_email", "no e-mail"),
    "time-zone": ("time_zone", "Mars/Base", "time_zone", "no time zone"),
    "time-zone-path": ("time_zone", "../etc/passwd", "time_zone", "no time zone"),
}


@pytest.mark.parametrize(("argument", "text", "field", "reason"), BAD.values(), ids=BAD)
def test_a_bad_answer_is_refused_by_name_and_the_good_one_is_not(db, argument, text, field, reason):
    before = schemas(), counts()
    with pytest.raises(AccountRefusedError) as refused:
        create_account(**{**GOOD, argument: text})
    assert refused.value.field == field
    assert reason in refused.value.detail
    assert (schemas(), counts()) == before
    twin = create_account(**GOOD)
    assert schemas() - before[0] == {twin.schema_name}


@pytest.mark.parametrize("host", ["platform.test", "Platform.Test"])
def test_the_platforms_own_host_is_refused(db, settings, host):
    settings.PLATFORM_HOST = host
    with pytest.raises(AccountRefusedError, match="platform's own") as refused:
        create_account(**{**GOOD, "domain": "platform.test"})
    assert refused.value.field == "domain"
    assert create_account(**{**GOOD, "domain": "gamma.platform.test"}).pk


def test_a_schema_that_is_no_account_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA gamma")
    with pytest.raises(AccountRefusedError, match="that is no account") as refused:
        create_account(**GOOD)
    assert refused.value.field == "schema"
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA gamma")
    assert create_account(**GOOD).schema_name == "gamma"


def test_a_template_with_a_row_is_refused(db):
    with schema_context(TEMPLATE):
        Patient.objects.create(first_name="Una", last_name="Cole")
    with pytest.raises(TemplateNotEmptyError, match=r"patients_patient\w* holds rows"):
        create_account(**GOOD)
    assert "gamma" not in schemas()


def test_a_template_with_a_view_is_refused_rather_than_copied_in_part(db):
    from accounts.services.cloning import CloneRefusedError

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE VIEW {TEMPLATE}.everybody AS SELECT 1")
    with pytest.raises(CloneRefusedError, match="'v'"):
        create_account(**GOOD)
    assert "gamma" not in schemas()


@pytest.mark.parametrize("address", ["bo@beta.test", "BO@Beta.Test "])
def test_an_existing_person_keeps_name_and_password(db, address):
    before = User.objects.get(email="bo@beta.test")
    account = create_account(**{**GOOD, "admin_email": address})
    assert User.objects.filter(email__iexact="bo@beta.test").count() == 1
    after = account.memberships.get().user
    assert (after.pk, after.name, after.password) == (before.pk, "Bo", before.password)
    assert set(after.memberships.values_list("account__schema_name", "role")) == {
        ("beta", Role.PROVIDER),
        ("gamma", Role.ADMIN),
    }


def test_no_account_is_made_from_inside_a_clinic(in_alpha):
    with pytest.raises(AccountRefusedError, match="from the shared schema only"):
        create_account(**GOOD)
    with schema_context("public"):
        assert create_account(**GOOD).schema_name == "gamma"


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Let a test commit, and take away what it made; `transaction=True` would empty all tables."""
    with django_db_blocker.unblock():
        yield
        drop_schema("race")
        with connection.cursor() as cursor:
            made = "(SELECT id FROM accounts_account WHERE schema_name = 'race')"
            cursor.execute(f"DELETE FROM accounts_membership WHERE account_id IN {made}")  # noqa: S608
            cursor.execute(f"DELETE FROM accounts_domain WHERE tenant_id IN {made}")  # noqa: S608
            cursor.execute("DELETE FROM accounts_account WHERE schema_name = 'race'")
            cursor.execute("DELETE FROM accounts_user WHERE email LIKE '%%@race.test'")


@pytest.mark.parametrize(
    ("second_domain", "field"),
    [("race2.localhost", "schema"), ("race1.localhost", "schema")],
    ids=["same-schema", "same-both"],
)
def test_of_two_at_the_same_time_one_wins(committed, monkeypatch, second_domain, field):
    both_checked = threading.Barrier(2, timeout=30)
    ensure = service.ensure_template
    results = []

    def ensure_then_wait():
        ensure()
        both_checked.wait()  # both have found the name free

    monkeypatch.setattr(service, "ensure_template", ensure_then_wait)

    def make(domain, email):
        try:
            made = create_account(schema_name="race", name="Race", domain=domain, admin_email=email)
            results.append(made.schema_name)
        except Exception as error:  # noqa: BLE001  whatever it is, the test looks at it
            results.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=make, args=("race1.localhost", "one@race.test")),
        threading.Thread(target=make, args=(second_domain, "two@race.test")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [result for result in results if result == "race"]
    lost = [result for result in results if result != "race"]
    assert (len(won), len(lost)) == (1, 1), results
    assert isinstance(lost[0], AccountRefusedError), lost
    assert (lost[0].field, lost[0].detail) == (field, "There is an account race already.")
    assert Account.objects.filter(schema_name="race").count() == 1
    assert User.objects.filter(email__endswith="@race.test").count() == 1


def test_a_refusal_inside_a_transaction_leaves_it_usable(db):
    with transaction.atomic():
        with pytest.raises(AccountRefusedError):
            create_account(**{**GOOD, "schema_name": "alpha"})
        assert Account.objects.count() == 2
