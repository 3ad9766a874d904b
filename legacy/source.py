"""Reading an old system's database: rows as they come, memory flat, and never a write.

SQLite is opened read-only; PostgreSQL in READ ONLY transactions with cursors on its side. A reader
belongs to one thread.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import quote

import psycopg2
import psycopg2.extensions
import psycopg2.extras

from legacy.address import Address, password
from legacy.errors import SourceError

Row = dict[str, Any]
AT_ONCE = 500  # rows in one round trip
CONNECT_TIMEOUT = 15  # seconds
_WAL = 2  # in a SQLite file's header, bytes 18 and 19


class Reader(Protocol):
    """An open database of an old system. `?` stands for a parameter in every statement."""

    def tables(self) -> dict[str, frozenset[str]]:
        """Return the tables and their columns, in small letters."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield the rows of a SELECT, by column."""

    def snapshot(self) -> Any:
        """Return a context in which every statement sees the same moment."""

    def close(self) -> None: ...

    @property
    def lost(self) -> bool:
        """Whether the connection is gone."""


class OldSystem:
    """An old system that is open for reading; use it as a context."""

    def __init__(self, address: Address) -> None:
        self._reader: Reader = _Sqlite(address) if address.path is not None else _Postgres(address)
        self.is_sqlite = address.path is not None
        self._numbered: dict[str, bool] = {}
        try:
            self.tables = self._reader.tables()
        except BaseException:
            self._reader.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._reader.close()

    @property
    def lost(self) -> bool:
        return self._reader.lost

    def select(self, sql: str, *parameters: Any) -> Iterator[Row]:
        return self._reader.rows(sql, parameters)

    def snapshot(self) -> Any:
        return self._reader.snapshot()

    def same(self, left: str, right: str) -> str:
        """Return the condition that two columns are equal, of whatever type each is."""
        if self.is_sqlite:
            return f"{left} = {right}"
        return f"CAST({left} AS text) = CAST({right} AS text)"

    def stream(self, table: str) -> Iterator[Row]:
        """Yield all rows of a table in the order of their ids."""
        return self.select(f"SELECT * FROM {quoted(table)} ORDER BY id")  # noqa: S608  quoted

    def row(self, table: str, pk: str) -> Row | None:
        """Return one row by its id, whatever type the column is of."""
        sql = f"SELECT * FROM {quoted(table)} WHERE id = ?"  # noqa: S608  quoted
        return next(self.select(sql, self._typed(table, pk)), None)

    def rows(self, table: str, pks: Collection[str]) -> dict[str, Row]:
        """Return those of some rows that are there, by their ids."""
        marks = ", ".join("?" * len(pks))
        sql = f"SELECT * FROM {quoted(table)} WHERE id IN ({marks})"  # noqa: S608  quoted
        found = self.select(sql, *(self._typed(table, pk) for pk in pks)) if pks else ()
        return {str(row["id"]): row for row in found}

    def count(self, table: str) -> int:
        (found,) = self.select(f"SELECT count(*) AS number FROM {quoted(table)}")  # noqa: S608
        return int(found["number"])

    def _typed(self, table: str, pk: str) -> Any:
        """Return an id as the column has it: SQLite does not find 7 by '7' in every column."""
        if table not in self._numbered:
            sql = f"SELECT id FROM {quoted(table)} LIMIT 1"  # noqa: S608  quoted
            sample = next(self.select(sql), {"id": ""})["id"]
            self._numbered[table] = isinstance(sample, int)
        return int(pk) if self._numbered[table] and pk.lstrip("-").isdecimal() else pk


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Sqlite:
    def __init__(self, address: Address) -> None:
        self._path = address.path
        name = quote(str(address.path))
        try:
            self._connection = sqlite3.connect(
                f"file:{name}?mode=ro{self._immutable()}",
                uri=True,
                check_same_thread=False,  # closed by the thread that ends the run
                isolation_level=None,
            )
            self._connection.text_factory = _text
            self._connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise SourceError(f"The SQLite file cannot be opened: {error}.") from error

    def _immutable(self) -> str:
        """A WAL database without pending pages: else SQLite would put files beside it."""
        path = self._path
        assert path is not None  # noqa: S101  the address is one of a file
        with path.open("rb") as file:
            header = file.read(20)
        pending = path.with_name(path.name + "-wal")
        empty = not pending.exists() or not pending.stat().st_size
        return "&immutable=1" if header[18:20] == bytes((_WAL, _WAL)) and empty else ""

    def tables(self) -> dict[str, frozenset[str]]:
        names = [
            row["name"]
            for row in self.rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        ]
        return {
            name.lower(): frozenset(
                str(row["name"]).lower()
                for row in self.rows("SELECT name FROM pragma_table_info(?)", (name,))
            )
            for name in names
        }

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        try:
            cursor = self._connection.execute(sql, tuple(parameters))
            cursor.arraysize = AT_ONCE
            columns = [str(column[0]).lower() for column in cursor.description]
            for values in cursor:
                yield dict(zip(columns, values, strict=True))
        except sqlite3.Error as error:
            raise SourceError(f"The SQLite file cannot be read: {error}.") from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    lost = False  # a file

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    def __init__(self, address: Address) -> None:
        options = dict(address.options)
        if secret := password():
            options["password"] = secret
        try:
            self._connection = psycopg2.connect(
                **options, connect_timeout=CONNECT_TIMEOUT, application_name="chartvault-legacy"
            )
            self._connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        except psycopg2.Error as error:
            raise SourceError(
                "The PostgreSQL database cannot be reached: "
                + (str(error).strip().splitlines() or [type(error).__name__])[0]
            ) from error
        psycopg2.extensions.register_type(psycopg2.extensions.UNICODE, self._connection)
        self._held = 0
        self._cursors = 0

    def tables(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        sql = (
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false))"
        )
        for row in self.rows(sql):
            found.setdefault(row["table_name"].lower(), set()).add(row["column_name"].lower())
        return {table: frozenset(columns) for table, columns in found.items()}

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        self._cursors += 1
        with self.snapshot():
            try:
                with self._connection.cursor(
                    f"legacy_{self._cursors}", cursor_factory=psycopg2.extras.RealDictCursor
                ) as cursor:
                    cursor.itersize = AT_ONCE
                    cursor.execute(sql.replace("?", "%s"), tuple(parameters))
                    for row in cursor:
                        yield {str(name).lower(): value for name, value in row.items()}
            except psycopg2.Error as error:
                raise SourceError(_one_line(error)) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one transaction; outside of one, each statement has its own."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if not self._held and not self._connection.closed:
                self._connection.rollback()

    @property
    def lost(self) -> bool:
        return bool(self._connection.closed)

    def close(self) -> None:
        self._connection.close()


def _one_line(error: psycopg2.Error) -> str:
    """Say what the server said, without the values of a row that it may have added."""
    first = (error.diag.message_primary or type(error).__name__) if error.diag else ""
    return f"The PostgreSQL database cannot be read: {first or type(error).__name__}."


def _text(raw: bytes) -> str:
    """Old programs wrote other charsets into SQLite's text; one bad name must not stop the rest."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
