"""Every file of an old system beside its owners: an index on disk, so that memory stays flat.

It answers what no single row can: which rows name the same file, and which files no row names.
The index is a nameless temporary SQLite database and vanishes with the process.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from legacy.files import Uploads
from legacy.places import FILES, LAB_FOLDER, TRASH, OutsideError, Place, possible_places
from legacy.schema import (
    ENTITY_FILES,
    LAB_FILES,
    LAB_RESULTS,
    PATIENTS,
    RECORDS,
    USERS,
    RecordTable,
    record_tables,
)
from legacy.source import OldSystem, quoted

_TABLES = """
    CREATE TABLE file (
        seq INTEGER PRIMARY KEY, tbl TEXT, id TEXT, record_table TEXT, record TEXT, patient TEXT,
        owner TEXT, name TEXT, place TEXT, problem TEXT DEFAULT '', twin TEXT DEFAULT '');
    CREATE TABLE found (place TEXT PRIMARY KEY) WITHOUT ROWID;"""
_INDEXES = """
    CREATE INDEX file_place ON file (place);
    CREATE INDEX file_name ON file (name, record_table, record);
    CREATE INDEX file_twin ON file (twin);
    CREATE INDEX file_owner ON file (owner);
    CREATE INDEX file_id ON file (tbl, id);"""
_COLUMNS = "tbl, id, record_table, record, patient, owner, place, problem, twin"


NO_RECORD = RecordTable("", "", ())


@dataclass(frozen=True)
class FileRow:
    """A row that names a file: whose it is, where the file lies, and what is wrong with that.

    `owner` is the id of the old user; "" for patients who had none. `twin` is the source id of a
    row in another table that says the same of the same file.
    """

    table: str
    id: str
    record_table: str
    record: str
    patient: str
    owner: str
    place: Place
    problem: str = ""
    twin: str = ""

    @property
    def source_id(self) -> str:
        return f"{self.table}:{self.id}"


class Listing:
    """The files of an old system. Build it once with `read`, then ask."""

    def __init__(self) -> None:
        self._index = sqlite3.connect("", check_same_thread=False)
        self._index.executescript(_TABLES)

    def close(self) -> None:
        self._index.close()

    def read(self, old: OldSystem, uploads: Uploads) -> None:
        """Read all rows and look where their files are; then find what is named twice."""
        with old.snapshot():
            for source, kind in _sources(old):
                self._add(_rows(old, source, kind), uploads, kind)
            if ENTITY_FILES in old.tables:
                self._add(_strangers(old), uploads, NO_RECORD)
        self._index.executescript(_INDEXES)
        self._mark_trashed(uploads)
        self._mark_twins()
        self._mark_duplicates()
        self._index.commit()

    def files(self) -> Iterator[FileRow]:
        """Yield every row that names a file: by user, by patient, in the order of the source."""
        yield from self._select(f"SELECT {_COLUMNS} FROM file ORDER BY {_ORDER}")  # noqa: S608

    def files_of(self, problem: str) -> Iterator[FileRow]:
        sql = f"SELECT {_COLUMNS} FROM file WHERE problem = ? ORDER BY {_ORDER}"  # noqa: S608
        yield from self._select(sql, problem)

    def file(self, table: str, pk: str) -> FileRow | None:
        sql = f"SELECT {_COLUMNS} FROM file WHERE tbl = ? AND id = ?"  # noqa: S608
        return next(self._select(sql, table, pk), None)

    def twins_of(self, source_id: str) -> list[str]:
        """Return the rows that say the same of a file as this one."""
        sql = "SELECT tbl || ':' || id FROM file WHERE twin = ? ORDER BY 1"
        return [name for (name,) in self._index.execute(sql, (source_id,))]

    def total(self) -> int:
        """Return how many files there are to move: rows, less those that say the same twice."""
        return int(self._one("SELECT count(*) FROM file WHERE twin = ''"))

    def problems(self) -> dict[str, int]:
        """Return how many rows have each problem."""
        sql = "SELECT problem, count(*) FROM file WHERE problem != '' GROUP BY 1 ORDER BY 1"
        return dict(self._index.execute(sql))

    def counts_of(self, owner: str) -> dict[str, int]:
        """Return the number of files to move of each patient of an old user."""
        sql = "SELECT patient, count(*) FROM file WHERE owner = ? AND twin = '' GROUP BY 1"
        return dict(self._index.execute(sql, (owner,)))

    def unlisted(self, uploads: Uploads) -> Iterator[tuple[Place, str]]:
        """Yield the files that no row names: `unlisted_file`, or `in_trash`."""
        self._index.execute("DELETE FROM found")
        for top in (LAB_FOLDER, FILES, TRASH):
            self._index.executemany(
                "INSERT OR IGNORE INTO found VALUES (?)",
                ((_key(place),) for place in uploads.walk(top)),
            )
        sql = "SELECT place FROM found WHERE place NOT IN (SELECT place FROM file) ORDER BY 1"
        for (key,) in self._index.execute(sql):
            place = tuple(str(key).split("/"))
            yield place, "in_trash" if place[0] == TRASH else "unlisted_file"

    def _add(self, rows: Iterator[dict[str, Any]], uploads: Uploads, kind: RecordTable) -> None:
        self._index.executemany(
            "INSERT INTO file (tbl, id, record_table, record, patient, owner, name, place, problem)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_placed(row, uploads, kind) for row in rows),
        )

    def _mark_trashed(self, uploads: Uploads) -> None:
        """Say of a missing file that it lies in the trash, where one of its name does."""
        self._index.executemany(
            "UPDATE file SET problem = 'in_trash' WHERE problem = 'file_missing' AND name = ?",
            ((_key((place[-1],)),) for place in uploads.walk(TRASH)),
        )

    def _mark_twins(self) -> None:
        """Newer systems copied their rows into a second table: one file, listed twice.

        The same name under the same record is the same file; the newer row says more of it, unless
        only the older one still finds it.
        """
        self._index.execute(
            """
            UPDATE file SET twin = coalesce((
                SELECT tbl || ':' || id FROM file newer
                 WHERE newer.tbl = ? AND newer.name = file.name AND newer.record = file.record
                   AND newer.record_table = file.record_table
                   AND (newer.problem = '' OR file.problem != '') ORDER BY newer.seq LIMIT 1), '')
             WHERE tbl = ? AND name != ''""",
            (ENTITY_FILES, LAB_FILES),
        )
        self._index.execute(
            """
            UPDATE file SET twin = coalesce((
                SELECT tbl || ':' || id FROM file older
                 WHERE older.tbl = ? AND older.name = file.name AND older.record = file.record
                   AND older.record_table = file.record_table AND older.twin = ''
                   AND older.problem = '' ORDER BY older.seq LIMIT 1), '')
             WHERE tbl = ? AND name != '' AND problem != ''""",
            (LAB_FILES, ENTITY_FILES),
        )

    def _mark_duplicates(self) -> None:
        """Of rows with one file, a patient's first may have it; between patients, nobody."""
        self._index.execute(
            """
            UPDATE file SET problem = 'duplicate_path'
             WHERE twin = '' AND problem = '' AND (
                EXISTS (SELECT 1 FROM file o WHERE o.place = file.place AND o.twin = ''
                           AND o.problem IN ('', 'duplicate_path') AND o.patient != file.patient)
                OR EXISTS (SELECT 1 FROM file o WHERE o.place = file.place AND o.twin = ''
                           AND o.problem IN ('', 'duplicate_path') AND o.seq < file.seq))"""
        )

    def _select(self, sql: str, *parameters: str) -> Iterator[FileRow]:
        for row in self._index.execute(sql, parameters):
            table, pk, record_table, record, patient, owner, place, problem, twin = row
            where = tuple(str(place).split("/")) if place else ()
            yield FileRow(table, pk, record_table, record, patient, owner, where, problem, twin)

    def _one(self, sql: str) -> Any:
        return self._index.execute(sql).fetchone()[0]


