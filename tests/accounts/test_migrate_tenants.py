"""`migrate_tenants`: only what is pending, all of it, whoever fails, dies or runs beside it."""

import json
import os
import signal
import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from accounts.services import migrating, schemas
from accounts.services.accounts import create_account
from accounts.services.schemas import TEMPLATE, TEMPLATE_LOCK, drop_schema, migrate_all_schemas
from tests.accounts.catalogue import rows

LAST = ("desk", "0001_saved_filters")  # any whose loss is not noticed before it is made again
CLINICS = ("ma", "mb", "mc")
ADVISORY = """
    SELECT objid::bigint, granted FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
MADE = "(SELECT id FROM accounts_account WHERE schema_name IN ('ma', 'mb', 'mc'))"
LEFT = [
    f"DELETE FROM accounts_membership WHERE account_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_domain WHERE tenant_id IN {MADE}",  # noqa: S608
    "DELETE FROM accounts_account WHERE schema_name IN ('ma', 'mb', 'mc')",
    "DELETE FROM accounts_user WHERE email = 'mel@migrated.test'",
]


def migrate(**options):
    out, err = StringIO(), StringIO()
    try:
        call_command("migrate_tenants", stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error), error.returncode
    return out.getvalue(), err.getvalue(), "", 0


def forget(schema):
    """Let a schema look as if one migration were pending, for stand-ins of the real thing."""
    rows(f"DELETE FROM {schema}.django_migrations WHERE app = %s AND name = %s RETURNING 1", LAST)  # noqa: S608


def undo(schema):
    """Take a migration back for good: its table is gone and it is pending."""
    rows(f"DROP TABLE {schema}.desk_savedfilter; SELECT 1")
    forget(schema)


def has_table(schema):
    return rows("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.desk_savedfilter"])[0][0]


@pytest.fixture
def called(monkeypatch):
    """Which schemas stock `migrate_schemas` was called for; it does nothing."""
    found = []
    monkeypatch.setattr(
        migrating, "call_command", lambda *_, schema_name, **__: found.append(schema_name)
    )
    return found


@pytest.fixture
def clinics(django_db_setup, django_db_blocker):
    """Three clinics whose rows are committed, so that other processes see them."""
    with django_db_blocker.unblock():
        try:
            for name in CLINICS:
                create_account(
                    schema_name=name,
                    name=name,
                    domain=f"{name}.localhost",
                    admin_email="mel@migrated.test",
                )
            yield CLINICS
        finally:
            connection.set_schema_to_public()
            for name in CLINICS:
                drop_schema(name)
            for statement in LEFT:
                rows(f"{statement} RETURNING 1")


def test_what_is_migrated_is_not_touched(db, called):
    assert migrate() == ("", "", "", 0)
    assert called == []
    forget("beta")
    assert migrate() == ("beta: 1 migrations applied\n", "", "", 0)
    assert called == ["beta"]


def test_one_tenant_is_migrated_alone(db, called):
    for schema in ("alpha", "beta"):
        forget(schema)
    assert migrate(tenant="beta") == ("beta: 1 migrations applied\n", "", "", 0)
    assert called == ["beta"]
    assert migrate(tenant="nobody") == (
        "",
        "",
        "There is no clinic with the schema 'nobody'.",
        2,
    )
    assert called == ["beta"]


def test_a_dry_run_says_what_is_pending_and_does_nothing(db, called):
    forget("beta")
    assert migrate(dry_run=True) == ("beta: 1 migrations pending\n", "", "", 0)
    assert called == []


def test_json_accounts_for_each_schema(db, monkeypatch):
    def fail_for_alpha(*_, schema_name, **__):
        if schema_name == "alpha":
            raise RuntimeError("Mary Smith has two rows")

    monkeypatch.setattr(migrating, "call_command", fail_for_alpha)
    for schema in ("alpha", "beta"):
        forget(schema)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("migrate_tenants", json=True, stdout=out, stderr=StringIO())
    assert ended.value.code == 1
    assert json.loads(out.getvalue()) == {
        "kind": "migrate_tenants",
        "tenant": None,
        "dry_run": False,
        "state": "failed",
        "counts": {"total": 4, "done": 1, "skipped": 2, "failed": 1},
        "failures": [{"source_id": "alpha", "code": "not_migrated", "detail": "RuntimeError"}],
        "schemas": {"public": 0, TEMPLATE: 0, "alpha": 0, "beta": 1},
    }


@pytest.mark.parametrize("number", ["0", "-1", "65", "x", ""])
def test_a_senseless_number_of_processes_is_refused(db, called, number):
    text, code = None, None
    try:
        call_command("migrate_tenants", f"--parallel={number}", stdout=StringIO())
    except CommandError as error:
        text, code = str(error), error.returncode
    assert (text, code) == ("Error: argument --parallel: give a number from 1 to 64", 1)


def test_one_clinic_that_fails_does_not_stop_the_others(db, monkeypatch):
    called = []

    def fail_for_alpha(*_, schema_name, **__):
        called.append(schema_name)
        if schema_name == "alpha":
            raise RuntimeError("no space")

    monkeypatch.setattr(migrating, "call_command", fail_for_alpha)
    for schema in ("alpha", "beta"):
        forget(schema)
    assert migrate() == (
        "beta: 1 migrations applied\n",
        "alpha: RuntimeError\n",
        "Not migrated: alpha. Run again after mending.",
        1,
    )
    assert called == ["alpha", "beta"]
    _, err, _, _ = migrate(traceback=True)  # beta's is still forgotten: nothing was done
    assert "RuntimeError: no space" in err


def test_when_the_shared_schema_fails_the_others_are_not_tried(db, monkeypatch):
    called = []

    def fail(*_, schema_name, **__):
        called.append(schema_name)
        raise RuntimeError

    monkeypatch.setattr(migrating, "call_command", fail)
    for schema in ("public", "beta"):
        forget(schema)
    assert migrate() == (
        "",
        "public: RuntimeError\nbeta: Not tried: the shared schema comes first.\n",
        "Not migrated: public, beta. Run again after mending.",
        1,
    )
    assert called == ["public"]


def test_an_error_quotes_no_value_of_a_row(db):
    with pytest.raises(DataError) as refused, transaction.atomic():
        rows("SELECT 'Mary Smith'::int")
    assert "Mary Smith" in str(refused.value)
    assert migrating.describe(refused.value) == "InvalidTextRepresentation 22P02"
    with pytest.raises(IntegrityError) as twice, transaction.atomic():
        rows("UPDATE accounts_user SET email = 'ADA@alpha.test' WHERE email = 'bea@beta.test'")
    assert "ada@alpha.test" in str(twice.value)
    said = migrating.describe(twice.value)
    assert said == (
        'UniqueViolation 23505 duplicate key value violates unique constraint "user_email_unique"'
    )


def test_the_number_of_queries_does_not_grow_with_the_clinics(db, called):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert all(not one.error for one in migrate_all_schemas())
        return len(asked)

    queries()  # the first of a session also sets its path
    few = queries()
    for n in range(4):
        create_account(
            schema_name=f"q{n}", name="Q", domain=f"q{n}.localhost", admin_email="q@q.test"
        )
    assert (few, queries()) == (5, 5)
    assert called == []


def test_pending_is_said_of_each_schema_alone(db):
    known = migrating.known_migrations()
    forget("beta")
    names = ["alpha", "beta", "nowhere"]
    rows("CREATE SCHEMA nowhere; SELECT 1")
    assert migrating.pending_by_schema(names, known) == {
        "alpha": set(),
        "beta": {LAST},
        "nowhere": known,
    }
    small = dict.fromkeys(names)
    small.update(migrating.pending_by_schema(names[:2], {LAST}))
    assert small == {"alpha": set(), "beta": {LAST}, "nowhere": None}


def test_more_schemas_than_one_query_takes(db, monkeypatch):
    monkeypatch.setattr(migrating, "AT_ONCE", 1)
    known = migrating.known_migrations()
    forget("beta")
    assert migrating.pending_by_schema(["alpha", "beta", TEMPLATE], known) == {
        "alpha": set(),
        "beta": {LAST},
        TEMPLATE: set(),
    }


@pytest.mark.parametrize("parallel", [1, 3])
def test_real_migrations_are_made_again(clinics, parallel):
    for name in clinics:
        undo(name)
    out, err, said, code = migrate(parallel=parallel)
    assert (sorted(out.splitlines()), err, said, code) == (
        [f"{name}: 1 migrations applied" for name in clinics],
        "",
        "",
        0,
    )
    assert [has_table(name) for name in clinics] == [True, True, True]
    assert migrate(parallel=parallel) == ("", "", "", 0)
    assert rows("SELECT 1") == [(1,)]  # our own session outlived the forks


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_real_failure_leaves_the_others_done_and_is_mended_by_running_again(clinics, parallel):
    for name in clinics:
        undo(name)
    rows("CREATE TABLE mb.desk_savedfilter (id int); SELECT 1")  # the migration finds it there
    out, err, said, code = migrate(parallel=parallel)
    assert sorted(out.splitlines()) == ["ma: 1 migrations applied", "mc: 1 migrations applied"]
    assert err == ('mb: DuplicateTable 42P07 relation "desk_savedfilter" already exists\n')
    assert (said, code) == ("Not migrated: mb. Run again after mending.", 1)
    rows("DROP TABLE mb.desk_savedfilter; SELECT 1")
    assert migrate(parallel=parallel) == ("mb: 1 migrations applied\n", "", "", 0)
    assert [has_table(name) for name in clinics] == [True, True, True]


def test_a_process_that_is_killed_costs_its_clinic_only(clinics, monkeypatch):
    for name in clinics:
        undo(name)
    real, parent = migrating.call_command, os.getpid()

    def die_in_mb(*arguments, schema_name, **options):
        if schema_name == "mb" and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, schema_name=schema_name, **options)

    monkeypatch.setattr(migrating, "call_command", die_in_mb)
    out, err, said, code = migrate(parallel=2)
    assert sorted(out.splitlines()) == ["ma: 1 migrations applied", "mc: 1 migrations applied"]
    assert (err, code) == ("mb: Its process ended with -9.\n", 1)
    assert said == "Not migrated: mb. Run again after mending."
    monkeypatch.setattr(migrating, "call_command", real)
    assert migrate(parallel=2) == ("mb: 1 migrations applied\n", "", "", 0)


def test_two_at_once_wait_for_each_other(clinics):
    """Both see the migration pending; the second gets the lock when the first has made it."""
    known = migrating.known_migrations()
    undo("ma")
    results, holding, go = {}, threading.Event(), threading.Event()
    real = migrating.call_command

    def slowly(*arguments, **options):
        holding.set()
        assert go.wait(60)
        return real(*arguments, **options)

    def run(name, call):
        try:
            migrating.call_command = call
            results[name] = migrating.migrate_schema("ma", known)
        finally:
            connection.close()

    first = threading.Thread(target=run, args=("first", slowly))
    first.start()
    try:
        assert holding.wait(60)
        second = threading.Thread(target=run, args=("second", slowly))
        second.start()
        until_somebody_waits()
        go.set()
        second.join(60)
    finally:
        go.set()
        first.join(60)
        migrating.call_command = real
    assert {name: (one.applied, one.error) for name, one in results.items()} == {
        "first": (1, ""),
        "second": (0, ""),
    }
    assert has_table("ma")


def until_somebody_waits():
    deadline = time.monotonic() + 60
    while all(granted for _, granted in rows(ADVISORY)):
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.02)


def test_no_clinic_is_cloned_while_the_template_is_migrated(clinics, monkeypatch):
    def look(*_, schema_name, **__):
        assert schema_name == TEMPLATE
        locked.append(rows(ADVISORY))

    locked = []
    monkeypatch.setattr(migrating, "call_command", look)
    known = {*migrating.known_migrations(), ("desk", "9999_of_tomorrow")}
    assert migrating.migrate_schema(TEMPLATE, known).applied == 1
    assert locked == [[(TEMPLATE_LOCK, True)]]
    assert rows(ADVISORY) == []


def test_a_clinic_made_while_the_template_was_old_is_not_forgotten(clinics, monkeypatch):
    """It is committed after the first look and before the template is migrated."""
    real = schemas.pending_by_schema
    looks = []

    def look(names, known):
        looks.append(list(names))
        found = real([name for name in names if name != "mc" or len(looks) > 1], known)
        if len(looks) == 1:
            found[TEMPLATE] = {LAST}
            undo("mc")
        return found

    monkeypatch.setattr(schemas, "pending_by_schema", look)
    monkeypatch.setattr(
        schemas,
        "migrate_schema",
        lambda name, known: (
            schemas.SchemaResult(name, 1)
            if name == TEMPLATE
            else migrating.migrate_schema(name, known)
        ),
    )
    results = {one.schema: one.applied for one in migrate_all_schemas()}
    assert (len(looks), results["mc"], results["ma"]) == (2, 1, 0)
    assert has_table("mc")
    assert set(results) == {
        "public",
        TEMPLATE,
        *Account.objects.values_list("schema_name", flat=True),
    }


def test_two_who_make_the_template_at_once(django_db_setup, django_db_blocker, monkeypatch):
    """On the first day, two start `migrate_tenants`: the second waits and finds it there."""
    monkeypatch.setattr(schemas, "TEMPLATE", "template_twice")
    errors = []

    def second():
        try:
            schemas._make_template_schema()
        except Exception as error:  # noqa: BLE001  shown below
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                schemas._make_template_schema()
                thread.start()
                until_somebody_waits()
            thread.join(60)
            assert errors == []
            schemas._make_template_schema()
        finally:
            drop_schema("template_twice")
