"""What is said before anything is moved: owners, files, and each damage under its own reason."""

import tracemalloc
from contextlib import contextmanager

import pytest

from legacy.address import parse_address
from legacy.analysis import Teller, tell_analysis
from legacy.files import Uploads
from legacy.listing import Listing
from legacy.source import OldSystem
from tests.legacy.old_system import DAMAGE, REFUSED, build, connected

pytestmark = pytest.mark.django_db


@contextmanager
def listed(clinic):
    uploads, listing = Uploads(str(clinic.folder)), Listing()
    with OldSystem(parse_address(clinic.url)) as old:
        listing.read(old, uploads)
        yield old, listing, uploads
    uploads.close()
    listing.close()


def problems(listing):
    return {row.source_id: row.problem for row in listing.files() if row.problem and not row.twin}


@pytest.mark.parametrize("newer", [False, True], ids=["older", "newer"])
def test_every_file_is_listed_once_with_its_owners_and_its_place(tmp_path, source_url, newer):
    clinic = build(tmp_path, url=source_url, newer=newer)
    with listed(clinic) as (_, listing, _):
        found = [row for row in listing.files() if not row.twin]
        twins = [row for row in listing.files() if row.twin]
        assert listing.total() == len(clinic.files)
    assert problems_of(found) == {}
    assert {
        (row.source_id, row.record_table, row.record, row.patient, row.owner, "/".join(row.place))
        for row in found
    } == {
        (
            one.source_id,
            one.record_table,
            str(one.record),
            str(one.patient),
            str(one.user),
            one.place,
        )
        for one in clinic.files
    }
    # The newer system keeps the older table's rows beside their copies.
    older = [one for one in clinic.files if newer and one.record_table == "lab_results"]
    assert {(row.source_id, row.twin) for row in twins} == {
        (f"lab_result_files:{one.id}", one.source_id) for one in older
    }


def problems_of(rows):
    return {row.source_id: row.problem for row in rows if row.problem}


@pytest.mark.parametrize("name", [n for n in REFUSED if n not in {"empty_file", "size_mismatch"}])
def test_each_damage_is_found_before_anything_is_moved(tmp_path, name):
    sound, clinic = build(tmp_path / "sound"), build(tmp_path / "damaged", damage=(name,))
    with listed(sound) as (_, listing, _):
        assert problems(listing) == {}
    with listed(clinic) as (_, listing, _):
        assert problems(listing) == clinic.bad
    assert set(clinic.bad.values()) == {REFUSED[name]}


def test_all_damages_at_once_do_not_hide_each_other(tmp_path, source_url):
    clinic = build(tmp_path, url=source_url, users=4, results=4, damage=tuple(DAMAGE))
    known = {
        pk: code for pk, code in clinic.bad.items() if code not in {"empty_file", "size_mismatch"}
    }
    with listed(clinic) as (_, listing, uploads):
        assert problems(listing) == known
        counted = listing.problems()
        unlisted = list(listing.unlisted(uploads))
    assert sum(counted.values()) == len(known)
    assert (("lab_result_files", "nobodys.txt"), "unlisted_file") in unlisted


def test_a_file_without_a_row_is_named_and_so_is_what_was_thrown_away(tmp_path):
    clinic = build(tmp_path, damage=("unlisted_file",))
    trash = clinic.folder / "trash" / "2024-01-01"
    trash.mkdir(parents=True)
    (trash / "old.txt").write_text("deleted on purpose")
    with listed(clinic) as (_, listing, uploads):
        assert list(listing.unlisted(uploads)) == [
            (("lab_result_files", "nobodys.txt"), "unlisted_file"),
            (("trash", "2024-01-01", "old.txt"), "in_trash"),
        ]


BROKEN = {
    "result": "DELETE FROM lab_results WHERE id = 1",
    "patient": "DELETE FROM patients WHERE id = 1",
    "user": "DELETE FROM users WHERE id = 1",
    "no-result": "UPDATE lab_result_files SET lab_result_id = NULL WHERE lab_result_id = 1",
    "no-patient": "UPDATE lab_results SET patient_id = NULL WHERE id = 1",
}


@pytest.mark.parametrize("sql", BROKEN.values(), ids=BROKEN)
def test_each_broken_link_of_the_chain_is_found(tmp_path, source_url, sql):
    clinic = build(tmp_path, url=source_url)
    clinic.execute(sql)
    whole = "patients" in sql or "users" in sql
    hit = [one for one in clinic.files if one.patient == 1 and (whole or one.record == 1)]
    with listed(clinic) as (_, listing, _):
        assert problems(listing) == {one.source_id: "ownership_broken" for one in hit}


