"""Rows into a restored clinic's tables, translated as they pass, and proved to have arrived.

The triggers of a table are off while its rows come in, inside the one transaction of a restore:
nobody else ever sees them off. Afterwards the rows are read again and translated back; they must
be the very bytes that the backup holds.
"""
# ruff: noqa: S608  names come from PostgreSQL's catalogues and are quoted

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from django.db import DatabaseError, connection

from accounts.services.migrating import describe
from backups.errors import ArchiveError
from backups.format import Manifest, TableStream, table_folder
from backups.readers import Reader
from backups.services.dumping import PLAIN, WITH_BYTES, copy_out
from backups.services.translating import Translation, UntranslatableError, translator
from backups.services.verifying import entries, lines_of
from backups.shapes import ACCOUNTS, CONTENT_TYPES, MEMBERSHIPS, USERS, Table, tables_in

Say = Callable[[str], None]
MISMATCHES = """
    SELECT count(*) FROM (
        SELECT s3_key, sha256, encoding FROM "{schema}".documents_document
         WHERE state IN ({states})) d
      FULL JOIN restored_objects o ON o.key = d.s3_key
     WHERE d.s3_key IS NULL OR o.key IS NULL
        OR (o.sha256 <> '' AND d.encoding = '' AND d.sha256 <> o.sha256)"""
# Ids that are somebody else's here: of whoever did not come with the backup.
STRANGERS = {
    USERS: """
        SELECT EXISTS (SELECT 1 FROM {table} t JOIN public.accounts_user u ON u.id = t.{column}
         WHERE NOT EXISTS (SELECT 1 FROM restored_users r WHERE r.here = u.id))""",
    MEMBERSHIPS: """
        SELECT EXISTS (SELECT 1 FROM {table} t
          JOIN public.accounts_membership m ON m.id = t.{column}
          JOIN public.accounts_account a ON a.id = m.account_id WHERE a.schema_name <> %s)""",
    ACCOUNTS: """
        SELECT EXISTS (SELECT 1 FROM {table} t
          JOIN public.accounts_account a ON a.id = t.{column} WHERE a.schema_name <> %s)""",
}


def load_tables(
    reader: Reader, manifest: Manifest, *, schema: str, translation: Translation, say: Say
) -> None:
    """Fill the empty tables of a schema from a backup, inside the caller's transaction.

    Raises `ArchiveError` where rows do not fit, refer to nothing, or did not arrive as they were.
    Triggers stay off until `triggers_on`.
    """
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
        tables = tables_in(cursor, schema)
        _require_same(tables, manifest)
        for table in tables:
            cursor.execute(f'ALTER TABLE "{schema}"."{table.name}" DISABLE TRIGGER USER')
    for table in tables:
        stream = manifest.tables[table.name]
        lines = lines_of(reader, table_folder(table.name), stream)
        translated = _translated(lines, translator(translation, stream), table.name)
        rows = copy_in(f'"{schema}"."{table.name}"', stream.columns, translated)
        if rows != stream.rows:
            raise ArchiveError("wrong_count", f"{table.name} got {rows} rows, not {stream.rows}.")
    _require_references()
    for table in tables:
        _require_own_people(schema, table)
    _set_counters(schema, manifest)
    for table in tables:
        _prove(schema, table.name, manifest.tables[table.name], translation)
    say(f"{sum(one.rows for one in manifest.tables.values())} rows are as they were.")
    _prove_objects(reader, manifest, schema, translation)


def triggers_on(schema: str, tables: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f'ALTER TABLE "{schema}"."{name}" ENABLE TRIGGER USER')


def copy_in(table: str, columns: Sequence[str], chunks: Iterator[bytes]) -> int:
    """Copy lines into a table, which is quoted already; return how many rows it took."""
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    feed = _Feed(chunks)
    try:
        with connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", feed)
            return int(cursor.rowcount)
    except DatabaseError as error:
        if feed.failure is not None:  # the driver speaks of it as the server's
            raise feed.failure from None
        raise ArchiveError("rows_refused", f"{table} refuses the rows: {describe(error)}") from None


