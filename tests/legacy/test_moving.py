"""An old system moves in: everything, once, to its own patient, and the source is only read."""

import json
import uuid

import pytest
from django.db import connection

from accounts.models import Membership, User
from documents.models import Document
from documents.services.trash import trash_document
from jobs.models import JobItem, SourceLink
from legacy.models import OldRow
from medical_records.models import Insurance, LabResult, Procedure, Visit
from patients.models import Guardian, Patient
from tests.conftest import member
from tests.documents.helpers import objects, temporary
from tests.legacy.helpers import (
    NAME,
    assert_moved,
    codes,
    documents,
    everything,
    failures,
    links,
    made,
    move,
)
from tests.legacy.old_system import REFUSED, OldClinic, build, connected, digest


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


@pytest.mark.parametrize("newer", [False, True], ids=["older", "newer"])
def test_everything_moves_in_and_the_source_is_not_touched(tmp_path, source_url, newer):
    clinic = build(tmp_path / "old", url=source_url, newer=newer, rich=5)
    before = clinic.fingerprint()
    job = move(clinic)
    records = sum(len(found) for found in clinic.records.values())
    assert (job.state, failures(job), job.report["gaps"]) == ("succeeded", {}, [])
    assert codes(job) == {
        "patient_moved": len(clinic.patients),
        "record_moved": records,
        "file_moved": len(clinic.files),
    }
    assert_moved(clinic)
    assert (Patient.objects.count(), len(objects())) == (len(clinic.patients), len(clinic.files))
    assert clinic.fingerprint() == before
    assert temporary() == []


def test_nobody_gets_a_login_by_it(tmp_path):
    logins = (User.objects.count(), Membership.objects.count())
    job = move(build(tmp_path / "old"))
    assert (User.objects.count(), Membership.objects.count()) == logins
    assert Guardian.objects.count() == 0
    assert not Patient.objects.exclude(user=None).exists()
    # Who looked after whom is kept, by id, for the invites that the clinic sends.
    assert job.report["owners"] == {"1": ["1"], "2": ["2", "3"], "3": ["4"]}
    assert links()["patients:3"].facts["user"] == "2"


def test_the_records_say_what_the_old_ones_said(tmp_path):
    clinic = build(tmp_path / "old", users=1, newer=True)
    clinic.execute(
        "UPDATE patients SET first_name = 'Zoë', last_name = 'Okafor', gender = 'F',"
        " birth_date = '1980-02-03'"
    )
    move(clinic)
    patient = Patient.objects.get()
    assert (patient.full_name, patient.sex, str(patient.date_of_birth)) == (
        "Zoë Okafor",
        "female",
        "1980-02-03",
    )
    assert "blood type: 0+" in patient.notes
    lab = LabResult.objects.first()
    assert (lab.test_name, lab.status, lab.value, lab.flag) == (
        "Blood count",
        "resulted",
        "normal",
        "N",
    )
    assert (str(lab.ordered_on), str(lab.resulted_on)) == ("2024-01-05", "2024-01-09")
    assert lab.notes.splitlines() == [
        "fasting",
        "From the old system:",
        "test category: haematology",
        "facility: North Lab",
    ]
    insurance, visit, procedure = (
        Insurance.objects.get(),
        Visit.objects.get(),
        Procedure.objects.get(),
    )
    assert (insurance.company, insurance.plan, insurance.member_id, insurance.rank) == (
        "Bupa",
        "Gold",
        "M-1",
        "primary",
    )
    assert (visit.reason, visit.location, visit.status) == ("Check-up", "Room 2", "finished")
    assert (procedure.name, procedure.code) == ("Fitting", "105")
    assert "outcome: went well" in procedure.notes
    row = json.loads(OldRow.objects.get(table="patients").content)
    assert row["user"]["email"] == "user1@family.test"
    assert "password_hash" not in row["user"]


