"""What a dry run would have made so far: kept on disk, so that a later row can be told of it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from patients.imports.people import IMPORTED, KEYS, People, key_of
from patients.models import Patient

_TABLES = """
    CREATE TABLE people (id TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE keys (key TEXT, id TEXT, PRIMARY KEY (key, id)) WITHOUT ROWID;
"""


class Earlier:
    """Patients of earlier rows, in a nameless database that vanishes when it is closed."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.executescript(f"PRAGMA synchronous = OFF; {_TABLES}")

    def close(self) -> None:
        self._base.close()

    def keep(self, patients: Sequence[Patient]) -> None:
        """Keep new patients, or what has become of those that are there."""
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT OR REPLACE INTO people VALUES (?, ?)",
            [(str(patient.pk), _as_text(patient)) for patient in patients],
        )
        self._base.executemany(
            "INSERT OR IGNORE INTO keys VALUES (?, ?)",
            [(key, str(patient.pk)) for patient in patients for key in _keys(patient)],
        )
        self._base.execute("COMMIT")

    def add_to(self, people: People, rows: Sequence[Patient]) -> None:
        """Add those whom the rows may mean."""
        for row in rows:
            for key in _keys(row):
                for pk, fields in self._base.execute(
                    "SELECT id, fields FROM people JOIN keys USING (id) WHERE key = ?", [key]
                ):
                    people.add(_of_text(pk, fields))


def _keys(patient: Patient) -> Iterator[str]:
    for name in KEYS:
        if value := key_of(patient, name):
            yield f"{name}={value}"
    yield f"name={patient.last_name}\n{patient.first_name}"


def _as_text(patient: Patient) -> str:
    fields: dict[str, Any] = {name: getattr(patient, name) for name in IMPORTED}
    return json.dumps({**fields, "phone": str(patient.phone)}, default=date.isoformat)


def _of_text(pk: str, text: str) -> Patient:
    fields = json.loads(text)
    if fields["date_of_birth"]:
        fields["date_of_birth"] = date.fromisoformat(fields["date_of_birth"])
    return Patient(id=UUID(pk), **fields)