def _require_same(tables: list[Table], manifest: Manifest) -> None:
    """Refuse a backup of other tables, or one that does not say which columns to translate."""
    odd = {table.name for table in tables} ^ set(manifest.tables)
    for table in tables:
        said = manifest.tables.get(table.name)
        if said is None:
            continue
        types = {name for name, what in table.shared.items() if what == CONTENT_TYPES}
        here = (
            *(set(table.columns), table.key, types & set(table.columns)),
            *(set(table.object_keys), table.counter),
        )
        there = (
            *(set(said.columns), tuple(said.key), set(said.content_types)),
            *(set(said.object_keys), said.counter),
        )
        if here != there or len(said.columns) != len(table.columns):
            odd.add(table.name)
    if odd:
        raise ArchiveError("other_tables", f"{', '.join(sorted(odd))[:300]} are not as here.")


def _translated(
    lines: Iterator[bytes], translate: Callable[[bytes], bytes], table: str
) -> Iterator[bytes]:
    try:
        for line in lines:
            yield translate(line)
    except (UntranslatableError, IndexError) as error:
        raise ArchiveError("rows_refused", f"A row of {table} holds {error}.") from error


def _require_references() -> None:
    """Check the foreign keys, which wait for the end of the transaction otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        raise ArchiveError("rows_refused", f"A row refers to nothing: {describe(error)}") from None


def _require_own_people(schema: str, table: Table) -> None:
    """Refuse ids of people who are here, but not in the backup: no constraint keeps them out."""
    quote = connection.ops.quote_name
    for column, what in table.shared.items():
        if what not in STRANGERS:
            continue
        query = STRANGERS[what].format(
            table=f"{quote(schema)}.{quote(table.name)}", column=quote(column)
        )
        with connection.cursor() as cursor:
            cursor.execute(query, [] if what == USERS else [schema])
            if cursor.fetchone()[0]:
                raise ArchiveError(
                    "rows_refused", f"{table.name}.{column} names somebody of another clinic."
                )


def _set_counters(schema: str, manifest: Manifest) -> None:
    """Let columns that number their rows go on where they stood, and never use a number twice."""
    with connection.cursor() as cursor:
        for name, stream in manifest.tables.items():
            if stream.counter:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), greatest(%s::bigint,"
                    f' (SELECT max("{stream.counter}") FROM "{schema}"."{name}"), 1))',
                    [f'"{schema}"."{name}"', stream.counter, stream.counted],
                )


def _prove(schema: str, name: str, stream: TableStream, translation: Translation) -> None:
    proof = _Proof(translator(translation.back(), stream))
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(copy_out(schema, name, stream), proof)
    if proof.digest.hexdigest() != stream.sha256:
        raise ArchiveError("not_arrived", f"The rows of {name} are not those of the backup.")


def _prove_objects(
    reader: Reader, manifest: Manifest, schema: str, translation: Translation
) -> None:
    """Compare the list of objects with the documents that must have one, both ways."""
    old = f"{translation.schema}/"
    lines = (
        _escaped(f"{schema}/{entry.key.removeprefix(old)}") + f"\t{entry.sha256}\n".encode()
        for entry in entries(reader, manifest)
        if entry.key.startswith(old)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE restored_objects (key text PRIMARY KEY, sha256 text NOT NULL)"
            " ON COMMIT DROP"
        )
    copy_in("restored_objects", ["key", "sha256"], lines)
    states = ", ".join(f"'{state.value}'" for state in WITH_BYTES)
    with connection.cursor() as cursor:
        cursor.execute(MISMATCHES.format(schema=schema, states=states))
        odd = cursor.fetchone()[0]
    if odd:
        raise ArchiveError("bad_listing", f"{odd} documents and objects do not belong together.")


def _escaped(text: str) -> bytes:
    """Return a text as COPY wants it; the key of a gap may be anything."""
    text = text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    return text.encode("utf-8", "backslashreplace")


class _Feed(io.RawIOBase):
    """Chunks as the file that COPY reads from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, b""
        self.failure: BaseException | None = None  # Ctrl-C too

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size or size < 0:
            try:
                chunk = next(self._chunks, None)
            except BaseException as error:
                self.failure = error
                raise
            if chunk is None:
                break
            self._left += chunk
        found, self._left = (
            (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        )
        return found


class _Proof:
    """Takes rows from COPY, translates them back and hashes them."""

    def __init__(self, translate: Callable[[bytes], bytes]) -> None:
        self._translate, self.digest = translate, hashlib.sha256()

    def write(self, line: bytes) -> int:
        self.digest.update(self._translate(line))
        return len(line)
