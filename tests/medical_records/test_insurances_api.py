"""Insurances over the API: staff keep them, and patients and guardians their own."""

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from medical_records.models import Insurance
from patients.models import Guardian
from tests.conftest import member
from tests.medical_records.helpers import NOBODY, fields, ids, made, send, upload

URL = "/api/v1/insurances"
NUMBER = "MEM-4711-0815"
FULL = {
    "company": "Harbour Health",
    "plan": "Gold",
    "member_id": NUMBER,
    "group_number": "G-7",
    "holder": "Otto Archer",
    "valid_from": "2026-01-01",
    "valid_to": None,
    "rank": "primary",
}
PLAIN = {"company": "Harbour Health", "member_id": NUMBER}


@pytest.fixture
def new(people):
    return {**FULL, "patient_id": str(people["anna"].pk)}


def test_an_insurances_life(client_of, new):
    priya = client_of("priya")
    insurance = made(priya, URL, new)
    assert {key: insurance[key] for key in new} == new
    path = f"{URL}/{insurance['id']}"
    changed = send(priya, "PATCH", path, {"plan": "Silver", "valid_to": "2026-12-31"})
    assert (changed.status_code, changed.json()["plan"]) == (200, "Silver")
    put = send(priya, "PUT", path, {**new, "member_id": "N-2"})
    assert {key: put.json()[key] for key in new} == {**new, "member_id": "N-2"}
    assert priya.get(path).json() == put.json()
    assert priya.get(URL).json()["results"] == [put.json()]
    assert send(priya, "DELETE", path).status_code == 204
    assert (priya.get(path).status_code, ids(priya, URL)) == (404, [])


