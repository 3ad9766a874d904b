"""The comparison at the end: it finds what is wrong, whatever the run believes, and says what is right."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.roles import Role
from documents.models import Document
from jobs.models import SourceLink
from medical_records.models import LabResult
from patients.models import Guardian, Patient
from tests.conftest import member
from tests.documents.helpers import objects
from tests.legacy.helpers import documents, links, move
from tests.legacy.old_system import build, connected


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


@pytest.fixture
def clinic(tmp_path):
    found = build(tmp_path / "old", users=2, results=1, files=2)
    assert move(found).state == "succeeded"
    return found


def stored_at(clinic):
    one = documents()[clinic.file().source_id]
    return Path(settings.STORAGES["documents"]["OPTIONS"]["location"]) / one.s3_key


def bytes_changed(clinic):
    path = stored_at(clinic)
    path.chmod(0o644)
    path.write_bytes(bytes(path.stat().st_size))


def bytes_gone(clinic):
    stored_at(clinic).unlink()


def hash_changed(clinic):
    Document.objects.filter(source_id=clinic.file().source_id).update(sha256="0" * 64)


def other_record(clinic):
    other = LabResult.objects.exclude(pk=links()["lab_results:1"].target_id).first()
    Document.objects.filter(source_id=clinic.file().source_id).update(object_id=other.pk)


def other_patient(clinic):
    other = Patient.objects.exclude(pk=links()["patients:1"].target_id).first()
    Document.objects.filter(source_id=clinic.file().source_id).update(patient=other)


def records_patient_changed(clinic):
    other = Patient.objects.exclude(pk=links()["patients:1"].target_id).first()
    LabResult.objects.filter(pk=links()["lab_results:1"].target_id).update(patient=other)


def source_changed(clinic):
    path = clinic.stored(clinic.file())
    path.write_bytes(bytes(path.stat().st_size))


def record_gone(clinic):
    LabResult.objects.filter(pk=links()["lab_results:1"].target_id).delete()


WRONG = {
    "bytes_changed": (bytes_changed, {"bytes_differ"}, 1),
    "bytes_gone": (bytes_gone, {"bytes_missing"}, 1),
    "hash_changed": (hash_changed, {"hash_changed"}, 1),
    "other_record": (other_record, {"wrong_owner"}, 1),
    "other_patient": (other_patient, {"wrong_owner"}, 1),
    "records_patient_changed": (records_patient_changed, {"wrong_owner"}, 2),
    "source_changed": (source_changed, {"source_differs"}, 1),
    "record_gone": (record_gone, {"owner_missing"}, 2),
}


@pytest.mark.parametrize(("change", "codes", "number"), WRONG.values(), ids=WRONG)
def test_what_is_not_as_it_should_be_is_found_and_fails_the_job(clinic, change, codes, number):
    lines = []
    assert move(clinic, lines=lines).state == "succeeded"
    change(clinic)
    job = move(clinic, lines=(lines := []))
    assert (job.state, job.stop_code) == ("failed", "gaps")
    assert {gap["code"] for gap in job.report["gaps"]} == codes
    assert job.report["gaps_found"] == number
    total = sum(1 for one in clinic.files if one.user == 1)
    assert f"User 1: Expected {total} files, found {total - number}" in lines
    assert "User 2: ✓ 4 files verified (across 2 patients)" in lines
    patients = "✓ Patient isolation verified - files correctly associated with patients"
    assert (patients in lines) == (not codes & {"wrong_owner", "owner_missing"})
    assert "✓ Migration integrity verification completed successfully" not in lines


def test_a_row_that_nobody_has_looked_at_is_a_gap(tmp_path):
    """The source grows while the job is at work: what was not listed is not called moved."""
    clinic = build(tmp_path / "old", users=1, results=1, files=1)
    grown = []

    class Growing(list):
        def append(self, line):
            if "progress" in line and not grown:
                grown.append(line)
                with connected(clinic.url) as run:
                    run("INSERT INTO patients (id, user_id, first_name) VALUES (70, 1, 'Late')")
                    run("INSERT INTO lab_results (id, patient_id) VALUES (70, 70)")
                    run(
                        "INSERT INTO lab_result_files (id, lab_result_id, file_path)"
                        " VALUES (70, 70, 'uploads/lab_result_files/late.txt')"
                    )

    job = move(clinic, lines=Growing())
    assert grown
    assert (job.state, {gap["source_id"] for gap in job.report["gaps"]}) == (
        "failed",
        {"patients:70", "lab_results:70", "lab_result_files:70"},
    )
    assert {gap["code"] for gap in job.report["gaps"]} == {"not_accounted"}


def test_a_source_file_that_goes_after_the_move_is_no_loss(clinic):
    clinic.stored(clinic.file()).unlink()
    job = move(clinic)
    assert (job.state, job.report["gaps"]) == ("succeeded", [])


def test_what_real_people_see_is_their_own(clinic):
    """Providers with and without patients, a guardian, a patient: by the policies that serve them."""
    first, second = (links()[f"patients:{pk}"].target_id for pk in (1, 2))
    Patient.objects.filter(pk=first).update(clinician=member("paul").pk, user=member("pat").user)
    Patient.objects.filter(pk=second).update(clinician=member("priya").pk)
    Guardian.objects.create(patient_id=second, user=member("gina").user)
    lines = []
    job = move(clinic, lines=lines)
    assert (job.state, job.report["gaps"]) == ("succeeded", [])
    assert "✓ User isolation verified - no cross-user file access detected" in lines


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.PATIENT])
def test_a_policy_that_shows_too_much_is_found(clinic, monkeypatch, role):
    first = links()["patients:1"].target_id
    watched = member("paul" if role == Role.PROVIDER else "gina")
    if role == Role.PATIENT:
        Guardian.objects.create(patient_id=first, user=watched.user)
    else:
        Patient.objects.exclude(pk=first).update(clinician=member("priya").pk)

    from legacy.services import checking

    real = checking.documents_visible_to

    def leaking(membership):
        return Document.objects.all() if membership.pk == watched.pk else real(membership)

    monkeypatch.setattr(checking, "documents_visible_to", leaking)
    lines = []
    job = move(clinic, lines=lines)
    assert [(gap["source_id"], gap["code"]) for gap in job.report["gaps"]] == [
        (f"member:{watched.pk}", "visible_to_others")
    ]
    assert "✓ User isolation verified - no cross-user file access detected" not in lines
    assert [line for line in lines if line.startswith("SECURITY VIOLATION")]


def test_the_lines_are_those_that_operators_know(tmp_path):
    clinic = build(tmp_path / "old", users=2, results=1, files=3, damage=("file_missing",))
    lines = []
    move(clinic, lines=lines, batch_size=2)
    begin = lines.index("=== MIGRATING FILES FOR USER 1 (user1@family.test) ===")
    assert lines[begin:] == [
        "=== MIGRATING FILES FOR USER 1 (user1@family.test) ===",
        "User 1 has 3 files to migrate",
        "User 1 progress: 1/3 files",
        "User 1 progress: 2/3 files",
        "User 1 migration completed: 2 files migrated",
        "",
        "=== MIGRATING FILES FOR USER 2 (user2@family.test) ===",
        "User 2 has 6 files to migrate",
        "User 2 progress: 2/6 files",
        "User 2 progress: 4/6 files",
        "User 2 progress: 6/6 files",
        "User 2 migration completed: 6 files migrated",
        "",
        "=== MIGRATION SUMMARY ===",
        "Total files processed: 8",
        "Migration errors: 1",
        "  lab_result_files:1: file_missing",
        "",
        "=== VERIFYING MULTI-USER MIGRATION INTEGRITY ===",
        "User 1: ✓ 2 files verified (1 patient)",
        "User 2: ✓ 6 files verified (across 2 patients)",
        "✓ User isolation verified - no cross-user file access detected",
        "✓ Patient isolation verified - files correctly associated with patients",
        "Not migrated: 1, each listed with its reason",
    ]
    whole = []
    move(build(tmp_path / "whole", seed=5), lines=whole, name="whole")
    assert whole[-1] == "✓ Migration integrity verification completed successfully"


def test_the_report_counts_per_user_and_patient_and_names_what_nobody_listed(tmp_path):
    clinic = build(tmp_path / "old", users=2, damage=("unlisted_file", "empty_file"))
    job = move(clinic)
    assert job.report["users"] == {
        "1": {"files": 3, "patients": {"1": 3}},
        "2": {"files": 8, "patients": {"2": 4, "3": 4}},
    }
    assert job.report["not_moved"] == {"empty_file": 1}
    assert job.report["unlisted"] == {"unlisted_file": 1}
    assert job.report["unlisted_files"] == [
        {"path": "lab_result_files/nobodys.txt", "reason": "unlisted_file"}
    ]


def test_the_other_clinic_has_nothing_of_it(clinic, beta):
    from django_tenants.utils import tenant_context

    assert SourceLink.objects.exists()
    with tenant_context(beta):
        assert not SourceLink.objects.exists()
        assert not Patient.objects.exists()
        assert not Document.objects.exists()
    assert all(key.startswith("alpha/") for key in objects())
