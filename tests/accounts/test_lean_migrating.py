"""A schema is spared what does nothing to it, and becomes what Django itself would make of it."""

from collections import Counter

import pytest
from django.apps import apps
from django.db import connection, models, router
from django.db.migrations import (
    AddField,
    AddIndex,
    CreateModel,
    Migration,
    RemoveIndex,
    RunSQL,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps
from django_tenants.utils import schema_context

from accounts.services import lean_migrating
from accounts.services.lean_migrating import Together, together
from accounts.services.migrating import known_migrations, migrate_schema
from accounts.services.schemas import TEMPLATE, migrate_all_schemas
from tests.accounts.catalogue import catalogue_of, rows

SHARED = ("axes", "0010_accessattemptexpiration")
CLINICS = ("desk", "0001_saved_filters")
BOTH = (SHARED, CLINICS)
TABLES = {SHARED: "axes_accessattemptexpiration", CLINICS: "desk_savedfilter"}
ASKING = ("django.db.migrations.operations.", "pgtrigger.migrations")


def recorded(schema):
    found = rows(f"SELECT app, name FROM {schema}.django_migrations")  # noqa: S608
    return {one for one in found if one in BOTH}


def has(schema, migration):
    return rows("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.{TABLES[migration]}"])[0][0]


@pytest.mark.parametrize(
    ("schema", "own", "foreign"), [("public", SHARED, CLINICS), ("alpha", CLINICS, SHARED)]
)
def test_what_has_no_place_is_recorded_and_not_run(db, monkeypatch, schema, own, foreign):
    with schema_context("public"):
        rows(f"DROP TABLE {schema}.{TABLES[own]}; SELECT 1")
        for migration in BOTH:
            rows(
                f"DELETE FROM {schema}.django_migrations"  # noqa: S608
                " WHERE app = %s AND name = %s RETURNING 1",
                migration,
            )
    run, real = [], Migration.apply

    def apply(self, *args, **kwargs):
        run.append((self.app_label, self.name))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Migration, "apply", apply)
    (result,) = [one for one in migrate_all_schemas(only="alpha") if one.schema == schema]
    assert (result.applied, result.error) == (2, "")
    assert run == [own]
    assert recorded(schema) == set(BOTH)
    assert has(schema, own)
    assert not has(schema, foreign)


def test_every_operation_is_one_that_asks_the_router():
    """An operation of another kind may touch every schema: think before it is named above."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    kinds = {
        (name, type(operation).__module__)
        for name, migration in loader.disk_migrations.items()
        for operation in migration.operations
    }
    assert len(kinds) > 50
    assert [kind for kind in kinds if not kind[1].startswith(ASKING)] == []


@pytest.mark.parametrize("schema", ["public", "alpha"])
def test_the_router_decides_by_the_app_alone(db, schema):
    with schema_context(schema):
        for model in apps.get_models():
            label = model._meta.app_label
            decision = bool(router.allow_migrate(connection.alias, label))
            assert router.allow_migrate_model(connection.alias, model) == decision


def test_a_schema_is_what_django_would_make_of_it(db, monkeypatch):
    """The template was migrated with operations put together; this one is without."""
    monkeypatch.setattr(lean_migrating, "together", list)
    rows("CREATE SCHEMA plain; SELECT 1")
    result = migrate_schema("plain", known_migrations())
    assert (result.applied, result.error) == (len(known_migrations()), "")
    assert catalogue_of("plain") == catalogue_of(TEMPLATE)


def test_the_shared_schema_is_too(django_db_setup, django_db_blocker, monkeypatch):
    """Two of its kind need two databases."""
    name = connection.settings_dict["NAME"]
    monkeypatch.setattr(lean_migrating, "together", list)
    with django_db_blocker.unblock():
        ours = catalogue_of("public")
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}_plain")
        connection.close()
        try:
            connection.settings_dict["NAME"] = f"{name}_plain"
            assert migrate_schema("public", known_migrations()).error == ""
            assert catalogue_of("public") == ours
        finally:
            connection.close()
            connection.settings_dict["NAME"] = name
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}_plain")


def test_models_are_rendered_a_few_times_and_not_for_each_operation(db, monkeypatch):
    rendered, real = Counter(), StateApps.render_multiple

    def render(self, states):
        rendered["models"] += len(states)
        return real(self, states)

    monkeypatch.setattr(StateApps, "render_multiple", render)
    rows("CREATE SCHEMA lean; SELECT 1")
    assert migrate_schema("lean", known_migrations()).error == ""
    assert rendered["models"] < 3_000  # 9,900 without


def test_what_follows_each_other_is_put_together_and_nothing_else():
    index = models.Index(fields=["name"], name="by_name")

    class AddIndexDifferently(AddIndex):
        """Of an extension, say, which does more."""

    def field(name):
        return AddField("one", name, models.IntegerField(null=True))

    given = [
        CreateModel("One", []),
        CreateModel("Two", []),
        field("a"),
        field("b"),
        RunSQL("SELECT 1"),
        RunSQL("SELECT 2"),
        field("c"),
        RemoveIndex("one", "old"),
        RemoveIndex("one", "older"),
        AddIndex("one", index),
        AddIndex("two", index),
        RemoveIndex("two", "by_name"),  # knows of those before it
        AddIndexDifferently("one", index),
        AddIndexDifferently("two", index),
    ]
    found = [
        [given.index(one) for one in getattr(operation, "operations", [operation])]
        for operation in together(given)
    ]
    expected = [[0, 1], [2, 3], [4], [5], [6], [7, 8], [9, 10], [11], [12], [13]]
    assert found == expected
    assert all(isinstance(one, Together) for one in together(given[:2]))
