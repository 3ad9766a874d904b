"""Whose a record is: by its contact's id, or by nobody's guess."""

import pytest

from documents.models import Document
from jobs.models import JobItem
from patients.models import Patient
from tests.filemaker.helpers import (
    arrived,
    assert_all_here,
    available,
    counts,
    failures,
    gaps,
    make_patients,
    make_patients_of_the_rest,
    run,
    states,
    wanted,
)

pytestmark = pytest.mark.usefixtures("quick", "both_ways")


def test_records_of_unknown_patients_are_listed_with_their_reason(fm):
    make_patients(fm, 1)
    job = run()
    mine = {name for name, (_, contact) in wanted(fm).items() if contact == fm.contacts[0]}
    assert (job.state, job.stop_code) == ("failed", "items_failed")
    assert set(available()) == mine
    assert failures(job) == dict.fromkeys(set(wanted(fm)) - mine, "unmatched")
    assert {name for name, state in states().items() if state == "unmatched"} == set(failures(job))
    item = JobItem.objects.filter(job=job, state="failed").first()
    assert "--only-failed" in item.remedy
    make_patients_of_the_rest(fm)
    again = run()
    assert (again.pk, again.state) == (job.pk, "succeeded")
    assert_all_here(fm)


def test_only_failed_takes_up_what_had_no_patient_and_nothing_else(fm):
    make_patients(fm, 1)
    run()
    make_patients_of_the_rest(fm)
    pages, files = fm.requests["page"], fm.requests["file"]
    job = run(only_failed=True)
    assert (job.state, counts(job)) == ("succeeded", (15, 15, 0, 0))
    assert (fm.requests["page"], fm.requests["file"]) == (pages, files + 15)
    assert_all_here(fm)
    empty = run(only_failed=True)
    assert (empty.pk != job.pk, empty.state, counts(empty)) == (True, "succeeded", (0, 0, 0, 0))


def test_letter_case_of_ids_does_not_part_patients_from_their_files(fm):
    for contact in fm.contacts:
        Patient.objects.create(first_name="Low", last_name="Case", filemaker_id=contact.lower())
    assert run().state == "succeeded"
    assert {name: sha for name, (sha, _) in arrived().items()} == {
        name: sha for name, (sha, _) in wanted(fm).items()
    }


def test_two_patients_whose_ids_differ_in_letter_case_only_are_not_guessed(fm):
    contact = fm.contacts[0]
    mixed = contact[:-1].lower() + contact[-1]
    assert len({contact, contact.lower(), mixed}) >= 2
    Patient.objects.create(first_name="A", last_name="B", filemaker_id=contact.lower())
    Patient.objects.create(
        first_name="C", last_name="D", filemaker_id=contact[:8].lower() + contact[8:]
    )
    job = run(limit=20)
    assert set(failures(job).values()) == {"unmatched"}
    Patient.objects.create(first_name="E", last_name="F", filemaker_id=contact)
    run(only_failed=True)
    assert {one.patient.first_name for one in available().values()} == {"E"}


def test_a_patient_who_was_imported_anew_under_a_new_id_is_noticed(fm, patients):
    """The old record keeps its documents; that its FileMaker id moved on is a gap to look at."""
    run()
    old = patients[0]
    contact, old.filemaker_id = old.filemaker_id, ""
    old.save()
    Patient.objects.create(first_name="New", last_name="Row", filemaker_id=contact)
    job = run()
    theirs = {name for name, (_, owner) in wanted(fm).items() if owner == contact}
    assert (job.state, gaps(job)) == ("failed", dict.fromkeys(theirs, "patient_changed"))
    assert Document.objects.filter(patient=old, state="available").count() == len(theirs)
