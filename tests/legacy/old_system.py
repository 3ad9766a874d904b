"""An old single-clinic system, built from a seed: its database, its folder, and each damage by name.

It knows nothing of the code under test: tables and paths are written down here as the old system
wrote them, and so is what is to become of each file.
"""

import hashlib
import os
import random
import shutil
import sqlite3
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import psycopg2

from documents.samples import Sample, Subject, make_sample

DDL = {
    "users": "id INTEGER PRIMARY KEY, username VARCHAR, email VARCHAR, password_hash VARCHAR,"
    " full_name VARCHAR, role VARCHAR, created_at TIMESTAMP",
    "patients": "id INTEGER PRIMARY KEY, user_id INTEGER, first_name VARCHAR, last_name VARCHAR,"
    " birth_date DATE, gender VARCHAR, address VARCHAR, blood_type VARCHAR, created_at TIMESTAMP",
    "lab_results": "id INTEGER PRIMARY KEY, patient_id INTEGER, test_name VARCHAR,"
    " test_code VARCHAR, test_category VARCHAR, facility VARCHAR, status VARCHAR,"
    " labs_result VARCHAR, ordered_date DATE, completed_date DATE, notes TEXT,"
    " created_at TIMESTAMP",
    "lab_result_files": "id INTEGER PRIMARY KEY, lab_result_id INTEGER, file_name VARCHAR,"
    " file_path VARCHAR, file_type VARCHAR, file_size INTEGER, description VARCHAR,"
    " uploaded_at TIMESTAMP",
}
NEWER = {
    "insurances": "id INTEGER PRIMARY KEY, patient_id INTEGER, insurance_type VARCHAR,"
    " company_name VARCHAR, member_name VARCHAR, member_id VARCHAR, group_number VARCHAR,"
    " plan_name VARCHAR, effective_date DATE, expiration_date DATE, is_primary BOOLEAN,"
    " status VARCHAR, notes TEXT",
    "encounters": "id INTEGER PRIMARY KEY, patient_id INTEGER, reason VARCHAR, date DATE,"
    " visit_type VARCHAR, location VARCHAR, notes TEXT",
    "procedures": "id INTEGER PRIMARY KEY, patient_id INTEGER, procedure_name VARCHAR,"
    " procedure_code VARCHAR, date DATE, outcome VARCHAR, notes TEXT",
    "entity_files": "id INTEGER PRIMARY KEY, entity_type VARCHAR, entity_id INTEGER,"
    " file_name VARCHAR, file_path VARCHAR, file_type VARCHAR, file_size INTEGER,"
    " description TEXT, category VARCHAR, uploaded_at TIMESTAMP",
}
ENTITY = {
    "insurances": ("insurance", "insurance", "card"),
    "encounters": ("visit", "visits", "summary"),
    "procedures": ("procedure", "procedures", "consent"),
}
FIRST = ("Ana", "Ben", "Chloe", "Dev", "Emma", "Finn", "Grace", "Hugo", "Ivy", "Jack")
LAST = ("Smith", "Nguyen", "Okafor", "Rossi", "Silva", "Tran", "Walsh", "Young")
RICH = ("lab_report", "trend_chart", "letter_docx", "lab_export", "consultation")
PATHS = ("relative", "bare", "absolute", "moved", "below")


@dataclass
class OldFile:
    """A file as the old system kept it. `problem` is the code it must be refused with."""

    table: str
    id: int
    record_table: str
    record: int
    patient: int
    user: int
    name: str
    path: str
    place: str  # below the folder of files
    sha256: str
    size: int
    description: str
    uploaded_at: datetime
    category: str = ""
    problem: str = ""

    @property
    def source_id(self) -> str:
        return f"{self.table}:{self.id}"


