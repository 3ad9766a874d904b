"""The tables of a clinic as they were in one moment, written by COPY from one snapshot.

A connection of its own holds the snapshot: whoever writes to the clinic meanwhile is not hindered
and not seen. The tables are locked against changes of their shape first, because PostgreSQL shows a
table that was rewritten meanwhile as empty to an older snapshot.
"""
# ruff: noqa: S608  names come from PostgreSQL's catalogues and are quoted

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import IO, Any
from uuid import UUID

from django.db import connection
from psycopg2.errors import LockNotAvailable, UndefinedTable

from accounts.models import Account
from accounts.services.cloning import tables_of
from accounts.services.migrating import known_migrations
from backups.errors import BackupRefusedError
from backups.format import (
    SECOND_FACTOR,
    Manifest,
    Objects,
    Stream,
    TableStream,
    shared_folder,
    table_folder,
)
from backups.keychecks import key_checks
from backups.shapes import (
    CONTENT_TYPES,
    MEMBERSHIPS,
    MIGRATIONS,
    USERS,
    Table,
    tables_in,
)
from backups.writers import Parts, Writer
from documents.models import DocumentState

# What must have bytes. An upload that is not through may have none yet; it is restored as such.
WITH_BYTES = (DocumentState.AVAILABLE, DocumentState.TRASHED, DocumentState.QUARANTINED)
# Texts of values must not depend on whose session writes and reads them.
PLAIN = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';"
    " SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1;"
    " SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8'"
)
LOCK_WAIT = "30s"
USER_COLUMNS = ("id", "email", "name", "is_active", "login_epoch", "created_at", "updated_at")
MEMBERSHIP_COLUMNS = (
    *("id", "user_id", "role", "is_active", "name", "last_login_at", "login_epoch"),
    *("created_at", "updated_at"),
)
ACCOUNT_FIELDS = (
    *("id", "schema_name", "name", "status", "provider_scope", "time_zone", "locale"),
    SECOND_FACTOR,
)


@contextmanager
def snapshot(schema: str) -> Iterator[Any]:
    """Yield a cursor in a transaction that sees one moment of the whole database."""
    with connection.cursor() as cursor:
        names = tables_of(cursor, schema)
    with closing(connection.get_new_connection(connection.get_connection_params())) as own:
        own.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        with own.cursor() as cursor:
            listed = ", ".join(f'"{schema}"."{name}"' for name in names)
            # Neither of these takes the snapshot. A migration may wait for us in turn, by way of
            # the job's own connection, which PostgreSQL cannot know: so we wait for a while only.
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            try:
                cursor.execute(f"LOCK TABLE {listed} IN ACCESS SHARE MODE")
            except (LockNotAvailable, UndefinedTable) as error:
                raise _migrating() from error
            cursor.execute(PLAIN)
            if sorted(tables_of(cursor, schema)) != sorted(names):
                raise _migrating()
            yield cursor
        own.rollback()


def _migrating() -> BackupRefusedError:
    return BackupRefusedError(
        "The clinic is being migrated at this moment. Start again afterwards.", code="migrating"
    )


def dump(
    cursor: Any, writer: Writer, spool: IO[bytes], *, schema: str, backup: UUID, with_logins: bool
) -> Manifest:
    """Write all tables and the shared rows they need; return the manifest as far as it goes."""
    migrations = _migrations(cursor, schema)
    tables = tables_in(cursor, schema)
    manifest = Manifest(
        backup=str(backup),
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        complete=False,
        with_logins=with_logins,
        account=_account(cursor, schema),
        domains=_domains(cursor, schema),
        migrations=migrations,
        encryption=key_checks(),
        content_types=_content_types(cursor),
        tables={table.name: _described(cursor, schema, table) for table in tables},
        shared={
            USERS: TableStream(columns=[*USER_COLUMNS, *(["password"] if with_logins else [])]),
            MEMBERSHIPS: TableStream(columns=list(MEMBERSHIP_COLUMNS)),
        },
        listing=Stream(),
        objects=Objects(),
    )
    for name, stream in manifest.tables.items():
        with Parts(writer, table_folder(name), spool, stream) as parts:
            cursor.copy_expert(copy_out(schema, name, stream), parts)
    queries = {
        USERS: _users(schema, tables, manifest.shared[USERS].columns),
        MEMBERSHIPS: _memberships(schema),
    }
    for name, query in queries.items():
        with Parts(writer, shared_folder(name), spool, manifest.shared[name]) as parts:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", parts)
    return manifest