BAD = {
    "no-company": ({"company": ""}, "company"),
    "no-number": ({"member_id": ""}, "member_id"),
    "null-number": ({"member_id": None}, "member_id"),
    "nul": ({"member_id": "a\0b"}, "member_id"),
    "half-a-character": ({"member_id": "a\ud800"}, "member_id"),
    "long-company": ({"company": "x" * 201}, "company"),
    "long-plan": ({"plan": "x" * 201}, "plan"),
    "long-number": ({"member_id": "x" * 101}, "member_id"),
    "long-group": ({"group_number": "x" * 101}, "group_number"),
    "long-holder": ({"holder": "x" * 201}, "holder"),
    "list": ({"company": []}, "company"),
    "day": ({"valid_from": "2026-02-30"}, "valid_from"),
    "backwards": ({"valid_to": "2025-12-31"}, "valid_to"),
    "rank": ({"rank": "third"}, "rank"),
    "no-patient": ({"patient_id": None}, "patient_id"),
    "unknown-patient": ({"patient_id": NOBODY}, "patient_id"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named_and_nothing_is_kept(client_of, alpha, new, change, field):
    priya = client_of("priya")
    answer = send(priya, "POST", URL, {**new, **change})
    assert (answer.status_code, fields(answer)) == (400, [field])
    with tenant_context(alpha):
        assert not Insurance.objects.exists()
    insurance = made(priya, URL, new)
    again = send(priya, "PATCH", f"{URL}/{insurance['id']}", change)
    assert fields(again) == [field]
    assert priya.get(f"{URL}/{insurance['id']}").json() == insurance


SECOND = {  # a second one beside an open-ended primary
    "ended": ({"valid_to": "2026-06-30"}, 201),
    "secondary": ({"rank": "secondary"}, 201),
    "open-ended primary": ({}, 400),
}


@pytest.mark.parametrize(("change", "code"), SECOND.values(), ids=SECOND)
def test_one_open_ended_insurance_is_primary(client_of, new, people, change, code):
    ada = client_of("ada")
    made(ada, URL, new)
    answer = send(ada, "POST", URL, {**new, **change})
    assert answer.status_code == code
    if code == 400:
        assert "is primary; end it, or make one secondary" in answer.json()["errors"][0]["message"]
        assert len(ids(ada, URL)) == 1
        other = {**new, "patient_id": str(people["ben"].pk)}
        assert send(ada, "POST", URL, other).status_code == 201


def test_a_second_primary_does_not_come_by_a_change(client_of, new):
    ada = client_of("ada")
    made(ada, URL, new)
    second = made(ada, URL, {**new, "rank": "secondary"})
    path = f"{URL}/{second['id']}"
    refused = send(ada, "PATCH", path, {"rank": "primary"})
    assert refused.status_code == 400
    assert ada.get(path).json() == second
    ended = send(ada, "PATCH", path, {"rank": "primary", "valid_to": "2026-03-31"})
    assert (ended.status_code, ended.json()["rank"]) == (200, "primary")


def stored(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608
        return " ".join(row for (row,) in cursor.fetchall())


def test_the_member_number_is_encrypted_and_not_in_the_history(client_of, alpha, new):
    ada = client_of("ada")
    insurance = made(ada, URL, new)
    send(ada, "PATCH", f"{URL}/{insurance['id']}", {"member_id": "NEW-4712", "plan": "Silver"})
    assert ada.get(f"{URL}/{insurance['id']}").json()["member_id"] == "NEW-4712"
    with tenant_context(alpha):
        assert Insurance.objects.get().member_id == "NEW-4712"
        row, history = stored("medical_records_insurance"), stored("medical_records_insuranceevent")
    assert ("Harbour Health" in row, "Silver" in row) == (True, True)
    assert ("Harbour Health" in history, "Gold" in history) == (True, True)
    for number in (NUMBER, "NEW-4712"):
        assert (number in row, number in history) == (False, False)


def test_the_history_page_does_not_show_it(client_of, alpha, new):
    ada = client_of("ada")
    path = f"{URL}/{made(ada, URL, new)['id']}"
    send(ada, "PATCH", path, {"member_id": "NEW-4712", "plan": "Silver"})
    page = ada.get(f"/admin/medical_records/insurance/{path.rpartition('/')[2]}/history/")
    text = page.content.decode()
    assert (page.status_code, "Silver" in text) == (200, True)
    assert (NUMBER in text, "NEW-4712" in text) == (False, False)


@pytest.fixture
def family(alpha, people):
    """Anna is Pat, and Gina her guardian; Ben is nobody's."""
    with tenant_context(alpha):
        people["anna"].user = member("pat").user
        people["anna"].save()
        return Guardian.objects.create(patient=people["anna"], user=member("gina").user)


@pytest.mark.parametrize("name", ["pat", "gina"])
def test_patients_and_guardians_keep_their_own(client_of, family, new, name):
    own = client_of(name)
    insurance = made(own, URL, new)
    path = f"{URL}/{insurance['id']}"
    changed = send(own, "PATCH", path, {"plan": "Silver"})
    assert (changed.status_code, changed.json()["plan"]) == (200, "Silver")
    assert client_of("ada").get(path).json() == changed.json()
    assert own.get(URL).json()["results"] == [changed.json()]
    refused = send(own, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert own.get(path).json() == changed.json()
    assert send(client_of("ada"), "DELETE", path).status_code == 204


@pytest.mark.parametrize("name", ["pat", "gina"])
def test_they_do_not_reach_others(client_of, family, new, people, name):
    ada, own = client_of("ada"), client_of(name)
    his = {**new, "patient_id": str(people["ben"].pk)}
    other = made(ada, URL, his)
    path = f"{URL}/{other['id']}"
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        answer = send(own, method, path, {**new, "plan": "Silver"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method
    refused = send(own, "POST", URL, his)
    assert (refused.status_code, fields(refused)) == (400, ["patient_id"])
    mine = made(own, URL, new)
    moved = send(own, "PATCH", f"{URL}/{mine['id']}", {"patient_id": his["patient_id"]})
    assert (moved.status_code, fields(moved)) == (400, ["patient_id"])
    assert (ids(own, URL), ada.get(path).json()) == ([mine["id"]], other)


def test_a_former_guardian_reaches_nothing(client_of, alpha, family, new):
    gina = client_of("gina")
    insurance = made(gina, URL, new)
    with tenant_context(alpha):
        Guardian.objects.update(is_active=False)
    path = f"{URL}/{insurance['id']}"
    assert (ids(gina, URL), gina.get(path).status_code) == ([], 404)
    assert send(gina, "PATCH", path, {"plan": "x"}).status_code == 404
    assert fields(send(gina, "POST", URL, {**new, "rank": "secondary"})) == ["patient_id"]
    assert client_of("pat").get(path).json() == insurance


def test_an_insurance_stays_with_its_patient_and_its_documents(client_of, alpha, new, people):
    ada, insurance = client_of("ada"), made(client_of("ada"), URL, new)
    path = f"{URL}/{insurance['id']}"
    moved = send(ada, "PATCH", path, {"patient_id": str(people["ben"].pk)})
    assert (moved.status_code, fields(moved)) == (409, ["patient_id"])
    with tenant_context(alpha):
        upload(Insurance.objects.get(), slug="insurances")
    refused = send(ada, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "has_documents")
    assert ada.get(path).json() == insurance
    bare = made(ada, URL, {**new, "rank": "secondary"})
    assert send(ada, "DELETE", f"{URL}/{bare['id']}").status_code == 204


def test_the_list_is_filtered(client_of, new, people):
    ada = client_of("ada")
    first = made(ada, URL, new)["id"]
    other = {**PLAIN, "company": "Wattle Mutual", "rank": "secondary", "valid_to": "2026-06-30"}
    second = made(ada, URL, {**other, "patient_id": str(people["ben"].pk)})["id"]
    assert ids(ada, URL) == [second, first]
    assert ids(ada, URL, company="watt") == [second]
    assert ids(ada, URL, rank="primary") == [first]
    assert ids(ada, URL, patient=people["ben"].pk) == [second]
    assert ids(ada, URL, valid_on="2025-12-31") == [second]
    assert ids(ada, URL, valid_on="2026-01-01") == [second, first]
    assert ids(ada, URL, valid_on="2026-06-30") == [second, first]
    assert ids(ada, URL, valid_on="2026-07-01") == [first]
    for query in ({"rank": "third"}, {"valid_on": "today"}):
        bad = ada.get(URL, query)
        assert (bad.status_code, fields(bad)) == (400, list(query))


def test_a_list_costs_the_same_with_more_rows(client_of, alpha, people, django_assert_num_queries):
    ada = client_of("ada")
    ada.get(URL)
    for number, patient in enumerate(people.values(), 1):
        with tenant_context(alpha):
            Insurance.objects.create(patient=patient, **PLAIN)
        if number != 2:
            with django_assert_num_queries(7):
                assert len(ids(ada, URL)) == number
