"""Visits over the API."""

import pytest
from django_tenants.utils import tenant_context

from accounts.services.members import set_membership
from medical_records.models import Visit
from tests.conftest import member
from tests.isolation.conftest import attach
from tests.medical_records.helpers import NOBODY, fields, ids, made, send

URL = "/api/v1/visits"
FULL = {
    "visit_type": "home",
    "status": "finished",
    "started_at": "2026-11-02T01:30:00Z",
    "ended_at": "2026-11-02T02:00:00Z",
    "location": "12 Hill Street",
    "reason": "Sore throat",
}


@pytest.fixture
def new(people):
    return {**FULL, "patient_id": str(people["anna"].pk)}


def test_a_visits_life(client_of, new):
    priya = client_of("priya")
    plain = {"patient_id": new["patient_id"], "started_at": "2026-11-02T01:30:00Z"}
    visit = made(priya, URL, plain)
    assert (visit["status"], visit["visit_type"], visit["clinician_id"]) == (
        "planned",
        "ambulatory",
        None,
    )
    path = f"{URL}/{visit['id']}"
    changed = send(
        priya, "PATCH", path, {"location": "Room 2", "clinician_id": str(member("ada").pk)}
    )
    assert (changed.status_code, changed.json()["clinician_id"]) == (200, str(member("ada").pk))
    put = send(priya, "PUT", path, new)
    assert {key: put.json()[key] for key in new} == new
    assert priya.get(path).json() == put.json()
    assert priya.get(URL).json()["results"] == [put.json()]
    assert send(priya, "DELETE", path).status_code == 204
    assert (priya.get(path).status_code, ids(priya, URL)) == (404, [])


