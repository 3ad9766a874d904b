"""Bringing schemas up to date: what is pending in all of them, and one of them at a time.

Nothing here trusts that it runs alone: whoever migrates a schema holds its advisory lock and looks
again what is pending. Each migration is a transaction, so a process that is killed leaves whole
migrations behind, and the next run goes on after them.
"""

import hashlib
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from accounts.errors import ProblemError
from accounts.tenancy import leave_clinic

Migrations = set[tuple[str, str]]  # app and name
TEMPLATE = "account_template"
TEMPLATE_LOCK = 7_216_001  # advisory lock: one at a time migrates or clones the template
SCHEMAS = 7_216_002  # the first half of the locks' keys of all other schemas
AT_ONCE = 500  # schemas in one query: each costs a lock until it ends
DATA_EXCEPTION = "22"  # the class of errors whose text quotes values


@dataclass(frozen=True)
class SchemaResult:
    """What became of a schema. `error` names no values of rows; `trace` may, and is for eyes."""

    schema: str
    applied: int  # migrations
    error: str = ""
    trace: str = ""


def known_migrations() -> Migrations:
    """Return the migrations on disk."""
    return set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def pending_by_schema(names: Sequence[str], known: Migrations) -> dict[str, Migrations]:
    """Return what each schema has not had of the migrations on disk, in a query for all of them."""
    recorded = _with_record(names)
    found = {name: set(known) for name in names}
    for start in range(0, len(recorded), AT_ONCE):
        found.update(_pending(recorded[start : start + AT_ONCE], known))
    return found


def pending_migrations(schema_name: str, known: Migrations) -> Migrations:
    """Return which of the migrations on disk one schema has not had."""
    return pending_by_schema([schema_name], known)[schema_name]


def migrate_schema(schema_name: str, known: Migrations) -> SchemaResult:
    """Migrate one schema, after whoever else is at it; never raises."""
    try:
        with _alone(schema_name):
            pending = pending_migrations(schema_name, known)
            if not pending:
                return SchemaResult(schema_name, 0)
            try:
                call_command(
                    "migrate_schemas", schema_name=schema_name, interactive=False, verbosity=0
                )
            except Exception as error:  # noqa: BLE001  one clinic's failure is reported, the rest go on
                return _failed(schema_name, pending, known, error)
            finally:
                leave_clinic()
            return SchemaResult(schema_name, len(pending))
    except DatabaseError as error:
        return SchemaResult(schema_name, 0, describe(error), traceback.format_exc())


def describe(error: BaseException) -> str:
    """Say what went wrong, without values of rows, which stand in many a driver's message."""
    if isinstance(error, ProblemError):
        return error.detail
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    if cause is None:
        return f"{type(error).__name__}{_place(error)}"
    state = getattr(cause, "pgcode", None) or ""
    primary = getattr(getattr(cause, "diag", None), "message_primary", None) or ""
    said = "" if state.startswith(DATA_EXCEPTION) else primary
    return f"{type(cause).__name__} {state}{_place(error)} {said}".strip()


def _place(error: BaseException) -> str:
    """Return ` at app/migrations/0002_x.py:17`, the innermost line of a migration that ran."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).parent.name == "migrations"]
    own = [frame for frame in ours if "site-packages" not in frame.filename]
    if not own:
        return ""
    return f" at {'/'.join(Path(own[-1].filename).parts[-3:])}:{own[-1].lineno}"


def _failed(
    schema_name: str, pending: Migrations, known: Migrations, error: Exception
) -> SchemaResult:
    said, trace = describe(error), traceback.format_exc()
    if connection.in_atomic_block:  # somebody else's transaction, which is theirs to end
        return SchemaResult(schema_name, 0, said, trace)
    connection.close()
    left = pending_migrations(schema_name, known)
    return SchemaResult(schema_name, len(pending) - len(left), said, trace)


@contextmanager
def _alone(schema_name: str) -> Iterator[None]:
    """Wait for whoever migrates this schema; the lock ends with our session at the latest.

    The template's lock is the one that cloning takes: no clinic is cloned from half a template.
    """
    digest = hashlib.blake2b(schema_name.encode(), digest_size=4).digest()
    keys = [SCHEMAS, int.from_bytes(digest, "big", signed=True)]
    if schema_name == TEMPLATE:
        keys = [TEMPLATE_LOCK]
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({marks})", keys)
    session = connection.connection
    try:
        yield
    finally:
        if connection.connection is session and not session.closed:  # else it went with it
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({marks})", keys)


def _with_record(names: Sequence[str]) -> list[str]:
    """Return which of the schemas have a record of migrations; a new one has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relname = 'django_migrations' AND n.nspname = ANY(%s) ORDER BY 1""",
            [list(names)],
        )
        return [name for (name,) in cursor.fetchall()]


def _pending(names: Sequence[str], known: Migrations) -> dict[str, Migrations]:
    quote = connection.ops.quote_name
    each = " UNION ALL ".join(
        f"SELECT {number}, ARRAY(SELECT app || '.' || name FROM known EXCEPT"  # noqa: S608  quoted
        f" SELECT app || '.' || name FROM {quote(name)}.django_migrations)"
        for number, name in enumerate(names)
    )
    listed = sorted(known)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH known AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::text[])"  # noqa: S608
            f" AS k (app, name)) {each}",
            [[app for app, _ in listed], [name for _, name in listed]],
        )
        rows = cursor.fetchall()
    return {
        names[number]: {(app, name) for app, _, name in (one.partition(".") for one in missing)}
        for number, missing in rows
    }
