"""Procedures over the API."""

import pytest
from django_tenants.utils import tenant_context

from accounts.services.members import set_membership
from medical_records.models import Procedure
from tests.conftest import member
from tests.medical_records.helpers import NOBODY, fields, ids, made, send, upload

URL = "/api/v1/procedures"
FULL = {
    "name": "Joint injection",
    "code": "50124",
    "performed_at": "2026-11-02T01:30:00Z",
    "outcome": "successful",
    "notes": "Left knee.",
}


@pytest.fixture
def new(people):
    return {**FULL, "patient_id": str(people["anna"].pk)}


def visit_of(client, patient):
    body = {"patient_id": str(patient.pk), "started_at": "2026-11-02T01:00:00Z"}
    return made(client, "/api/v1/visits", body)["id"]


def test_a_procedures_life(client_of, new, people):
    priya = client_of("priya")
    visit = visit_of(priya, people["anna"])
    whole = {**new, "visit_id": visit, "performer_id": str(member("paul").pk)}
    procedure = made(priya, URL, whole)
    assert {key: procedure[key] for key in whole} == whole
    path = f"{URL}/{procedure['id']}"
    changed = send(priya, "PATCH", path, {"outcome": "", "visit_id": None, "performer_id": None})
    assert (changed.status_code, changed.json()["outcome"]) == (200, "")
    assert (changed.json()["visit_id"], changed.json()["performer_id"]) == (None, None)
    put = send(priya, "PUT", path, {**new, "name": "Second injection"})
    assert (put.status_code, put.json()["name"]) == (200, "Second injection")
    assert priya.get(path).json() == put.json()
    assert priya.get(URL).json()["results"] == [put.json()]
    assert send(priya, "DELETE", path).status_code == 204
    assert (priya.get(path).status_code, ids(priya, URL)) == (404, [])