BAD = {
    "no-start": ({"started_at": None}, "started_at"),
    "no-zone-day": ({"started_at": "2026-02-30T00:00:00Z"}, "started_at"),
    "end-of-time": ({"started_at": "9999-12-31T23:59:59Z"}, "started_at"),
    "before-time": ({"started_at": "0001-01-01T00:00:00Z"}, "started_at"),
    "backwards": ({"ended_at": "2026-11-02T01:29:59Z"}, "ended_at"),
    "no-end": ({"ended_at": None}, "ended_at"),
    "type": ({"visit_type": "walk"}, "visit_type"),
    "status": ({"status": "lost"}, "status"),
    "nul": ({"location": "a\0b"}, "location"),
    "half-a-character": ({"reason": "a\ud800"}, "reason"),
    "long-location": ({"location": "x" * 201}, "location"),
    "long-reason": ({"reason": "x" * 501}, "reason"),
    "list": ({"reason": []}, "reason"),
    "nobody": ({"clinician_id": NOBODY}, "clinician_id"),
    "clinician-type": ({"clinician_id": "x"}, "clinician_id"),
    "no-patient": ({"patient_id": None}, "patient_id"),
    "unknown-patient": ({"patient_id": NOBODY}, "patient_id"),
    "patient-type": ({"patient_id": {}}, "patient_id"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named_and_nothing_is_kept(client_of, alpha, new, change, field):
    priya = client_of("priya")
    answer = send(priya, "POST", URL, {**new, **change})
    assert (answer.status_code, fields(answer)) == (400, [field])
    with tenant_context(alpha):
        assert not Visit.objects.exists()
    visit = made(priya, URL, new)
    again = send(priya, "PATCH", f"{URL}/{visit['id']}", change)
    assert fields(again) == [field]
    assert priya.get(f"{URL}/{visit['id']}").json() == visit


CLINICIANS = {"ada": 201, "paul": 201, "pat": 400, "rex": 400, "dev": 400, "bo": 400}


@pytest.mark.parametrize(("name", "code"), CLINICIANS.items())
def test_clinicians_are_staff_of_this_clinic(client_of, new, name, code):
    answer = send(client_of("priya"), "POST", URL, {**new, "clinician_id": str(member(name).pk)})
    assert answer.status_code == code
    if code == 400:
        assert fields(answer) == ["clinician_id"]


def test_one_who_has_left_stays_on_old_visits_and_gets_no_new_ones(client_of, alpha, new):
    ada, theirs = client_of("ada"), {**new, "clinician_id": str(member("paul").pk)}
    old = made(ada, URL, theirs)
    path = f"{URL}/{old['id']}"
    other = made(ada, URL, {**new, "clinician_id": str(member("priya").pk)})
    with tenant_context(alpha):
        set_membership(member=member("paul"), is_active=False)
    kept = send(ada, "PUT", path, {**theirs, "reason": "Cough"})
    assert (kept.status_code, kept.json()["clinician_id"]) == (200, theirs["clinician_id"])
    for method, where, body in (
        ("POST", URL, theirs),
        ("PATCH", f"{URL}/{other['id']}", {"clinician_id": theirs["clinician_id"]}),
    ):
        refused = send(ada, method, where, body)
        assert (refused.status_code, fields(refused)) == (400, ["clinician_id"])
        assert refused.json()["errors"][0]["code"] == "unknown_clinician"
    assert send(ada, "PATCH", path, {"clinician_id": None}).json()["clinician_id"] is None


def test_a_visit_stays_with_its_patient(client_of, new, people):
    ada = client_of("ada")
    visit = made(ada, URL, new)
    path = f"{URL}/{visit['id']}"
    moved = send(ada, "PATCH", path, {"patient_id": str(people["ben"].pk)})
    assert (moved.status_code, fields(moved)) == (409, ["patient_id"])
    assert ada.get(path).json() == visit
    assert send(ada, "PATCH", path, {"patient_id": new["patient_id"]}).status_code == 200


REFERRING = {
    "procedures": {"name": "Injection", "performed_at": "2026-11-02T01:40:00Z"},
    "medical-records": {"visit_date": "2026-11-02T01:30:00Z"},
}


@pytest.mark.parametrize(("slug", "body"), REFERRING.items())
def test_a_visit_that_is_referred_to_is_kept(client_of, new, slug, body):
    priya, visit = client_of("priya"), made(client_of("priya"), URL, new)
    url, path = f"/api/v1/{slug}", f"{URL}/{visit['id']}"
    other = made(priya, url, {**body, "patient_id": new["patient_id"], "visit_id": visit["id"]})
    refused = send(priya, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "has_records")
    assert priya.get(path).json() == visit
    assert send(priya, "PATCH", f"{url}/{other['id']}", {"visit_id": None}).status_code == 200
    assert send(priya, "DELETE", path).status_code == 204


def test_a_visit_with_documents_is_kept(client_of, alpha, new):
    priya, visit = client_of("priya"), made(client_of("priya"), URL, new)
    with tenant_context(alpha):
        document = attach(Visit.objects.get(), by=member("priya"))
    path = f"{URL}/{visit['id']}"
    assert ids(priya, f"{path}/files") == [str(document.pk)]
    refused = send(priya, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "has_documents")
    bare = made(priya, URL, new)
    assert send(priya, "DELETE", f"{URL}/{bare['id']}").status_code == 204


def test_the_list_is_filtered_by_the_clinics_days(client_of, new, people):
    ada = client_of("ada")
    late = "2026-11-02T13:30:00Z"  # half past midnight of the 3rd in Sydney
    first = made(ada, URL, new)["id"]
    second = made(
        ada,
        URL,
        {
            "patient_id": str(people["ben"].pk),
            "started_at": late,
            "clinician_id": str(member("priya").pk),
        },
    )["id"]
    assert ids(ada, URL) == [second, first]
    assert ids(ada, URL, started_after="2026-11-03") == [second]
    assert ids(ada, URL, started_before="2026-11-02") == [first]
    assert ids(ada, URL, started_after="2026-11-02", started_before="2026-11-03") == [second, first]
    assert ids(ada, URL, started_after="2026-11-04") == []
    assert ids(ada, URL, started_after="0001-01-01", started_before="9999-12-31") == [second, first]
    assert ids(ada, URL, patient=people["ben"].pk) == [second]
    assert ids(ada, URL, clinician=member("priya").pk) == [second]
    assert ids(ada, URL, status="finished") == [first]
    assert ids(ada, URL, visit_type="home") == [first]
    for query in ({"started_after": "soon"}, {"status": "lost"}, {"patient": "x"}):
        bad = ada.get(URL, query)
        assert (bad.status_code, fields(bad)) == (400, list(query))


def test_providers_see_the_visits_of_their_patients(client_of, alpha, new, people):
    ada = client_of("ada")
    hers = made(ada, URL, new)
    his = made(ada, URL, {**new, "patient_id": str(people["cara"].pk)})
    priya, path = client_of("priya"), f"{URL}/{his['id']}"
    assert ids(ada, URL) == [his["id"], hers["id"]]
    assert ids(priya, URL) == [hers["id"]]
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert send(priya, method, path, {**new}).json()["code"] == "not_found", method
    refused = send(priya, "POST", URL, {**new, "patient_id": his["patient_id"]})
    assert (refused.status_code, fields(refused)) == (400, ["patient_id"])
    assert ada.get(path).json() == his
    alpha.provider_scope = "all"
    alpha.save()
    assert priya.get(path).json() == his
    assert ids(priya, URL) == [his["id"], hers["id"]]


def test_a_list_costs_the_same_with_more_rows(client_of, alpha, people, django_assert_num_queries):
    ada = client_of("ada")
    ada.get(URL)
    for number, patient in enumerate(people.values(), 1):
        with tenant_context(alpha):
            Visit.objects.create(
                patient=patient, started_at="2026-11-02T01:30:00Z", clinician=member("paul")
            )
        if number != 2:
            with django_assert_num_queries(7):
                assert len(ids(ada, URL)) == number
