"""Laboratory results over the API."""

import json

import pytest
from django_tenants.utils import tenant_context

from medical_records.models import LabResult
from tests.conftest import member
from tests.isolation.conftest import attach

URL = "/api/v1/lab-results"


def send(client, method, path, body):
    return client.generic(method, path, json.dumps(body), content_type="application/json")


@pytest.fixture
def new(people):
    return {"patient_id": str(people["anna"].pk), "test_name": "Potassium"}


def test_a_results_life(client_of, new):
    priya = client_of("priya")
    made = send(priya, "POST", URL, new)
    assert (made.status_code, made.json()["status"]) == (201, "ordered")
    path = f"{URL}/{made.json()['id']}"
    resulted = {"status": "resulted", "value": "4.1", "unit": "mmol/L", "resulted_on": "2026-11-02"}
    assert send(priya, "PATCH", path, resulted).json()["value"] == "4.1"
    assert priya.get(path).json()["unit"] == "mmol/L"
    put = send(priya, "PUT", path, {**new, "test_name": "Sodium", "value": "140"})
    assert (put.status_code, put.json()["test_name"]) == (200, "Sodium")
    assert send(priya, "DELETE", path, {}).status_code == 204
    assert priya.get(path).status_code == 404


BAD = {
    "no-name": ({"test_name": ""}, "test_name"),
    "nul": ({"test_name": "a\0b"}, "test_name"),
    "nul-notes": ({"notes": "a\0b"}, "notes"),
    "long": ({"test_name": "x" * 201}, "test_name"),
    "long-value": ({"value": "x" * 101}, "value"),
    "long-notes": ({"notes": "x" * 5001}, "notes"),
    "list": ({"test_name": []}, "test_name"),
    "object": ({"value": {}}, "value"),
    "flag": ({"flag": "X"}, "flag"),
    "status": ({"status": "lost"}, "status"),
    "day": ({"resulted_on": "2026-02-30"}, "resulted_on"),
    "no-value": ({"status": "resulted"}, "value"),
    "order": ({"collected_on": "2026-11-02", "resulted_on": "2026-11-01"}, "resulted_on"),
    "patient-type": ({"patient_id": "x"}, "patient_id"),
    "no-patient": ({"patient_id": None}, "patient_id"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named(client_of, new, change, field):
    answer = send(client_of("priya"), "POST", URL, {**new, **change})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert send(client_of("priya"), "POST", URL, new).status_code == 201


def test_a_result_of_somebody_unseen_is_refused_like_of_nobody(client_of, new, people):
    def answer(patient_id):
        sent = send(client_of("priya"), "POST", URL, {**new, "patient_id": patient_id})
        return sent.status_code, sent.json()["errors"]

    somebody, nobody = str(people["cara"].pk), "01890000-0000-7000-8000-000000000000"
    error = {
        "field": "patient_id",
        "code": "does_not_exist",
        "message": "There is no such patient for you.",
    }
    assert answer(somebody) == answer(nobody) == (400, [error])
    assert (
        send(
            client_of("paul"), "POST", URL, {**new, "patient_id": str(people["cara"].pk)}
        ).status_code
        == 201
    )


def test_a_result_stays_with_its_patient(client_of, new, people):
    made = send(client_of("ada"), "POST", URL, new).json()
    path = f"{URL}/{made['id']}"
    moved = send(client_of("ada"), "PATCH", path, {"patient_id": str(people["ben"].pk)})
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (409, "patient_id")
    assert client_of("ada").get(path).json()["patient_id"] == new["patient_id"]
    assert send(client_of("ada"), "PATCH", path, new).status_code == 200


def test_a_result_with_documents_is_not_deleted(client_of, new, alpha):
    made, bare = (send(client_of("ada"), "POST", URL, new).json() for _ in range(2))
    with tenant_context(alpha):
        attach(LabResult.objects.get(pk=made["id"]), by=member("ada"))
    refused = send(client_of("ada"), "DELETE", f"{URL}/{made['id']}", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "has_documents")
    assert send(client_of("ada"), "DELETE", f"{URL}/{bare['id']}", {}).status_code == 204


FILTERS = {
    "all": ("", {"Potassium", "TSH"}),
    "test": ("?test=pot", {"Potassium"}),
    "flag": ("?flag=H", {"TSH"}),
    "status": ("?status=resulted", {"TSH"}),
    "after": ("?resulted_after=2026-11-02", {"TSH"}),
    "before": ("?resulted_before=2026-11-01", set()),
    "unknown": ("?colour=red", {"Potassium", "TSH"}),
}


@pytest.mark.parametrize(("query", "expected"), FILTERS.values(), ids=FILTERS)
def test_lists_are_filtered(client_of, new, query, expected):
    other = {
        "test_name": "TSH",
        "status": "resulted",
        "value": "9",
        "flag": "H",
        "resulted_on": "2026-11-02",
    }
    for body in (new, {**new, **other}):
        assert send(client_of("ada"), "POST", URL, body).status_code == 201
    found = client_of("ada").get(f"{URL}{query}").json()["results"]
    assert {row["test_name"] for row in found} == expected


def test_a_list_costs_the_same_with_more_rows(alpha, client_of, people, django_assert_num_queries):
    client = client_of("ada")
    client.get(URL)  # the first writes when the session was seen
    for number in range(3):
        with tenant_context(alpha):
            LabResult.objects.create(patient=list(people.values())[number], test_name="TSH")
        if number in {0, 2}:
            with django_assert_num_queries(7):
                assert len(client.get(URL).json()["results"]) == number + 1
