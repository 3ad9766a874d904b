"""PostgreSQL schemas: keeping them migrated, and making new ones from an empty template."""

from collections.abc import Iterator

from django.db import connection, transaction
from django_tenants.utils import schema_context

from accounts.errors import ProblemError
from accounts.models import Account
from accounts.services.cloning import MIGRATIONS, clone_schema, tables_of
from accounts.services.forks import spread
from accounts.services.migrating import (
    TEMPLATE,
    TEMPLATE_LOCK,
    Migrations,
    SchemaResult,
    known_migrations,
    migrate_schema,
    pending_by_schema,
    pending_migrations,
)
from accounts.tenancy import PUBLIC

__all__ = ["TEMPLATE", "TEMPLATE_LOCK", "SchemaResult", "pending_migrations"]
NOT_TRIED = "Not tried: the shared schema comes first."


class TemplateNotEmptyError(ProblemError):
    """The template holds rows; a clinic cloned from it would begin with somebody's data."""

    status = 500
    code = "template_not_empty"


def migrate_all_schemas(
    *, only: str | None = None, parallel: int = 1, dry_run: bool = False
) -> Iterator[SchemaResult]:
    """Migrate the shared schema, the template and each account; yield one result a schema.

    `only` leaves out the other accounts. The accounts are spread over `parallel` processes. A
    schema with nothing pending is not touched. One that fails does not stop the others, but for
    the shared one, on which all others stand. Running again takes up where it ended; two who run
    at once wait for each other, schema by schema. In a dry run the results say what is pending.
    """
    known = known_migrations()
    _make_template_schema(dry_run=dry_run)
    pending = pending_by_schema([PUBLIC, TEMPLATE, *_accounts(only)], known)
    if dry_run:
        yield from (SchemaResult(name, len(found)) for name, found in pending.items())
        return
    shared = [
        migrate_schema(name, known) if pending[name] else SchemaResult(name, 0)
        for name in (PUBLIC, TEMPLATE)
    ]
    yield from shared
    if shared[0].error:
        yield from (
            SchemaResult(name, 0, NOT_TRIED if pending[name] else "")
            for name in pending
            if name not in {PUBLIC, TEMPLATE}
        )
        return
    if any(result.applied for result in shared):
        # Only now: whoever was cloned from the old template is in the list, the others are new.
        pending = pending_by_schema([PUBLIC, TEMPLATE, *_accounts(only)], known)
    yield from _migrate_accounts(pending, known, parallel)


def ensure_template() -> None:
    """Bring the template up to date and make sure that it holds no rows."""
    _make_template_schema()
    known = known_migrations()
    if pending_migrations(TEMPLATE, known):
        result = migrate_schema(TEMPLATE, known)
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


def drop_schema(schema_name: str) -> None:
    """Remove a schema with all its tables. Only tests and the benchmark do this."""
    with schema_context(PUBLIC), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{schema_name}" CASCADE')


def _make_template_schema(*, dry_run: bool = False) -> None:
    if dry_run:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [TEMPLATE])
        if cursor.fetchone()[0]:
            return
        with transaction.atomic():
            lock_template()  # two who make it at once would collide in PostgreSQL's catalogue
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{TEMPLATE}"')


def _accounts(only: str | None) -> list[str]:
    """Return the schemas of accounts; none while the shared schema is still to be made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.accounts_account') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
    accounts = Account.objects.order_by("schema_name")
    if only is not None:
        accounts = accounts.filter(schema_name=only)
    return list(accounts.values_list("schema_name", flat=True))


def _migrate_accounts(
    pending: dict[str, Migrations], known: Migrations, parallel: int
) -> Iterator[SchemaResult]:
    accounts = [name for name in pending if name not in {PUBLIC, TEMPLATE}]
    yield from (SchemaResult(name, 0) for name in accounts if not pending[name])
    behind = [name for name in accounts if pending[name]]
    if parallel == 1 or len(behind) < 2:  # noqa: PLR2004  one needs no second process
        yield from (migrate_schema(name, known) for name in behind)
        return
    yield from spread(
        lambda name: migrate_schema(name, known),
        behind,
        number=min(parallel, len(behind)),
        died=lambda name, code: SchemaResult(name, 0, f"Its process ended with {code}."),
    )