BAD = {
    "no-name": ({"name": ""}, "name"),
    "nul": ({"name": "a\0b"}, "name"),
    "half-a-character": ({"notes": "a\ud800"}, "notes"),
    "long-name": ({"name": "x" * 201}, "name"),
    "long-code": ({"code": "x" * 51}, "code"),
    "long-notes": ({"notes": "x" * 5001}, "notes"),
    "no-moment": ({"performed_at": None}, "performed_at"),
    "no-such-day": ({"performed_at": "2026-02-30T00:00:00Z"}, "performed_at"),
    "end-of-time": ({"performed_at": "9999-12-31T23:59:59Z"}, "performed_at"),
    "outcome": ({"outcome": "fine"}, "outcome"),
    "object": ({"name": {}}, "name"),
    "performer": ({"performer_id": NOBODY}, "performer_id"),
    "visit": ({"visit_id": NOBODY}, "visit_id"),
    "visit-type": ({"visit_id": 7}, "visit_id"),
    "no-patient": ({"patient_id": None}, "patient_id"),
    "unknown-patient": ({"patient_id": NOBODY}, "patient_id"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named_and_nothing_is_kept(client_of, alpha, new, change, field):
    priya = client_of("priya")
    answer = send(priya, "POST", URL, {**new, **change})
    assert (answer.status_code, fields(answer)) == (400, [field])
    with tenant_context(alpha):
        assert not Procedure.objects.exists()
    procedure = made(priya, URL, new)
    again = send(priya, "PATCH", f"{URL}/{procedure['id']}", change)
    assert fields(again) == [field]
    assert priya.get(f"{URL}/{procedure['id']}").json() == procedure


WHOSE = {"anna": 201, "ben": 400, "cara": 400}  # Cara's visits are unseen by Priya


@pytest.mark.parametrize(("name", "code"), WHOSE.items())
@pytest.mark.parametrize(
    ("url", "body"),
    [(URL, FULL), ("/api/v1/medical-records", {"visit_date": "2026-11-02T01:30:00Z"})],
    ids=["procedure", "medical-record"],
)
def test_the_visit_is_the_same_patients(client_of, new, people, url, body, name, code):
    visit = visit_of(client_of("ada"), people[name])
    body = {**body, "patient_id": new["patient_id"], "visit_id": visit}
    answer = send(client_of("priya"), "POST", url, body)
    assert answer.status_code == code
    if code == 400:
        assert fields(answer) == ["visit_id"]
        assert ids(client_of("ada"), url) == []


@pytest.mark.parametrize(("name", "code"), {"paul": 201, "pat": 400, "rex": 400, "bo": 400}.items())
def test_performers_are_staff_of_this_clinic(client_of, new, name, code):
    answer = send(client_of("priya"), "POST", URL, {**new, "performer_id": str(member(name).pk)})
    assert answer.status_code == code
    if code == 400:
        assert fields(answer) == ["performer_id"]


def test_one_who_has_left_stays_on_old_procedures(client_of, alpha, new):
    ada, theirs = client_of("ada"), {**new, "performer_id": str(member("paul").pk)}
    path = f"{URL}/{made(ada, URL, theirs)['id']}"
    with tenant_context(alpha):
        set_membership(member=member("paul"), is_active=False)
    kept = send(ada, "PUT", path, {**theirs, "notes": "Right knee."})
    assert (kept.status_code, kept.json()["performer_id"]) == (200, theirs["performer_id"])
    assert fields(send(ada, "POST", URL, theirs)) == ["performer_id"]


def test_a_procedure_stays_with_its_patient(client_of, new, people):
    ada, procedure = client_of("ada"), made(client_of("ada"), URL, new)
    path = f"{URL}/{procedure['id']}"
    moved = send(ada, "PATCH", path, {"patient_id": str(people["ben"].pk)})
    assert (moved.status_code, fields(moved)) == (409, ["patient_id"])
    assert ada.get(path).json() == procedure
    assert send(ada, "PATCH", path, {"patient_id": new["patient_id"]}).status_code == 200


def test_a_procedure_with_documents_is_kept(client_of, alpha, new):
    priya, procedure = client_of("priya"), made(client_of("priya"), URL, new)
    with tenant_context(alpha):
        upload(Procedure.objects.get(), slug="procedures")
    path = f"{URL}/{procedure['id']}"
    refused = send(priya, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "has_documents")
    assert priya.get(path).json() == procedure
    bare = made(priya, URL, new)
    assert send(priya, "DELETE", f"{URL}/{bare['id']}").status_code == 204


def test_the_list_is_filtered_by_the_clinics_days(client_of, new, people):
    ada = client_of("ada")
    visit = visit_of(ada, people["anna"])
    first = made(ada, URL, {**new, "visit_id": visit})["id"]
    late = {
        "patient_id": str(people["ben"].pk),
        "name": "Cast",
        "performed_at": "2026-11-02T13:30:00Z",
    }
    second = made(ada, URL, {**late, "performer_id": str(member("paul").pk)})["id"]
    assert ids(ada, URL) == [second, first]
    assert ids(ada, URL, performed_after="2026-11-03") == [second]
    assert ids(ada, URL, performed_before="2026-11-02") == [first]
    assert ids(ada, URL, performed_after="0001-01-01", performed_before="9999-12-31") == [
        second,
        first,
    ]
    assert ids(ada, URL, name="INJECT") == [first]
    assert ids(ada, URL, outcome="successful") == [first]
    assert ids(ada, URL, visit=visit) == [first]
    assert ids(ada, URL, performer=member("paul").pk) == [second]
    assert ids(ada, URL, patient=people["ben"].pk) == [second]
    for query in ({"performed_before": "soon"}, {"outcome": "fine"}, {"visit": "x"}):
        bad = ada.get(URL, query)
        assert (bad.status_code, fields(bad)) == (400, list(query))


def test_providers_see_the_procedures_of_their_patients(client_of, alpha, new, people):
    ada, priya = client_of("ada"), client_of("priya")
    his = made(ada, URL, {**new, "patient_id": str(people["cara"].pk)})
    path = f"{URL}/{his['id']}"
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert send(priya, method, path, new).json()["code"] == "not_found", method
    assert (ids(priya, URL), ids(client_of("paul"), URL)) == ([], [his["id"]])
    assert ada.get(path).json() == his
    alpha.provider_scope = "all"
    alpha.save()
    assert priya.get(path).json() == his


def test_a_list_costs_the_same_with_more_rows(client_of, alpha, people, django_assert_num_queries):
    ada = client_of("ada")
    ada.get(URL)
    for number, patient in enumerate(people.values(), 1):
        with tenant_context(alpha):
            Procedure.objects.create(
                patient=patient,
                name="Cast",
                performed_at="2026-11-02T01:30:00Z",
                performer=member("paul"),
            )
        if number != 2:
            with django_assert_num_queries(7):
                assert len(ids(ada, URL)) == number
