"""A schema is spared the migrations of apps that have no place in it, and of those only."""

import pytest
from django.apps import apps
from django.db import connection, router
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import schema_context

from accounts.services.schemas import migrate_all_schemas
from tests.accounts.catalogue import rows

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