def test_what_is_kept_aside_is_encrypted_and_goes_with_its_patient(tmp_path):
    move(build(tmp_path / "old", users=1, results=0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM legacy_oldrow")
        stored = [text for (text,) in cursor]
    assert len(stored) == 1
    assert not [text for text in stored if "family.test" in text or "Old Street" in text]
    assert "Old Street" in OldRow.objects.get().content
    Patient.objects.get().delete()
    assert OldRow.objects.count() == 0


def test_a_second_run_does_nothing(tmp_path, source_url):
    clinic = build(tmp_path / "old", url=source_url, newer=True)
    first = move(clinic)
    before, kept = everything(), objects()
    job = move(clinic)
    assert job.pk != first.pk
    assert (job.state, job.done, job.skipped) == ("succeeded", 0, first.done)
    assert codes(job) == {"already_there": first.done}
    assert (everything(), objects()) == (before, kept)


def test_what_was_added_meanwhile_is_all_that_a_second_run_moves(tmp_path):
    clinic = build(tmp_path / "old", files=1)
    move(clinic)
    one = clinic.file()
    body = b"a new file of an old record\n"
    (clinic.folder / "lab_result_files" / "new.txt").write_bytes(body)
    clinic.execute(
        "INSERT INTO lab_result_files (id, lab_result_id, file_name, file_path, file_size)"
        " VALUES (?, ?, ?, ?, ?)",
        *(9_000, one.record, "new.txt", "new.txt", len(body)),
    )
    job = move(clinic)
    assert (job.state, codes(job)["file_moved"]) == ("succeeded", 1)
    assert set(documents()) == {one.source_id for one in clinic.files} | {"lab_result_files:9000"}


def test_a_dry_run_writes_nothing_and_says_the_same(tmp_path):
    clinic = build(tmp_path / "old", damage=("file_missing", "empty_file"))
    before = everything()
    trial = move(clinic, dry_run=True)
    assert everything() == before
    assert (objects(), temporary(), OldRow.objects.count()) == (set(), [], 0)
    real = move(clinic)
    assert (trial.total, trial.done, failures(trial)) == (real.total, real.done, failures(real))
    assert codes(trial) == codes(real)
    assert trial.state == real.state == "failed"


@pytest.mark.parametrize("name", REFUSED)
def test_each_damage_is_refused_with_its_reason_and_the_rest_moves(tmp_path, name):
    clinic = build(tmp_path / "old", damage=(name,))
    before = clinic.fingerprint()
    job = move(clinic)
    assert failures(job) == clinic.bad
    assert set(clinic.bad.values()) == {REFUSED[name]}
    assert (job.state, job.stop_code, job.report["gaps"]) == ("failed", "items_failed", [])
    assert_moved(clinic)
    assert len(objects()) == len(clinic.good)
    assert clinic.fingerprint() == before
    for item in JobItem.objects.filter(job=job, state="failed"):
        assert item.detail
        assert item.remedy
        assert "family.test" not in item.detail
    assert "not to be read" not in str(job.report)


def test_all_damages_at_once(tmp_path, source_url):
    names = tuple(REFUSED)
    clinic = build(tmp_path / "old", url=source_url, users=4, results=5, files=3, damage=names)
    job = move(clinic)
    assert failures(job) == clinic.bad
    assert_moved(clinic)


def test_what_is_mended_in_the_source_moves_when_the_job_is_started_again(tmp_path):
    clinic = build(tmp_path / "old", damage=("size_mismatch", "duplicate_path"))
    job = move(clinic)
    assert failures(job) == clinic.bad
    for one in clinic.files:
        if one.problem == "size_mismatch":
            one.size = clinic.stored(one).stat().st_size
            clinic.update(one, file_size=one.size)
        elif one.problem:
            clinic.stored(one).write_bytes(b"its own bytes again\n")
            clinic.update(one, file_path=one.place, file_size=20)
            one.size = 20
        one.sha256, one.problem = digest(clinic.stored(one)), ""
    again = move(clinic)
    assert (again.pk, again.state, failures(again)) == (job.pk, "succeeded", {})
    assert_moved(clinic)


def test_what_was_deleted_here_is_not_brought_back(tmp_path):
    clinic = build(tmp_path / "old")
    move(clinic)
    one = clinic.file()
    trash_document(membership=member("ada"), document=documents()[one.source_id])
    job = move(clinic)
    assert (job.state, job.done) == ("succeeded", 0)
    assert codes(job)["removed_here"] == 1
    assert_moved(clinic, [other for other in clinic.good if other is not one])
    assert Document.objects.get(source_id=one.source_id).state == "trashed"
    assert job.report["not_moved"] == {"removed_here": 1}


def test_a_patient_who_was_removed_here_stays_removed_with_all_that_was_theirs(tmp_path):
    clinic = build(tmp_path / "old", files=0)
    move(clinic)
    gone = Patient.objects.get(pk=links()["patients:1"].target_id)
    LabResult.objects.filter(patient=gone).delete()
    gone.delete()
    body = b"late\n"
    (clinic.folder / "lab_result_files" / "late.txt").write_bytes(body)
    clinic.execute(
        "INSERT INTO lab_result_files (id, lab_result_id, file_name, file_path, file_size)"
        " VALUES (1, 1, 'late.txt', 'late.txt', 5)"
    )
    job = move(clinic)
    assert (job.state, job.done, codes(job)["removed_here"]) == ("succeeded", 0, 4)
    assert Patient.objects.count() == len(clinic.patients) - 1
    assert documents() == {}


def test_two_old_systems_do_not_mix(tmp_path):
    first, second = build(tmp_path / "a", seed=1), build(tmp_path / "b", seed=2)
    move(first, name="")
    job = move(second, name="")
    assert (job.state, codes(job)["file_moved"]) == ("succeeded", len(second.files))
    sources = set(SourceLink.objects.values_list("source", flat=True))
    assert len(sources) == 2
    assert all(name.startswith("legacy-") and len(name) == 17 for name in sources)
    assert Patient.objects.count() == len(first.patients) + len(second.patients)
    hashes = set(Document.objects.values_list("sha256", flat=True))
    assert hashes == {one.sha256 for one in first.files + second.files}


def test_a_copied_database_goes_on_under_its_name(tmp_path):
    clinic = build(tmp_path / "old")
    move(clinic)
    copied = tmp_path / "elsewhere"
    copied.mkdir()
    (copied / "copy.db").write_bytes((tmp_path / "old" / "db" / "old.db").read_bytes())
    clinic.url = f"sqlite:///{copied / 'copy.db'}"
    job = move(clinic)
    assert (job.state, job.done) == ("succeeded", 0)


def test_a_copied_database_without_its_name_is_known_again_and_refused(tmp_path):
    """Else everybody would be here twice."""
    clinic = build(tmp_path / "old")
    first = move(clinic, name="")
    name = first.parameters["source_name"]
    copy = tmp_path / "copy.db"
    copy.write_bytes((tmp_path / "old" / "db" / "old.db").read_bytes())
    before = everything()
    clinic.url = f"sqlite:///{copy}"
    refused = move(clinic, name="")
    assert (refused.state, refused.stop_code) == ("failed", "known_system")
    assert f"--source-name {name.removeprefix('legacy-')}" in refused.stop_detail
    assert everything() == before
    again = move(clinic, name=name)
    assert (again.state, again.done) == ("succeeded", 0)
    assert everything() == before


def test_the_folder_of_another_system_is_refused_at_once(tmp_path):
    clinic = build(tmp_path / "old")
    clinic.folder = tmp_path / "wrong"
    clinic.folder.mkdir()
    job = move(clinic)
    assert (job.state, job.stop_code) == ("failed", "wrong_folder")
    assert Patient.objects.count() == 0


def test_more_files_than_a_record_may_have_are_all_moved(tmp_path):
    clinic = build(tmp_path / "old", users=1, results=1, files=12)
    assert move(clinic).state == "succeeded"
    assert_moved(clinic)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("Blut/Bild.txt", "Blut_Bild.txt"),
        (".hidden.txt", "hidden.txt"),
        ("no ending", "no ending.txt"),
        ("", None),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("turn\u202e.txt", "turn.txt"),
        ("two\nlines.txt", "twolines.txt"),
    ],
)
def test_a_name_that_would_be_refused_is_mended_and_the_old_one_kept(tmp_path, name, here):
    clinic = build(tmp_path / "old", users=1, results=1, files=1)
    one = clinic.file()
    clinic.update(one, file_name=name)
    assert move(clinic).state == "succeeded"
    document = documents()[one.source_id]
    assert document.original_filename == (here or one.place.rsplit("/", 1)[-1])
    kept = OldRow.objects.filter(table="lab_result_files").first()
    assert (kept is None) == (not name)
    if kept:
        assert json.loads(kept.content)["row"]["file_name"].startswith(name[:2].strip("\n"))


