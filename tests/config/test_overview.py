"""The clinic in the morning: numbers, what is due, what came in. Admin and API show the same."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from invites.services.sending import InviteOptions, generate_invite
from medical_records.models import MedicalRecord, Visit
from patients.models import Patient
from tests.conftest import member
from tests.isolation.conftest import attach

URL = "/api/v1/dashboard"
NOW = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # Saturday the 21st, 9 o'clock, in Sydney


@pytest.fixture(autouse=True)
def _saturday():
    with time_machine.travel(NOW, tick=True):
        yield


def record(patient, *, days, due=None, doctor="priya", **fields):
    return MedicalRecord.objects.create(
        patient=patient,
        doctor=member(doctor),
        visit_date=NOW - timedelta(days=days),
        chief_complaint="Cough",
        follow_up_required=due is not None,
        follow_up_date=due,
        **fields,
    )


@pytest.fixture
def morning(alpha):
    with tenant_context(alpha):
        priya, paul = member("priya"), member("paul")
        make = Patient.objects.create
        una = make(first_name="Una", last_name="Cole", email="una@mail.test", clinician=priya)
        ben = make(first_name="Ben", last_name="Ash", clinician=paul)
        make(first_name="Old", last_name="One", status="archived", clinician=priya)
        due = record(una, days=30, due="2026-12-05")
        record(una, days=40, due="2026-11-01")  # she has been since
        record(ben, days=5, due="2026-12-06", doctor="paul")  # too far ahead
        other = record(ben, days=1, due="2026-11-22", doctor="paul")
        for days, status in ((0, "planned"), (1, "finished"), (6, "cancelled"), (8, "finished")):
            moment = NOW - timedelta(days=days)
            ended = moment if status == "finished" else None
            Visit.objects.create(patient=una, started_at=moment, ended_at=ended, status=status)
        generate_invite(
            membership=priya, patient_id=una.pk, options=InviteOptions(send_email=False)
        )
        document = attach(una, by=priya)
    return {"una": una, "ben": ben, "due": due, "other": other, "document": document}


def test_an_administrator_sees_the_whole_clinic(client_of, morning):
    found = client_of("ada").get(URL).json()
    assert found["patients_by_status"] == {
        "active": 2,
        "inactive": 0,
        "archived": 1,
        "deceased": 0,
    }
    assert found["patients_by_invite_state"] == {
        "none": 2,
        "pending": 1,
        "expired": 0,
        "accepted": 0,
        "revoked": 0,
    }
    assert (found["medical_records"], found["drafts"], found["documents"]) == (4, 4, 1)
    assert found["follow_ups_due"] == 2
    assert [(row["record_id"], row["patient_name"], row["due"]) for row in found["follow_ups"]] == [
        (str(morning["other"].pk), "Ben Ash", "2026-11-22"),
        (str(morning["due"].pk), "Una Cole", "2026-12-05"),
    ]
    assert [row["id"] for row in found["last_uploads"]] == [str(morning["document"].pk)]
    assert [row["patient_name"] for row in found["pending_invites"]] == ["Una Cole"]
    assert len(found["visits_by_week"]) == 12
    assert found["visits_by_week"][-2:] == [
        {"week": "2026-11-09", "visits": 1},
        {"week": "2026-11-16", "visits": 2},
    ]


def test_a_provider_sees_their_own(client_of, morning):
    found = client_of("priya").get(URL).json()
    assert found["patients_by_status"]["active"] == 1
    assert [row["patient_name"] for row in found["follow_ups"]] == ["Una Cole"]
    paul = client_of("paul").get(URL).json()
    assert [row["patient_name"] for row in paul["follow_ups"]] == ["Ben Ash"]
    assert (paul["pending_invites"], paul["last_uploads"], paul["documents"]) == ([], [], 0)


def test_another_clinic_sees_nothing_of_it(client_of, morning):
    found = client_of("bea").get(URL).json()
    assert (found["patients_by_status"]["active"], found["follow_ups"]) == (0, [])


def test_whose_names_were_shown_is_logged(client_of, morning, alpha):
    client_of("priya").get(URL)
    with tenant_context(alpha):
        rows = {row.object_type: row.object_ids for row in AccessLog.objects.all()}
    assert rows == {
        "documents.document": [morning["document"].pk],
        "medical_records.medicalrecord": [morning["due"].pk],
        "patients.patient": [morning["una"].pk],
    }


def test_the_admins_first_page_shows_it(client_of, morning):
    page = client_of("ada").get("/admin/")
    text = page.content.decode()
    for expected in ("Una Cole", "Ben Ash", "note.txt", "2026-11-22", "Visits a week", "Pending"):
        assert expected in text, expected
    assert [card["number"] for card in page.context["cards"]] == [2, 4, 2, 1, 0, 0]


def test_it_costs_the_same_with_more(client_of, morning, alpha):
    ada = client_of("ada")
    ada.get(URL)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert ada.get(URL).status_code == 200
        return len(captured)

    first = cost()
    with tenant_context(alpha):
        for number in range(3):
            more = Patient.objects.create(first_name="More", last_name=f"P{number}")
            record(more, days=3, due="2026-11-25")
            attach(more, by=member("ada"))
    assert cost() == first <= 24
