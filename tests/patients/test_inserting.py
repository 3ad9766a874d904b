"""Rows by the thousand are what the framework would have stored one by one."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.services.inserting import BATCH, insert_many
from medical_records.models import MedicalRecord, Procedure
from patients.models import Patient
from tests.accounts.catalogue import rows, value
from tests.conftest import member

MOMENT = datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)
TEXTS = {
    "plain": "Smith",
    "quotes": """O'Brien "the" \\ %s {} \\n \\u0041""",
    "lines": "one\r\ntwo\tthree\x01\x7f",
    "other scripts": "王 Ünïcödé 😀 \u202e",
    "looks like JSON": '{"a": [1, null]}',
    "looks like null": "null",
    "a backslash before u0000": r"\\u000",
}


@pytest.fixture(autouse=True)
def _inside(people, alpha):
    with tenant_context(alpha):
        yield


def stored(pk, model):
    found = model.objects.filter(pk=pk).values().get()
    return {k: v for k, v in found.items() if k not in {"id", "created_at", "updated_at"}}


def twins(model, **fields):
    """Store the same twice: our way, and the framework's."""
    ours, theirs = model(**fields), model(**fields)
    insert_many([ours])
    theirs.save()
    return stored(ours.pk, model), stored(theirs.pk, model)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_texts_are_stored_as_they_are(text):
    ours, theirs = twins(Patient, first_name=text, last_name="X", notes=text, phone="+61412345678")
    assert ours.pop("research_id") != theirs.pop("research_id")
    assert ours == theirs
    assert (ours["first_name"], ours["notes"]) == (text, text)


def test_notes_are_encrypted():
    patient = Patient(first_name="A", last_name="B", notes="afraid of needles")
    insert_many([patient])
    assert "afraid" not in value("SELECT notes FROM patients_patient WHERE id = %s", [patient.pk])


def test_days_moments_numbers_documents_and_nothing_are_stored_as_they_are():
    patient = Patient.objects.first()
    ours, theirs = twins(
        MedicalRecord,
        patient=patient,
        doctor=member("ada"),
        visit_date=MOMENT,
        follow_up_required=True,
        follow_up_date=date(2026, 3, 1),
        vital_signs={"temperature": 36.6, "note": "ok", "list": [1, None, True]},
    )
    assert ours == theirs
    assert (ours["visit_date"], ours["follow_up_date"]) == (MOMENT, date(2026, 3, 1))
    ours, theirs = twins(Procedure, patient=patient, name="X", performed_at=MOMENT)
    assert ours == theirs
    assert ours["visit_id"] is None


def test_many_are_stored_in_their_order_with_their_history_in_a_query_for_each_thousand():
    made = [Patient(first_name="Bulk", last_name=str(n)) for n in range(BATCH + 1)]
    with CaptureQueriesContext(connection) as asked:
        insert_many(made)
    assert len([query for query in asked if "INSERT" in query["sql"]]) == 2
    names = Patient.objects.filter(first_name="Bulk").order_by("id").values_list("last_name")
    assert [int(name) for (name,) in names] == list(range(BATCH + 1))
    events = value("SELECT count(*) FROM patients_patientevent WHERE first_name = 'Bulk'")
    assert events == BATCH + 1


def test_what_the_database_fills_in_is_read_from_it():
    patient = Patient(first_name="Zoë", last_name="Nguyen")
    insert_many([patient])
    assert not patient._state.adding
    (known,) = rows("SELECT research_id::text FROM patients_patient WHERE id = %s", [patient.pk])
    assert str(patient.research_id) == known[0]
    patient.last_name = "Smith"
    patient.save()
    assert Patient.objects.filter(pk=patient.pk).count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"research_id": "0190a3c4-0000-4000-8000-000000000000"}, "research_id"),
        ({"first_name": "a\0b"}, "NUL"),
        ({"first_name": "\\\0"}, "NUL"),
    ],
)
def test_what_would_be_lost_is_refused(fields, words):
    row = Patient(**{"first_name": "Lost", "last_name": "X", **fields})
    with pytest.raises(ValueError, match=words):
        insert_many([row])
    assert not Patient.objects.filter(last_name="X").exists()


def test_a_type_that_nobody_has_thought_of_is_refused():
    with pytest.raises(TypeError, match="SimpleNamespace"):
        insert_many([MedicalRecord(patient=Patient.objects.first(), visit_date=MOMENT,
                                   vital_signs={"a": SimpleNamespace()})])  # fmt: skip


def test_constraints_hold_and_nothing_is_stored_by_halves():
    twice = [Patient(first_name="Twin", last_name="X", email="twin@mail.test") for _ in "ab"]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many([Patient(first_name="Twin", last_name="First"), *twice])
    assert not Patient.objects.filter(first_name="Twin").exists()


def test_nothing_is_nothing():
    with CaptureQueriesContext(connection) as asked:
        insert_many([])
    assert not asked
