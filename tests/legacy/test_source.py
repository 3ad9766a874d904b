"""Reading the old database: SQLite and PostgreSQL alike, never written to, memory flat."""

import sqlite3
import tracemalloc

import psycopg2
import pytest

from legacy import address
from legacy.address import PASSWORD_VARIABLE, parse_address, split_password
from legacy.errors import SourceError
from legacy.schema import what_is_missing
from legacy.source import OldSystem
from tests.legacy.old_system import MOMENT, build, connected, sqlite_file

pytestmark = pytest.mark.django_db  # not for its rows: else the run has no database of its own


@pytest.fixture
def old(tmp_path, source_url):
    return build(tmp_path, url=source_url, newer=True)


def opened(clinic):
    return OldSystem(parse_address(clinic.url))


def test_tables_rows_and_counts_are_read(old):
    with opened(old) as system:
        assert what_is_missing(system.tables) == []
        assert system.tables["lab_results"] >= {"id", "patient_id", "test_name"}
        users = list(system.stream("users"))
        assert [(row["id"], row["email"]) for row in users] == sorted(old.users.items())
        assert system.count("lab_results") == len(old.records["lab_results"])
        row = system.row("entity_files", "2")
        assert (row["description"], str(row["uploaded_at"])[:16]) == (
            "Described 2",
            str(MOMENT.replace(minute=32))[:16],
        )
        assert system.row("entity_files", "99999") is None


def test_nothing_can_be_written(old):
    with opened(old) as system, pytest.raises(SourceError, match="read"):
        list(system.select("UPDATE users SET email = 'x' RETURNING id"))
    with opened(old) as system:
        assert next(system.stream("users"))["email"] == old.users[1]


def test_rows_inside_of_rows_do_not_disturb_each_other(old):
    with opened(old) as system, system.snapshot():
        for user in system.stream("users"):
            patients = list(
                system.select("SELECT id FROM patients WHERE user_id = ? ORDER BY id", user["id"])
            )
            own = [one for one, owner in old.patients.items() if owner == user["id"]]
            assert [row["id"] for row in patients] == own


def test_a_snapshot_does_not_see_what_is_written_meanwhile(old):
    with opened(old) as system:
        with system.snapshot():
            before = system.count("users")
            if old.url.startswith("sqlite"):
                return  # a SQLite file that is being read cannot be written to
            old.execute("INSERT INTO users (id, email) VALUES (?, ?)", 77, "new@family.test")
            assert system.count("users") == before
        assert system.count("users") == before + 1


def test_what_is_missing_is_named(tmp_path, source_url):
    old = build(tmp_path, url=source_url)
    old.execute("DROP TABLE lab_results")
    old.execute("ALTER TABLE lab_result_files RENAME COLUMN file_path TO path")
    with opened(old) as system:
        assert what_is_missing(system.tables) == [
            "the table lab_results",
            "the column lab_result_files.file_path",
        ]


def test_a_system_without_any_table_of_files_says_so(tmp_path):
    old = build(tmp_path)
    old.execute("DROP TABLE lab_result_files")
    with opened(old) as system:
        assert what_is_missing(system.tables) == ["the table lab_result_files (or entity_files)"]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_not_even_a_journal_is_left_beside_a_sqlite_file(tmp_path, journal):
    old = build(tmp_path)
    connection = sqlite3.connect(sqlite_file(old.url))
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("UPDATE users SET full_name = 'x'")
    connection.commit()
    connection.close()
    before = old.fingerprint()
    with opened(old) as system:
        assert next(system.stream("users"))["full_name"] == "x"
    assert old.fingerprint() == before


def test_pages_that_are_still_in_the_wal_are_read(tmp_path):
    """The old system may be running: its newest rows are in the file beside."""
    old = build(tmp_path)
    writer = sqlite3.connect(sqlite_file(old.url))
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("UPDATE users SET full_name = 'newest'")
    writer.commit()
    with opened(old) as system:
        assert next(system.stream("users"))["full_name"] == "newest"
    writer.close()


def test_text_in_another_charset_is_read_all_the_same(tmp_path):
    old = build(tmp_path)
    old.execute("UPDATE patients SET first_name = CAST(x'5a6feb' AS TEXT) WHERE id = 1")
    with opened(old) as system:
        assert system.row("patients", "1")["first_name"] == "Zoë"


