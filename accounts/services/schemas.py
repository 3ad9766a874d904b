"""PostgreSQL schemas: keeping them migrated, and making new ones from an empty template."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import schema_context, schema_exists

from accounts.errors import ProblemError
from accounts.models import Account
from accounts.services.cloning import MIGRATIONS, clone_schema, tables_of
from accounts.tenancy import PUBLIC, leave_clinic

TEMPLATE = "account_template"
TEMPLATE_LOCK = 7_216_001  # advisory lock: one at a time migrates or clones the template


@dataclass(frozen=True)
class SchemaResult:
    schema: str
    applied: int  # migrations
    error: str = ""


class TemplateNotEmptyError(ProblemError):
    """The template holds rows; a clinic cloned from it would begin with somebody's data."""

    status = 500
    code = "template_not_empty"


def migrate_all_schemas() -> Iterator[SchemaResult]:
    """Migrate the shared schema, the template and each account; yield one result a schema.

    A schema with nothing pending is not touched. One that fails does not stop the others; running
    again takes up where it ended.
    """
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    yield _migrate(PUBLIC, known)
    _make_template_schema()
    yield _migrate(TEMPLATE, known)
    names = Account.objects.order_by("schema_name").values_list("schema_name", flat=True)
    for name in list(names):
        yield _migrate(name, known)


def ensure_template() -> None:
    """Bring the template up to date and make sure that it holds no rows."""
    _make_template_schema()
    result = _migrate(
        TEMPLATE, set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    )
    if result.error:
        raise ProblemError(f"The template schema cannot be migrated: {result.error}")
    with connection.cursor() as cursor:
        tables = [name for name in tables_of(cursor, TEMPLATE) if name != MIGRATIONS]
        for table in tables:
            found = f'SELECT EXISTS (SELECT 1 FROM "{TEMPLATE}"."{table}")'  # noqa: S608  catalogue
            cursor.execute(found)
            if cursor.fetchone()[0]:
                raise TemplateNotEmptyError(f"{TEMPLATE}.{table} holds rows; empty it first.")


def lock_template() -> None:
    """Wait for the others who make accounts; until the end of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TEMPLATE_LOCK])


def clone_template(schema_name: str) -> None:
    """Make a schema like the template. Inside the caller's transaction: a failure leaves none."""
    lock_template()
    clone_schema(TEMPLATE, schema_name)


def pending_migrations(schema_name: str, known: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of the migrations on disk the schema has not had, without loading a graph."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f'"{schema_name}".django_migrations'])
        if cursor.fetchone()[0] is None:
            return known
        recorded = f'SELECT app, name FROM "{schema_name}".django_migrations'  # noqa: S608  checked
        cursor.execute(recorded)
        return known - set(cursor.fetchall())


def _make_template_schema() -> None:
    if not schema_exists(TEMPLATE):
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{TEMPLATE}"')


def _migrate(schema_name: str, known: set[tuple[str, str]]) -> SchemaResult:
    pending = pending_migrations(schema_name, known)
    if not pending:
        return SchemaResult(schema_name, 0)
    try:
        call_command("migrate_schemas", schema_name=schema_name, interactive=False, verbosity=0)
    except Exception as error:  # noqa: BLE001  one clinic's failure is reported, the rest go on
        connection.close()
        return SchemaResult(schema_name, 0, f"{type(error).__name__}: {error}")
    finally:
        leave_clinic()
    return SchemaResult(schema_name, len(pending))


def drop_schema(schema_name: str) -> None:
    """Remove a schema with all its tables. Only tests and the benchmark do this."""
    with schema_context(PUBLIC), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{schema_name}" CASCADE')