@dataclass
class OldClinic:
    """What was built, and what is to come of it."""

    url: str
    folder: Path  # the folder `uploads`
    seed: int = 1
    files: list[OldFile] = field(default_factory=list)
    patients: dict[int, int] = field(default_factory=dict)  # patient → user
    records: dict[str, dict[int, int]] = field(default_factory=dict)  # table → record → patient
    users: dict[int, str] = field(default_factory=dict)  # user → e-mail

    @property
    def good(self) -> list[OldFile]:
        return [one for one in self.files if not one.problem]

    @property
    def bad(self) -> dict[str, str]:
        return {one.source_id: one.problem for one in self.files if one.problem}

    def file(self, at: int = 0) -> OldFile:
        return self.good[at]

    def execute(self, sql: str, *values: object) -> None:
        with connected(self.url) as run:
            run(sql, values)

    def update(self, one: OldFile, **columns: object) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE {one.table} SET {names} WHERE id = ?"  # noqa: S608
        self.execute(sql, *columns.values(), one.id)

    def stored(self, one: OldFile) -> Path:
        return self.folder / one.place

    def fingerprint(self) -> dict[str, tuple]:
        """Everything of the folder, and of a SQLite file's folder: nothing may change in it."""
        roots = [self.folder]
        if self.url.startswith("sqlite"):
            roots.append(sqlite_file(self.url).parent)
        return {
            str(path): (
                path.lstat().st_mode,
                path.lstat().st_size,
                path.lstat().st_mtime_ns,
                digest(path) if path.is_file() and not path.is_symlink() else "",
            )
            for root in roots
            for path in sorted(root.rglob("*"))
        }


class connected:  # noqa: N801  it is used as a function
    """A connection of the builder's own, to write with."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            self.connection, self.mark = sqlite3.connect(sqlite_file(url)), "?"
        else:
            self.connection, self.mark = psycopg2.connect(url), "%s"

    def __enter__(self):
        cursor = self.connection.cursor()

        def run(sql: str, values: tuple = ()) -> None:
            cursor.execute(sql.replace("?", self.mark), tuple(map(self._plain, values)))

        return run

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self.connection.commit()
        self.connection.close()

    def _plain(self, value):
        text = isinstance(value, date) and self.mark == "?"
        return (
            value.isoformat(" ")
            if text and isinstance(value, datetime)
            else (value.isoformat() if text else value)
        )


def sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(
    root: Path,
    *,
    seed: int = 1,
    users: int = 3,
    per_user: int = 2,
    results: int = 2,
    files: int = 2,
    url: str = "",
    newer: bool = False,
    rich: int = 0,
    damage: tuple[str, ...] = (),
) -> OldClinic:
    """Build a system: `users` with up to `per_user` patients, each with `results` of `files`.

    The first `rich` files are samples of every format, the rest short texts, no two alike.
    """
    rng = random.Random(seed)
    folder = root / "app" / "uploads"
    (folder / "lab_result_files").mkdir(parents=True)
    (root / "db").mkdir(exist_ok=True)
    clinic = OldClinic(url or f"sqlite:///{root / 'db' / 'old.db'}", folder, seed)
    with connected(clinic.url) as run:
        for table, columns in {**DDL, **(NEWER if newer else {})}.items():
            run(f"CREATE TABLE {table} ({columns})")
        _people(run, clinic, rng, users, per_user)
        _lab_results(run, clinic, rng, results, files, rich)
        if newer:
            _newer(run, clinic, rng)
    for name in damage:
        DAMAGE[name](clinic)
    return clinic


def _people(run, clinic, rng, users, per_user) -> None:
    patient = 0
    for user in range(1, users + 1):
        email = f"user{user}@family.test"
        clinic.users[user] = email
        run(
            "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)",
            (user, f"user{user}", email, "$2b$12$secret-hash", f"User {user}", "user", MOMENT),
        )
        for _ in range(1 + (user - 1) % per_user):
            patient += 1
            clinic.patients[patient] = user
            born = date(1950, 1, 1) + timedelta(days=rng.randrange(25_000))
            run(
                "INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(patient, user, rng.choice(FIRST), rng.choice(LAST), born),
                    *(rng.choice(("male", "female", "M", "f", "")), "1 Old Street", "0+", MOMENT),
                ),
            )


MOMENT = datetime(2024, 3, 1, 9, 30)  # noqa: DTZ001  as the old system wrote them


def _lab_results(run, clinic, rng, results, files, rich) -> None:
    result = number = 0
    clinic.records["lab_results"] = {}
    for patient in clinic.patients:
        for _ in range(results):
            result += 1
            clinic.records["lab_results"][result] = patient
            run(
                "INSERT INTO lab_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(result, patient, "Blood count", "", "haematology", "North Lab", "completed"),
                    *("normal", date(2024, 1, 5), date(2024, 1, 9), "fasting", MOMENT),
                ),
            )
            for _ in range(files):
                number += 1
                _file(run, clinic, rng, "lab_result_files", number, "lab_results", result,
                      rich=number <= rich)  # fmt: skip


def _newer(run, clinic, rng) -> None:
    """Records of the other kinds with a file each, and the copies of the older table's rows."""
    number = 0
    for one in list(clinic.files):
        number += 1
        run(
            "INSERT INTO entity_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(number, "lab-result", one.record, one.name, one.path, "text/plain"),
                *(one.size, one.description, "report", one.uploaded_at),
            ),
        )
        one.table, one.id, one.category = "entity_files", number, "report"
    day = date(2024, 2, 2)
    rows = {
        "insurances": (
            "medical",
            "Bupa",
            "Ana Smith",
            "M-1",
            "G-9",
            "Gold",
            day,
            None,
            True,
            "active",
            "x",
        ),
        "encounters": ("Check-up", day, "annual", "Room 2", "came late"),
        "procedures": ("Fitting", "105", day, "went well", "left foot"),
    }
    for table, values in rows.items():
        clinic.records[table] = {}
        for at, patient in enumerate(clinic.patients, start=1):
            marks = ", ".join("?" for _ in values)
            run(f"INSERT INTO {table} VALUES (?, ?, {marks})", (at, patient, *values))  # noqa: S608
            clinic.records[table][at] = patient
            number += 1
            _file(run, clinic, rng, "entity_files", number, table, at)


