"""Rows by the thousand: one statement and one parameter, whatever the number of columns.

`bulk_create` of the framework makes and binds an expression for each value of each row, which took
longer than PostgreSQL needs to store them. Here the rows go as one JSON text, which the database
reads by the types of the table's own columns.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from django.db.models.fields import NOT_PROVIDED

BATCH = 1_000  # rows in one statement: some MB at most
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it; \\u0000 is six characters
UNSET = DatabaseDefault(models.Value(None))


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, in their order; triggers and constraints see each of them.

    As with `bulk_create` no signals are sent and nothing is validated. What the database fills in
    itself is read when it is first asked for; a row that has a value of its own for such a column
    is a `ValueError`, as is one with a NUL. Raises `IntegrityError` as any insert does; the caller
    holds the transaction in which all of them or none are stored.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if _is_sent(field)]
    _refuse_own_values(rows)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    sql = (  # names of ours, quoted
        f"INSERT INTO {table} ({names})"  # noqa: S608
        f" SELECT {names} FROM json_populate_recordset(NULL::{table}, %s::json)"
    )
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            batch = [
                {str(f.column): f.get_prep_value(f.pre_save(row, add=True)) for f in fields}
                for row in rows[start : start + BATCH]
            ]
            text = json.dumps(batch, default=_as_text, ensure_ascii=False)
            if NUL.search(text):
                raise ValueError("A text cannot hold NUL.")
            cursor.execute(sql, [text])
    _mark_stored(rows)


def _is_sent(field: Any) -> bool:
    return not field.generated and field.db_default is NOT_PROVIDED


def _as_text(value: Any) -> str:
    """Return what PostgreSQL reads back as the value; what is not listed is a `TypeError`."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"insert_many cannot send {type(value).__name__}.")


def _left_to_database(rows: Sequence[models.Model]) -> list[str]:
    return [field.attname for field in rows[0]._meta.concrete_fields if not _is_sent(field)]


def _refuse_own_values(rows: Sequence[models.Model]) -> None:
    for name in _left_to_database(rows):
        if not all(isinstance(row.__dict__.get(name, UNSET), DatabaseDefault) for row in rows):
            raise ValueError(f"insert_many leaves {name} to the database.")


def _mark_stored(rows: Sequence[models.Model]) -> None:
    for name in _left_to_database(rows):
        for row in rows:
            row.__dict__.pop(name, None)  # deferred: the database knows it
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias
