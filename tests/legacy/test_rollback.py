"""Taking a move back: what nobody has worked on goes, and moving again brings it all back."""

import pytest

from accounts.roles import Role
from documents.models import Document
from invites.services.sending import InviteOptions, generate_invite
from legacy.models import OldRow
from medical_records.models import LabResult
from patients.models import Guardian, Patient
from tests.conftest import member
from tests.documents.helpers import upload
from tests.legacy.helpers import (
    assert_moved,
    documents,
    everything,
    failures,
    links,
    move,
    rollback,
)
from tests.legacy.old_system import build


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


def test_without_files_everything_that_was_made_is_removed(tmp_path):
    mine = Patient.objects.create(first_name="Was", last_name="Here")
    before = everything()
    job = move(build(tmp_path / "old", files=0, newer=False))
    assert Patient.objects.count() > 1
    assert rollback(job).state == "succeeded"
    assert everything() == before
    assert (list(Patient.objects.all()), LabResult.objects.count()) == ([mine], 0)
    assert OldRow.objects.count() == 0


def test_files_go_into_the_trash_and_only_what_carries_them_stays_put_away(tmp_path):
    clinic = build(tmp_path / "old", newer=True)
    clinic_before = clinic.fingerprint()
    job = move(clinic)
    undone = rollback(job)
    assert (undone.state, undone.failed) == ("succeeded", 0)
    assert documents() == links() == {}
    assert set(Document.objects.values_list("state", flat=True)) == {"trashed"}
    assert set(Patient.objects.values_list("status", flat=True)) == {"archived"}
    assert clinic.fingerprint() == clinic_before


def test_moving_again_after_a_rollback_makes_nobody_twice(tmp_path):
    clinic = build(tmp_path / "old", newer=True)
    people = len(clinic.patients)
    for _ in range(2):
        job = move(clinic)
        assert job.state == "succeeded"
        assert_moved(clinic)
        assert Patient.objects.filter(status="active").count() == people
        assert Patient.objects.count() == people
        assert LabResult.objects.count() == len(clinic.records["lab_results"])
        assert rollback(job).state == "succeeded"


def test_a_dry_rollback_changes_nothing(tmp_path):
    job = move(build(tmp_path / "old"))
    before = everything()
    undone = rollback(job, dry_run=True)
    assert (undone.state, undone.done) == ("succeeded", len(links()))
    assert everything() == before


def test_only_what_this_job_made_is_taken_back(tmp_path):
    clinic = build(tmp_path / "old", damage=("file_missing",))
    first = move(clinic)
    late = next(one for one in clinic.files if one.problem)
    body = b"found again\n"
    clinic.stored(late).write_bytes(body)
    clinic.update(late, file_size=len(body))
    # The first job is over and done with, so a second one moves the rest.
    type(first).objects.filter(pk=first.pk).update(state="cancelled")
    second = move(clinic)
    assert second.pk != first.pk
    assert rollback(second).state == "succeeded"
    assert set(documents()) == {one.source_id for one in clinic.good}


def edited(patient, lab):
    patient.address = "Here 1"
    patient.save()


def noted(patient, lab):
    lab.notes = "seen by me"
    lab.save()


def added(patient, lab):
    LabResult.objects.create(patient=patient, test_name="A new one")


def attached(patient, lab):
    upload(None, owner=lab, who="ada")


def guarded(patient, lab):
    Guardian.objects.create(patient=patient, user=member("gina").user)


def invited(patient, lab):
    Patient.objects.filter(pk=patient.pk).update(email="new@mail.test")
    generate_invite(
        membership=member("ada"), patient_id=patient.pk, options=InviteOptions(send_email=False)
    )


WORK = {one.__name__: one for one in (edited, noted, added, attached, guarded, invited)}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
@pytest.mark.parametrize("files", [0, 1])
def test_what_people_have_worked_on_since_stays_as_it_is(tmp_path, work, files):
    assert member("gina").role == Role.PATIENT
    clinic = build(tmp_path / "old", users=2, results=1, files=files)
    job = move(clinic)
    patient = Patient.objects.get(pk=links()["patients:1"].target_id)
    lab = LabResult.objects.get(patient=patient)
    work(patient, lab)
    undone = rollback(job)
    assert undone.state == "failed"
    assert set(failures(undone).values()) == {"changed_since"}
    patient.refresh_from_db()
    assert patient.status == "active"
    kept = {"patients:1"} | ({"lab_results:1"} if work in {noted, attached} else set())
    assert set(links()) == kept