@cache
def _sample(kind: str, patient: str, seed: int) -> Sample:
    """Return a document; made once, as the same system is built for many tests."""
    subject = Subject("Invented Person", date(1980, 5, 5), "Old Clinic", patient)
    return make_sample(kind, rng=random.Random(seed), subject=subject, on=date(2024, 5, 1))


def _file(run, clinic, rng, table, number, record_table, record, *, rich=False) -> None:
    patient = clinic.records[record_table][record]
    if rich or record_table == "insurances":
        kind = "insurance_card" if record_table == "insurances" else RICH[number % len(RICH)]
        sample = _sample(kind, str(patient), number)
        name, body = sample.filename, sample.body
    elif record_table == "procedures":
        sample = _sample("letter_docx", str(patient), number)
        name, body = sample.filename, sample.body
    else:
        name = f"Bericht {number} für Patient.txt"
        body = f"Result {number} of patient {patient}: {rng.random()}\n".encode()
    unique = f"{UUID(int=rng.getrandbits(128), version=4)}{Path(name).suffix}"
    below = (
        "lab_result_files" if table == "lab_result_files" else f"files/{ENTITY[record_table][1]}"
    )
    place = f"{below}/{unique}"
    where = clinic.folder / place
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(body)
    path = {
        "relative": f"uploads/{place}",
        "bare": unique,
        "absolute": str(where),
        "moved": f"/srv/gone/uploads/{place}",
        "below": place,
    }[PATHS[number % len(PATHS)]]
    at = MOMENT + timedelta(minutes=number)
    one = OldFile(
        table, number, record_table, record, patient, clinic.patients[patient], name, path, place,
        hashlib.sha256(body).hexdigest(), len(body), f"Described {number}", at,
    )  # fmt: skip
    if table == "lab_result_files":
        one.category = "result"
        values = (number, record, name, path, "text/plain", one.size, one.description, at)
    else:
        entity, _, one.category = ENTITY[record_table]
        values = (
            *(number, entity, record, name, path, "text/plain", one.size, one.description),
            *(one.category, at),
        )
    run(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in values)})", values)  # noqa: S608
    clinic.files.append(one)


# --- Damage: each takes a file that was good and writes down what must be said of it --------------


def _take(clinic: OldClinic, problem: str, skip: int = 0) -> OldFile:
    one = clinic.good[skip]
    one.problem = problem
    return one


def file_missing(clinic: OldClinic) -> None:
    clinic.stored(_take(clinic, "file_missing")).unlink()


def empty_file(clinic: OldClinic) -> None:
    one = _take(clinic, "empty_file")
    clinic.stored(one).write_bytes(b"")
    clinic.update(one, file_size=0)


def size_mismatch(clinic: OldClinic) -> None:
    one = _take(clinic, "size_mismatch")
    with clinic.stored(one).open("ab") as file:
        file.write(b"more")


def symlink(clinic: OldClinic) -> None:
    one = _take(clinic, "symlink")
    path = clinic.stored(one)
    elsewhere = clinic.folder.parent / f"elsewhere-{one.id}.txt"
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)