def copy_out(schema: str, table: str, stream: TableStream) -> str:
    """Return the COPY that writes a table's rows in the order of its key."""
    columns, key = _quoted(stream.columns), _quoted(stream.key)
    return f'COPY (SELECT {columns} FROM "{schema}"."{table}" ORDER BY {key}) TO STDOUT'


def write_list(cursor: Any, schema: str, out: IO[bytes]) -> int:
    """Write a line of JSON for each document that must have bytes; return how many there are."""
    states = ", ".join(f"'{state.value}'" for state in WITH_BYTES)
    with cursor.connection.cursor(name="documents") as rows:
        rows.itersize = 2_000
        rows.execute(
            "SELECT id::text, s3_key, file_size, sha256, encoding, file_type, retention"
            f' FROM "{schema}".documents_document WHERE state IN ({states}) ORDER BY id'
        )
        number = 0
        for row in rows:
            out.write(json.dumps(row).encode() + b"\n")
            number += 1
    return number


def _migrations(cursor: Any, schema: str) -> list[list[str]]:
    cursor.execute(f'SELECT app, name FROM "{schema}"."{MIGRATIONS}" ORDER BY app, name')
    found = cursor.fetchall()
    if set(found) != known_migrations():
        raise BackupRefusedError(
            "The clinic's schema is not as this version has it. Run migrate_tenants first.",
            code="migrations",
        )
    return [list(row) for row in found]


def _account(cursor: Any, schema: str) -> dict[str, str]:
    fields = ", ".join(f"{name}::text" for name in ACCOUNT_FIELDS)
    table = Account._meta.db_table
    cursor.execute(f'SELECT {fields} FROM public."{table}" WHERE schema_name = %s', [schema])
    return dict(zip(ACCOUNT_FIELDS, cursor.fetchone(), strict=True))


def _domains(cursor: Any, schema: str) -> list[str]:
    cursor.execute(
        "SELECT d.domain FROM public.accounts_domain d JOIN public.accounts_account a"
        " ON a.id = d.tenant_id WHERE a.schema_name = %s ORDER BY NOT d.is_primary, d.domain",
        [schema],
    )
    return [domain for (domain,) in cursor.fetchall()]


def _content_types(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT id, app_label, model FROM public.django_content_type ORDER BY id")
    return {str(pk): f"{app}.{model}" for pk, app, model in cursor.fetchall()}


def _described(cursor: Any, schema: str, table: Table) -> TableStream:
    counted = 0
    if table.counter:
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, %s)", [f'"{schema}"."{table.name}"', table.counter]
        )
        cursor.execute(f"SELECT last_value FROM {cursor.fetchone()[0]}")
        counted = cursor.fetchone()[0]
    return TableStream(
        columns=list(table.columns),
        key=list(table.key),
        content_types=[name for name, what in table.shared.items() if what == CONTENT_TYPES],
        object_keys=list(table.object_keys),
        counter=table.counter,
        counted=counted,
    )


def _users(schema: str, tables: list[Table], columns: list[str]) -> str:
    """Select the logins of the clinic's members and of whoever else its rows refer to."""
    referring = [
        f'SELECT "{column}" FROM "{schema}"."{table.name}"'
        for table in tables
        for column, what in table.shared.items()
        if what == USERS
    ]
    wanted = " UNION ".join([_select_memberships(schema, "user_id"), *referring])
    return f"SELECT {_quoted(columns)} FROM public.accounts_user WHERE id IN ({wanted}) ORDER BY id"


def _memberships(schema: str) -> str:
    return f"{_select_memberships(schema, *MEMBERSHIP_COLUMNS)} ORDER BY id"


def _select_memberships(schema: str, *columns: str) -> str:
    return (
        f"SELECT {_quoted(columns)} FROM public.accounts_membership WHERE account_id ="
        f" (SELECT id FROM public.accounts_account WHERE schema_name = '{schema}')"
    )


def _quoted(names: Any) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in names)