def test_a_long_description_and_a_strange_category_are_kept_whole(tmp_path):
    clinic = build(tmp_path / "old", users=1, newer=True)
    one = clinic.file()
    clinic.update(one, description="y" * 700, category="holiday")
    move(clinic)
    document = documents()[one.source_id]
    assert (len(document.description), document.description[-1], document.category) == (
        500,
        "…",
        "result",
    )
    row = json.loads(OldRow.objects.get(table="entity_files", old_id=str(one.id)).content)["row"]
    assert (row["description"], row["category"]) == ("y" * 700, "holiday")


def test_a_file_that_is_not_accepted_leaves_nothing_behind(tmp_path):
    clinic = build(tmp_path / "old", users=1, results=1, files=2)
    one = clinic.file()
    clinic.stored(one).write_bytes(b"MZ" + bytes(100))
    clinic.update(one, file_size=102, file_name="virus.exe", description="z" * 600)
    job = move(clinic)
    assert failures(job) == {one.source_id: "extension_not_allowed"}
    assert not OldRow.objects.filter(table="lab_result_files").exists()
    assert (len(objects()), temporary()) == (1, [])


def test_values_that_are_impossible_here_go_into_the_notes(tmp_path):
    clinic = build(tmp_path / "old", users=1, results=1, files=0)
    clinic.execute(
        "UPDATE lab_results SET test_name = 'Potassium', labs_result = '999 mmol/L',"
        " completed_date = 'yesterday'"
    )
    clinic.execute("ALTER TABLE lab_results ADD COLUMN value VARCHAR")
    clinic.execute("ALTER TABLE lab_results ADD COLUMN unit VARCHAR")
    clinic.execute("UPDATE lab_results SET value = '999', unit = 'mmol/L'")
    assert move(clinic).state == "succeeded"
    lab = LabResult.objects.get()
    assert (lab.value, lab.status, lab.resulted_on) == ("", "collected", None)
    for line in ("value: 999", "labs result: 999 mmol/L", "completed date: yesterday"):
        assert line in lab.notes.splitlines()