def symlinked_folder(clinic: OldClinic) -> None:
    """A folder that is a link, to a folder outside that has the very file."""
    one = _take(clinic, "symlink")
    outside = clinic.folder.parent / "outside"
    outside.mkdir(exist_ok=True)
    shutil.move(clinic.stored(one), outside / "linked.txt")
    (clinic.folder / "lab_result_files" / "link").symlink_to(outside)
    clinic.update(one, file_path="uploads/lab_result_files/link/linked.txt")


def inner_symlink(clinic: OldClinic) -> None:
    """A link to another patient's file inside the folder: no less refused."""
    one, other = _take(clinic, "symlink"), clinic.good[-1]
    path = clinic.stored(one)
    path.unlink()
    path.symlink_to(clinic.stored(other))


def parent_path(clinic: OldClinic) -> None:
    one = _take(clinic, "outside_uploads")
    (clinic.folder.parent / "secret.txt").write_text("not to be read")
    clinic.update(one, file_path="uploads/lab_result_files/../../secret.txt")


def absolute_outside(clinic: OldClinic) -> None:
    one = _take(clinic, "outside_uploads")
    outside = clinic.folder.parent / "secret.txt"
    outside.write_text("not to be read")
    clinic.update(one, file_path=str(outside))


def fifo(clinic: OldClinic) -> None:
    path = clinic.stored(_take(clinic, "not_a_file"))
    path.unlink()
    os.mkfifo(path)


def folder(clinic: OldClinic) -> None:
    path = clinic.stored(_take(clinic, "not_a_file"))
    path.unlink()
    path.mkdir()


def result_missing(clinic: OldClinic) -> None:
    one = _take(clinic, "ownership_broken")
    clinic.update(one, lab_result_id=99_999)


def duplicate_path(clinic: OldClinic) -> None:
    """A second row of the same patient with the same file: the first has it, the second not."""
    first = clinic.good[0]
    second = next(one for one in clinic.good[1:] if one.patient == first.patient)
    second.problem = "duplicate_path"
    clinic.stored(second).unlink()
    clinic.update(second, file_path=first.path, file_size=first.size)


def shared_between_patients(clinic: OldClinic) -> None:
    """Two patients' rows with the same file: neither may have it."""
    first = clinic.good[0]
    second = next(one for one in clinic.good if one.patient != first.patient)
    first.problem = second.problem = "duplicate_path"
    clinic.stored(second).unlink()
    clinic.update(second, file_path=first.path, file_size=first.size)


def in_trash(clinic: OldClinic) -> None:
    """The row is there still, the file is in the trash under its name."""
    one = _take(clinic, "in_trash")
    trash = clinic.folder / "trash" / "2024-06-01"
    trash.mkdir(parents=True, exist_ok=True)
    shutil.move(clinic.stored(one), trash / Path(one.place).name)


def trash_path(clinic: OldClinic) -> None:
    one = _take(clinic, "in_trash")
    trash = clinic.folder / "trash" / "2024-06-02"
    trash.mkdir(parents=True, exist_ok=True)
    shutil.move(clinic.stored(one), trash / "thrown.txt")
    clinic.update(one, file_path="uploads/trash/2024-06-02/thrown.txt")


def unlisted_file(clinic: OldClinic) -> None:
    """A file that no row names; there is no row, so nothing is refused."""
    (clinic.folder / "lab_result_files" / "nobodys.txt").write_text("whose is this?")


DAMAGE = {
    one.__name__: one
    for one in (
        file_missing, empty_file, size_mismatch, symlink, symlinked_folder, inner_symlink,
        parent_path, absolute_outside, fifo, folder, result_missing, duplicate_path,
        shared_between_patients, in_trash, trash_path, unlisted_file,
    )
}  # fmt: skip
# Those that a row is refused for, with the reason.
REFUSED = {
    "file_missing": "file_missing", "empty_file": "empty_file", "size_mismatch": "size_mismatch",
    "symlink": "symlink", "symlinked_folder": "symlink", "inner_symlink": "symlink",
    "parent_path": "outside_uploads", "absolute_outside": "outside_uploads",
    "fifo": "not_a_file", "folder": "not_a_file", "result_missing": "ownership_broken",
    "duplicate_path": "duplicate_path", "shared_between_patients": "duplicate_path",
    "in_trash": "in_trash", "trash_path": "in_trash",
}  # fmt: skip