def test_a_patient_who_never_had_a_user_is_whole(tmp_path):
    clinic = build(tmp_path)
    clinic.execute("UPDATE patients SET user_id = NULL WHERE id = 1")
    with listed(clinic) as (_, listing, _):
        assert problems(listing) == {}
        assert {row.owner for row in listing.files() if row.patient == "1"} == {""}


def test_a_file_of_an_unknown_kind_of_record_is_nobodys(tmp_path):
    clinic = build(tmp_path, newer=True)
    lost = clinic.files[-1]
    clinic.update(lost, entity_type="shopping-list")
    with listed(clinic) as (_, listing, _):
        assert problems(listing) == {lost.source_id: "ownership_broken"}


def test_the_copy_that_still_finds_the_file_is_the_one_that_is_moved(tmp_path):
    """The files were moved, one table was told: the other's rows lead nowhere."""
    clinic = build(tmp_path, newer=True)
    one = clinic.files[0]
    clinic.update(one, file_path=f"uploads/files/nowhere/{one.place.rsplit('/', 1)[-1]}")
    with listed(clinic) as (_, listing, _):
        rows = {row.source_id: row for row in listing.files()}
    older = rows[f"lab_result_files:{one.id}"]
    assert (older.problem, older.twin) == ("", "")
    assert rows[one.source_id].twin == older.source_id


def test_what_is_said_is_what_operators_know(tmp_path):
    clinic = build(tmp_path, users=2, per_user=2, results=2, files=2)
    clinic.execute("UPDATE patients SET first_name = 'Jane', last_name = 'Smith' WHERE id = 1")
    clinic.execute("UPDATE patients SET first_name = 'Mom', last_name = NULL WHERE id = 2")
    clinic.execute("UPDATE patients SET first_name = 'Baby', last_name = 'Smith' WHERE id = 3")
    lines = []
    with listed(clinic) as (old, listing, _):
        report = tell_analysis(old, listing, Teller(lines.append, names=True))
    assert lines == [
        "=== PRE-MIGRATION ANALYSIS ===",
        "System Overview:",
        "  - Total Users: 2",
        "  - Total Patients: 3  (multiple patients per user account)",
        "  - Total Lab Results: 6",
        "  - Total Files to Migrate: 12",
        "",
        "User 1 (user1@family.test) has 1 patient(s)",
        "  - Patient 1 (Jane Smith): 4 files",
        "User 1 (user1@family.test): 4 files total",
        "",
        "User 2 (user2@family.test) has 2 patient(s)",
        "  - Patient 2 (Mom): 4 files",
        "  - Patient 3 (Baby Smith): 4 files",
        "User 2 (user2@family.test): 8 files total",
    ]
    assert report == {"users": 2, "patients": 3, "lab_results": 6, "files": 12, "problems": {}}


def test_what_is_missing_is_said_and_nobody_is_named_where_it_is_kept(tmp_path):
    clinic = build(tmp_path, users=2, damage=("file_missing", "symlink"))
    lines = []
    with listed(clinic) as (old, listing, _):
        report = tell_analysis(old, listing, Teller(lines.append, names=False))
    assert lines[-3:] == [
        "Found 2 orphaned/missing files",
        "  - File ID 1: lab_result_files (file_missing)",
        "  - File ID 2: lab_result_files (symlink)",
    ]
    assert report["problems"] == {"file_missing": 1, "symlink": 1}
    assert "@" not in "".join(lines)


def test_large_numbers_have_their_separators(tmp_path):
    clinic = build(tmp_path, users=1, results=1, files=0)
    with connected(clinic.url) as run:
        for number in range(1_246):
            run("INSERT INTO lab_results (id, patient_id) VALUES (?, 1)", (number + 2,))
    lines = []
    with listed(clinic) as (old, listing, _):
        tell_analysis(old, listing, Teller(lines.append, names=False))
    assert "  - Total Lab Results: 1,247" in lines


def test_five_thousand_files_are_listed_in_flat_memory(tmp_path, source_url):
    clinic = build(tmp_path, url=source_url, users=1, results=1, files=0)
    with connected(clinic.url) as run:
        for number in range(1, 5_001):
            run(
                "INSERT INTO lab_result_files (id, lab_result_id, file_name, file_path)"
                " VALUES (?, 1, ?, ?)",
                (number, "x" * 100, f"uploads/lab_result_files/{'y' * 150}{number}.txt"),
            )
    tracemalloc.start()
    with listed(clinic) as (_, listing, _):
        number = sum(1 for row in listing.files() if row.problem == "file_missing")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 5_000
    assert peak < 4_000_000  # bytes