def test_five_thousand_rows_take_no_more_memory_than_five_hundred(tmp_path, source_url):
    old = build(tmp_path, url=source_url, users=1, results=1, files=0)
    with connected(old.url) as run:
        for number in range(5_000):
            run(
                "INSERT INTO lab_result_files (id, lab_result_id, file_name, file_path)"
                " VALUES (?, ?, ?, ?)",
                (number + 1, 1, "x" * 200, f"uploads/{number}" + "y" * 1_000),
            )
    with opened(old) as system:
        list(system.select("SELECT * FROM users"))
        tracemalloc.start()
        number = sum(1 for _ in system.stream("lab_result_files"))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert number == 5_000
    assert peak < 3_000_000  # bytes; the rows together are more than six million


BAD_ADDRESSES = {
    "nonsense": ("no url", "PostgreSQL or SQLite"),
    "other-database": ("mysql://host/db", "PostgreSQL or SQLite"),
    "bad-port": ("postgresql://host:none/db", "no URL"),
    "no-database": ("postgresql://host", "does not name a database"),
    "password": ("postgresql://me:hush@host/db", PASSWORD_VARIABLE),
    "password-parameter": ("postgresql://me@host/db?password=hush", PASSWORD_VARIABLE),
    "unknown-parameter": ("postgresql://host/db?x=1", "unknown parameters: x"),
    "no-file": ("sqlite:////no/such/file.db", "no such SQLite file"),
    "no-name": ("sqlite:///", "does not name a file"),
    "sqlite-host": ("sqlite://host/x.db", "names no host"),
}


@pytest.mark.parametrize(("url", "text"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_a_bad_address_is_refused_and_not_repeated(url, text):
    with pytest.raises(SourceError) as refused:
        parse_address(url)
    assert text in refused.value.detail
    assert "hush" not in refused.value.detail
    assert refused.value.field == "source"


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "old.db").write_bytes(b"certainly no database " * 100)
    with pytest.raises(SourceError, match="not a database"):
        OldSystem(parse_address(f"sqlite:///{tmp_path / 'old.db'}"))


def test_a_server_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="cannot be reached"):
        OldSystem(parse_address(f"postgresql://me@/db?host={tmp_path}"))


SPLIT = {
    "in-userinfo": ("postgresql://me:p%40ss@host:5432/db", "postgresql://me@host:5432/db", "p@ss"),
    "in-query": (
        "postgresql://me@host/db?sslmode=require&password=x",
        "postgresql://me@host/db?sslmode=require",
        "x",
    ),
    "none": ("postgresql://me@host/db", "postgresql://me@host/db", ""),
    "sqlite": ("sqlite:////a/b.db", "sqlite:////a/b.db", ""),
}


@pytest.mark.parametrize(("url", "without", "secret"), SPLIT.values(), ids=SPLIT)
def test_a_password_is_taken_out(url, without, secret):
    assert split_password(url) == (without, secret)


def test_the_password_goes_to_the_server_and_into_nothing_that_is_kept(
    postgres_url, monkeypatch, tmp_path
):
    build(tmp_path, url=postgres_url)
    place = parse_address(postgres_url)
    monkeypatch.setenv(PASSWORD_VARIABLE, "hush")
    seen = {}
    connect = psycopg2.connect

    def spy(**options):
        seen.update(options)
        return connect(**options)

    monkeypatch.setattr(psycopg2, "connect", spy)
    OldSystem(place).close()
    assert seen["password"] == "hush"
    assert "hush" not in repr(place)


def test_two_spellings_are_one_database_and_two_databases_are_two(tmp_path, monkeypatch):
    old, other = build(tmp_path / "a"), build(tmp_path / "b")
    first = parse_address(old.url)
    monkeypatch.chdir(tmp_path / "a" / "db")
    assert parse_address("sqlite:///old.db") == first
    assert parse_address(old.url.replace("sqlite", "sqlite+pysqlite")) == first
    assert parse_address(other.url).fingerprint != first.fingerprint
    one = parse_address("postgresql+psycopg2://ann@h:5432/x")
    assert one.fingerprint == parse_address("postgres://bob@h:5432/x").fingerprint
    assert one.fingerprint != parse_address("postgres://bob@h:5433/x").fingerprint
    assert len(first.fingerprint) == 10
    assert address.parse_address(old.url).path == sqlite_file(old.url)
