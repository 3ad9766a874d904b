"""Who names an object: rows and notes of every clinic, asked for many keys at once."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import Account
from accounts.tenancy import current_schema
from documents.keys import belongs_to

SOURCE = "restructure_bucket"  # under which `SourceLink` keeps what was moved or taken in
CLINICS = 50  # asked in one query: its plan takes memory for each
OBJECT = "object:"
# A schema's name has no quote in it (accounts.models.SCHEMA_NAME).
# What is asked stands in the statement once, not once for each clinic: it is long.
_ASKED = """
    WITH asked AS MATERIALIZED (SELECT %(keys)s::text[] AS keys, %(names)s::text[] AS names)"""
_ONE = """
    SELECT '{schema}', s3_key::text, id, false FROM {quoted}.documents_document
     WHERE s3_key = ANY((SELECT keys FROM asked)::text[])
    UNION ALL
    SELECT '{schema}', source_id::text, target_id, true FROM {quoted}.jobs_sourcelink
     WHERE source = '{source}' AND source_id = ANY((SELECT names FROM asked)::text[])"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that names a key (`noted` is false), or the note of an earlier move from it."""

    schema: str
    document: UUID
    noted: bool


def note_name(key: str) -> str:
    """Return the `source_id` of an object's note: a hash, for keys are long and may name people."""
    return OBJECT + hashlib.sha256(key.encode()).hexdigest()


def claims_on(keys: Iterable[str]) -> dict[str, list[Claim]]:
    """Return of each key who names it: in this clinic, and for a flat key in every other too.

    What another clinic has is asked for one purpose only: to leave it alone.
    """
    wanted = {note_name(key): key for key in keys}
    found: dict[str, list[Claim]] = defaultdict(list)
    here = current_schema()
    own = {name: key for name, key in wanted.items() if belongs_to(key, here)}
    flat = {name: key for name, key in wanted.items() if name not in own}
    _ask([here], own, found)
    if flat:  # says nothing of whose it is: all of them are asked
        schemas = list(Account.objects.order_by("pk").values_list("schema_name", flat=True))
        for start in range(0, len(schemas), CLINICS):
            _ask(schemas[start : start + CLINICS], flat, found)
    return found


def _ask(schemas: list[str], wanted: dict[str, str], found: dict[str, list[Claim]]) -> None:
    if not wanted:
        return
    asked: dict[str, Any] = {"keys": list(wanted.values()), "names": list(wanted)}
    with connection.cursor() as cursor:
        cursor.execute(_query(schemas), asked)
        for schema, name, document, noted in cursor.fetchall():
            found[wanted[name] if noted else name].append(Claim(schema, document, noted))


def _query(schemas: Iterable[str]) -> str:
    each = (
        _ONE.format(schema=schema, quoted=connection.ops.quote_name(schema), source=SOURCE)
        for schema in schemas
    )
    return _ASKED + " UNION ALL ".join(each)