# Users in the order of their numbers, as people count; ids that are no numbers behind, by text.
_ORDER = "owner = '', CAST(owner AS INTEGER), owner, CAST(patient AS INTEGER), patient, seq"


def _sources(old: OldSystem) -> Iterator[tuple[str, RecordTable]]:
    if LAB_FILES in old.tables:
        yield LAB_FILES, RECORDS[LAB_RESULTS]
    if ENTITY_FILES in old.tables:
        for kind in record_tables(old.tables):
            yield ENTITY_FILES, kind


def _rows(old: OldSystem, source: str, kind: RecordTable) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table of files with the chain to their user, as far as it goes."""
    key = "lab_result_id" if source == LAB_FILES else "entity_id"
    where, parameters, same = "", [], old.same
    if source == ENTITY_FILES:
        marks = ", ".join("?" for _ in kind.entity_types)
        where, parameters = f" WHERE f.entity_type IN ({marks})", list(kind.entity_types)
    sql = (  # names of ours, quoted
        f"SELECT f.id AS id, f.file_path AS path, f.{key} AS named, r.id AS record,"  # noqa: S608
        " p.id AS patient, p.user_id AS wanted, u.id AS owner"
        f" FROM {quoted(source)} f"
        f" LEFT JOIN {quoted(kind.table)} r ON {same('r.id', f'f.{key}')}"
        f" LEFT JOIN {quoted(PATIENTS)} p ON {same('p.id', 'r.patient_id')}"
        f" LEFT JOIN {quoted(USERS)} u ON {same('u.id', 'p.user_id')}{where} ORDER BY f.id"
    )
    for row in old.select(sql, *parameters):
        yield {**row, "table": source}


def _strangers(old: OldSystem) -> Iterator[dict[str, Any]]:
    """Yield the rows whose kind of record is unknown, or has no table here: nobody's files."""
    known = [name for kind in record_tables(old.tables) for name in kind.entity_types]
    marks = ", ".join("?" for _ in known)
    sql = (
        "SELECT id, file_path AS path, entity_id AS named, NULL AS record, NULL AS patient,"  # noqa: S608
        f" NULL AS wanted, NULL AS owner FROM {quoted(ENTITY_FILES)}"
        f" WHERE entity_type IS NULL OR entity_type NOT IN ({marks}) ORDER BY id"
    )
    for row in old.select(sql, *known):
        yield {**row, "table": ENTITY_FILES}


def _placed(row: dict[str, Any], uploads: Uploads, kind: RecordTable) -> tuple[Any, ...]:
    stored = _text(row["path"])
    place, problem = _look(stored, uploads, kind)
    if row["patient"] is None or (row["wanted"] is not None and row["owner"] is None):
        problem = "ownership_broken"
    name = stored.replace("\\", "/").rsplit("/", 1)[-1]
    record = row["named"] if row["record"] is None else row["record"]
    owners = (_text(record), _text(row["patient"]), _text(row["owner"]))
    return (row["table"], _text(row["id"]), kind.table, *owners, name, _key(place), problem)


def _look(stored: str, uploads: Uploads, kind: RecordTable) -> tuple[Place, str]:
    try:
        places = possible_places(stored, kind.slug, root=uploads.root)
    except OutsideError:
        return (), "outside_uploads"
    place, problem = uploads.find(places)
    return place or (), problem


def _key(place: Place) -> str:
    return "/".join(place).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(value: Any) -> str:
    return "" if value is None else str(value)
