"""What a clinic's tables look like to a backup: their columns, and which hold ids of shared rows.

Tables and columns are asked of PostgreSQL, so that nothing is forgotten which no model describes.
The models say what a column means: a foreign key to a model of the shared schema
(`accounts.fields.shared_key`) holds an id that another installation gives to somebody else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model
from django_tenants.routers import TenantSyncRouter

from backups.errors import BackupRefusedError

MIGRATIONS, SESSIONS = "django_migrations", "django_session"
PREVIEWS = "documents_preview"
# Migrations stand in the manifest; sessions are logins of today, which no backup may bring back;
# previews are made anew from the documents.
LEFT_OUT = frozenset({MIGRATIONS, SESSIONS, PREVIEWS})
USERS, MEMBERSHIPS, CONTENT_TYPES, ACCOUNTS = "users", "memberships", "content_types", "accounts"
SHARED = {
    "accounts.user": USERS,
    "accounts.membership": MEMBERSHIPS,
    "contenttypes.contenttype": CONTENT_TYPES,
    "accounts.account": ACCOUNTS,
}
OBJECT_KEY = "s3_key"  # of documents and of their history
COLUMNS = """
    SELECT c.relname, a.attname, a.attgenerated <> '', a.attidentity <> ''
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')
       AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"""
KEYS = """
    SELECT c.relname, a.attname
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, at)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
     WHERE c.relnamespace = %s::regnamespace AND i.indisprimary ORDER BY c.relname, k.at"""
REFERENCES = """
    SELECT c.relname, f.relname FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
     WHERE c.relnamespace = %s::regnamespace AND k.contype = 'f' AND c.oid <> f.oid"""


@dataclass(frozen=True)
class Table:
    """A table with rows to keep. `columns` leaves out those that PostgreSQL computes itself."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]  # the rows' order in a backup
    shared: dict[str, str]  # column: of what it holds ids, one of the values of `SHARED`
    object_keys: tuple[str, ...]  # columns that hold keys of objects
    counter: str  # the column that numbers its rows itself, or nothing


def tables_in(cursor: Any, schema: str) -> list[Table]:
    """Return the tables of a clinic's schema, each behind those that it refers to.

    Raises `BackupRefusedError` for a table without a model or without a primary key.
    """
    columns: dict[str, list[str]] = {}
    counters: dict[str, str] = {}
    for table, column, computed, counts in _rows(cursor, COLUMNS, schema):
        found = columns.setdefault(table, [])
        if not computed:
            found.append(column)
        if counts:
            counters[table] = column
    keys: dict[str, list[str]] = {}
    for table, column in _rows(cursor, KEYS, schema):
        keys.setdefault(table, []).append(column)
    models = {model._meta.db_table: model for model in tenant_models()}
    strangers = set(columns) - set(models) - LEFT_OUT
    if strangers or (set(columns) - set(keys)):
        odd = sorted(strangers | (set(columns) - set(keys)))
        raise BackupRefusedError(
            f"No model describes {', '.join(odd)}, or there is no primary key.",
            code="unknown_table",
        )
    references = _rows(cursor, REFERENCES, schema)
    return [
        Table(
            name=name,
            columns=tuple(columns[name]),
            key=tuple(keys[name]),
            shared=shared_columns(models[name]),
            object_keys=tuple(column for column in columns[name] if column == OBJECT_KEY),
            counter=counters.get(name, ""),
        )
        for name in _in_order(set(columns) - LEFT_OUT, references)
    ]


def tenant_models() -> Iterator[type[Model]]:
    """Yield the models whose tables lie in each clinic's schema, those of relations included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and is_of_clinics(model):
            yield model


def is_of_clinics(model: type[Model]) -> bool:
    return bool(TenantSyncRouter().app_in_list(model._meta.app_label, settings.TENANT_APPS))


def shared_columns(model: type[Model]) -> dict[str, str]:
    """Return which columns of a clinic's model hold ids of shared rows, and of which.

    Raises `BackupRefusedError` for a shared model that backups know nothing of yet.
    """
    found = {}
    for field in model._meta.concrete_fields:
        label = _shared_label(field)
        if label is None:
            continue
        if label not in SHARED:
            raise BackupRefusedError(
                f"{model._meta.label}.{field.name} refers to {label}, which backups do not keep.",
                code="unknown_shared_model",
            )
        found[str(field.column)] = SHARED[label]
    return found


def _shared_label(field: "Field[Any, Any]") -> str | None:
    target = field.related_model
    if not isinstance(target, type) or is_of_clinics(target):
        return None
    return target._meta.label_lower


def _in_order(names: set[str], references: list[tuple[str, str]]) -> list[str]:
    """Put each table behind those that it refers to; where they go round, by their names."""
    graph: TopologicalSorter[str] = TopologicalSorter({name: set() for name in sorted(names)})
    for table, target in sorted(references):
        if table in names and target in names:
            graph.add(table, target)
    try:
        return list(graph.static_order())
    except CycleError:
        return sorted(names)


def _rows(cursor: Any, query: str, schema: str) -> list[tuple[Any, ...]]:
    cursor.execute(query, [f'"{schema}"'])
    return list(cursor.fetchall())
