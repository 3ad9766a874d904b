"""The empty schema that a backup's rows go into, as it was when the backup was made."""

from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.services.lean_migrating import LeanExecutor
from accounts.services.migrating import describe, known_migrations
from accounts.services.schemas import clone_template
from accounts.tenancy import leave_clinic
from backups.errors import ArchiveError

Migration = tuple[str, str]


def require_known(migrations: set[Migration]) -> None:
    """Refuse a backup of a version that has migrations which are not here."""
    unknown = sorted(migrations - known_migrations())
    if unknown:
        app, name = unknown[0]
        raise ArchiveError(
            "newer_migration",
            f"The backup was made by a version that has {len(unknown)} migrations more, such as"
            f" {app}.{name}. Restore it with that version.",
        )


def build_schema(schema: str, migrations: set[Migration]) -> None:
    """Make an empty schema with exactly these migrations.

    Inside the caller's transaction, which holds the template's lock (`lock_template`).
    """
    if migrations == known_migrations():
        clone_template(schema)
        return
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
    try:
        _enter(schema, alone=True)
        MigrationRecorder(connection).ensure_schema()  # else the shared schema's would be found
        _enter(schema)
        executor = LeanExecutor(connection)
        executor.migrate([node for node in sorted(migrations) if _is_last(node, migrations)])
        made = set(MigrationRecorder(connection).applied_migrations())
    finally:
        leave_clinic()
    if made != migrations:
        raise ArchiveError(
            "other_migrations", "The backup's migrations are no state that a schema can be in."
        )


def bring_up_to_date(schema: str) -> int:
    """Make the migrations that came after the backup; return how many there were."""
    try:
        _enter(schema)
        executor = LeanExecutor(connection)
        targets = executor.loader.graph.leaf_nodes()
        number = len(executor.migration_plan(targets))
        if number:
            executor.migrate(targets)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001  a migration's own code may meet odd rows
        raise ArchiveError(
            "rows_refused", f"A migration that came since cannot take the rows: {describe(error)}"
        ) from None
    finally:
        leave_clinic()
    return number


def _is_last(node: Migration, migrations: set[Migration]) -> bool:
    """Say whether a migration is the last of its app in a backup; names begin with numbers."""
    app, name = node
    return name == max(other for one, other in migrations if one == app)


def _enter(schema: str, *, alone: bool = False) -> None:
    connection.set_schema(schema, include_public=not alone)  # type: ignore[attr-defined]
