"""Two at the same time, on connections of their own, with real commits."""

import threading

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections, transaction
from django.db.utils import InternalError
from django_tenants.utils import schema_context

from accounts.errors import ConflictError
from medical_records.errors import RecordFinalizedError
from medical_records.models import Diagnosis, Insurance, MedicalRecord, Visit
from medical_records.services.entries import add_entry, remove_entry
from medical_records.services.records import (
    create_record,
    delete_record,
    finalize_record,
    update_record,
)
from patients.models import Patient
from tests.accounts.test_members_races import at_once
from tests.conftest import member

WHEN = "2026-11-02T01:30:00Z"
OF_UNA = "(SELECT id FROM alpha.patients_patient WHERE email = 'una@race.test')"
OF_HERS = f"(SELECT id FROM alpha.medical_records_medicalrecord WHERE patient_id IN {OF_UNA})"  # noqa: S608
LEFT = [
    "SET session_replication_role = replica",  # no triggers: what is final is never deleted
    f"DELETE FROM alpha.medical_records_diagnosis WHERE record_id IN {OF_HERS}",  # noqa: S608
    *(
        f"DELETE FROM alpha.medical_records_{table} WHERE patient_id IN {OF_UNA}"  # noqa: S608
        for table in ("medicalrecord", "visit", "insurance")
    ),
    "DELETE FROM alpha.patients_patient WHERE email = 'una@race.test'",
    "SET session_replication_role = DEFAULT",
]


@pytest.fixture
def una(django_db_setup, django_db_blocker):
    """A patient who is committed: other connections see her."""
    with django_db_blocker.unblock():
        cache.clear()
        try:
            with schema_context("alpha"):
                yield Patient.objects.create(
                    first_name="Una", last_name="Race", email="una@race.test"
                )
        finally:
            connection.set_schema("alpha")
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)
            connection.set_schema_to_public()


@pytest.fixture
def draft(una):
    return create_record(
        membership=member("ada"),
        patient=una,
        visit_date=WHEN,
        chief_complaint="Cough",
        diagnosis="Cold",
    )


def in_alpha(task):
    def run():
        with schema_context("alpha"):
            task()

    return run


def test_of_two_who_finalise_one_does(draft):
    tasks = [
        in_alpha(lambda who=who: finalize_record(membership=who, record=draft))
        for who in (member("ada"), member("priya"), member("ada"))
    ]
    assert at_once(*tasks) == {"done": 1, RecordFinalizedError: 2}
    assert MedicalRecord.objects.get(pk=draft.pk).status == "finalized"


def test_who_edits_while_it_is_finalised_waits_and_is_refused(draft):
    ada, priya = member("ada"), member("priya")
    edit = in_alpha(lambda: update_record(membership=priya, record=draft, notes="late"))
    with transaction.atomic():
        finalize_record(membership=ada, record=draft)
        waiting, found = begun(edit)
        assert waiting.is_alive()
    waiting.join()
    assert found == [RecordFinalizedError]
    kept = MedicalRecord.objects.get(pk=draft.pk)
    assert (kept.status, kept.notes) == ("finalized", "")


def test_who_finalises_while_it_is_edited_finalises_the_edited(draft):
    ada, priya = member("ada"), member("priya")
    finalise = in_alpha(lambda: finalize_record(membership=ada, record=draft))
    with transaction.atomic():
        update_record(membership=priya, record=draft, notes="in time")
        waiting, found = begun(finalise)
        assert waiting.is_alive()
    waiting.join()
    assert found == ["done"]
    kept = MedicalRecord.objects.get(pk=draft.pk)
    assert (kept.status, kept.notes) == ("finalized", "in time")


def begun(task):
    """Run a task in a thread; return the thread, after a moment, and what comes out."""
    found = []

    def run():
        try:
            task()
            found.append("done")
        except Exception as error:  # noqa: BLE001  whatever it is, the test looks at it
            found.append(type(error))
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=0.7)
    return thread, found


def diagnose(record):
    return in_alpha(lambda: Diagnosis.objects.create(record_id=record.pk, diagnosis_name="New"))


def test_a_diagnosis_by_sql_waits_for_a_finalisation_and_is_refused(draft):
    with transaction.atomic():
        finalize_record(membership=member("ada"), record=draft)
        waiting, found = begun(diagnose(draft))
        assert waiting.is_alive()
    waiting.join()
    assert found == [InternalError]
    assert Diagnosis.objects.filter(record=draft).count() == 0


def test_a_diagnosis_by_sql_goes_in_when_the_finalisation_fails(draft):
    with transaction.atomic():
        finalize_record(membership=member("ada"), record=draft)
        waiting, found = begun(diagnose(draft))
        assert waiting.is_alive()
        transaction.set_rollback(True)
    waiting.join()
    assert found == ["done"]
    assert Diagnosis.objects.get(record=draft).diagnosis_name == "New"


def test_a_finalisation_waits_for_a_diagnosis_by_sql(draft):
    finalise = in_alpha(lambda: finalize_record(membership=member("ada"), record=draft))
    with transaction.atomic():
        Diagnosis.objects.create(record_id=draft.pk, diagnosis_name="New")
        waiting, found = begun(finalise)
        assert waiting.is_alive()
    waiting.join()
    assert found == ["done"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Diagnosis.objects.filter(record=draft).update(notes="x")
    assert Diagnosis.objects.get(record=draft).notes == ""


def test_of_two_primary_insurances_one_is_added(una):
    tasks = [
        in_alpha(
            lambda who=who: add_entry(
                membership=who, entry=Insurance(), patient=una, company="Harbour", member_id="7"
            )
        )
        for who in (member("ada"), member("priya"), member("ada"))
    ]
    assert at_once(*tasks) == {"done": 1, ValidationError: 2}
    assert Insurance.objects.filter(patient=una).count() == 1


def visit_of(patient):
    entry = Visit()
    return add_entry(membership=member("ada"), entry=entry, patient=patient, started_at=WHEN).pk


def record_of(patient, visit):
    return create_record(
        membership=member("ada"), patient=patient, visit=Visit(pk=visit), visit_date=WHEN
    )


def remove_visit(pk):
    remove_entry(membership=member("ada"), entry=Visit.objects.get(pk=pk))


def test_a_visit_is_not_removed_while_a_record_comes_to_refer_to_it(una):
    visit = visit_of(una)
    with transaction.atomic():
        record = record_of(una, visit)
        waiting, found = begun(in_alpha(lambda: remove_visit(visit)))
        assert waiting.is_alive()
    waiting.join()
    assert found == [ConflictError]
    assert MedicalRecord.objects.get(pk=record.pk).visit_id == visit


def test_a_record_does_not_come_to_refer_to_a_visit_that_is_removed(una):
    visit = visit_of(una)
    with transaction.atomic():
        remove_visit(visit)
        waiting, found = begun(in_alpha(lambda: record_of(una, visit)))
        assert waiting.is_alive()
    waiting.join()
    assert found == [ValidationError]
    assert MedicalRecord.objects.filter(patient=una).count() == 0


def test_who_removes_a_draft_that_is_finalised_meanwhile_is_refused(draft):
    remove = in_alpha(lambda: delete_record(membership=member("priya"), record=draft))
    with transaction.atomic():
        finalize_record(membership=member("ada"), record=draft)
        waiting, found = begun(remove)
        assert waiting.is_alive()
    waiting.join()
    assert found == [RecordFinalizedError]
    assert MedicalRecord.objects.filter(pk=draft.pk).count() == 1