def test_an_address_that_two_patients_share_is_given_to_neither_twice(tmp_path):
    clinic = build(tmp_path / "old", users=1, per_user=1, files=0)
    clinic.execute("ALTER TABLE patients ADD COLUMN email VARCHAR")
    clinic.execute(
        "INSERT INTO patients (id, user_id, first_name, last_name, email)"
        " VALUES (50, 1, 'Kid', 'One', 'kid@family.test')"
    )
    Patient.objects.create(first_name="Other", last_name="Person", email="Kid@Family.test")
    assert move(clinic).state == "succeeded"
    moved = Patient.objects.get(first_name="Kid")
    assert moved.email == ""
    content = json.loads(OldRow.objects.get(table="patients", old_id="50").content)
    assert content["row"]["email"] == "kid@family.test"


def test_the_parameters_hold_no_password_and_equal_ones_resume(tmp_path):
    clinic = build(tmp_path / "old", damage=("file_missing",))
    job = move(clinic)
    assert made(clinic).pk == job.pk
    assert set(job.parameters) == {"source", "source_name", "time_zone", "uploads", "batch_size"}
    assert job.parameters["source_name"] == NAME


def test_ids_that_are_uuids_are_as_good(tmp_path, source_url):
    """Some versions numbered their rows so; the file's table may then name them as text."""
    kind = "uuid" if source_url else "VARCHAR"
    clinic = OldClinic(source_url or f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "uploads")
    (clinic.folder / "lab_result_files").mkdir(parents=True)
    (clinic.folder / "lab_result_files" / "a.txt").write_text("a result\n")
    pks = [str(uuid.UUID(int=number, version=4)) for number in range(1, 5)]
    with connected(clinic.url) as run:
        run(f"CREATE TABLE users (id {kind} PRIMARY KEY, email VARCHAR)")
        run(f"CREATE TABLE patients (id {kind} PRIMARY KEY, user_id {kind}, first_name VARCHAR)")
        run(f"CREATE TABLE lab_results (id {kind} PRIMARY KEY, patient_id {kind})")
        run(
            f"CREATE TABLE lab_result_files (id {kind} PRIMARY KEY, lab_result_id VARCHAR,"
            " file_path VARCHAR)"
        )
        run("INSERT INTO users VALUES (?, 'u@family.test')", (pks[0],))
        run("INSERT INTO patients VALUES (?, ?, 'Zoë')", (pks[1], pks[0]))
        run("INSERT INTO lab_results VALUES (?, ?)", (pks[2], pks[1]))
        run("INSERT INTO lab_result_files VALUES (?, ?, 'a.txt')", (pks[3], pks[2]))
    job = move(clinic)
    assert (job.state, failures(job)) == ("succeeded", {})
    document = documents()[f"lab_result_files:{pks[3]}"]
    assert document.patient.full_name == "Zoë (not given)"
    assert document.original_filename == "a.txt"
    assert job.report["users"] == {pks[0]: {"files": 1, "patients": {pks[1]: 1}}}
