"""A thousand patients in one request: all or none, by the rules that hold for one."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from patients.models import Patient
from tests.accounts.catalogue import rows
from tests.conftest import member

URL = "/api/v1/patients/bulk"
ONE = "/api/v1/patients"


def person(number, **fields):
    return {"first_name": "Bulk", "last_name": f"Person{number}", **fields}


def send(client, patients, query="", path=URL):
    body = json.dumps({"patients": patients})
    return client.post(f"{path}{query}", body, content_type="application/json")


def stored(alpha):
    with tenant_context(alpha):
        names = Patient.objects.filter(first_name="Bulk").order_by("id")
        return list(names.values_list("last_name", flat=True))


def test_all_are_added_in_order_with_their_history(client_of, alpha):
    sent = [
        person(0, email="Zero@Mail.Test ", phone="0412 345 678", notes="afraid"),
        person(1, external_id="B-1", date_of_birth="2001-02-03", status="inactive"),
        person(2, research_consent=True, research_consent_on="2026-01-01"),
    ]
    answer = send(client_of("ada"), sent)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["count"], len(set(body["created"]))) == (3, 3)
    read = [client_of("ada").get(f"{ONE}/{pk}").json() for pk in body["created"]]
    assert [row["last_name"] for row in read] == ["Person0", "Person1", "Person2"]
    assert (read[0]["email"], read[0]["phone"], read[0]["notes"]) == (
        "zero@mail.test",
        "+61412345678",
        "afraid",
    )
    assert (read[1]["status"], read[2]["research_consent_on"]) == ("inactive", "2026-01-01")
    with tenant_context(alpha):
        events = rows(
            "SELECT last_name, pgh_label, pgh_context->>'user' FROM patients_patientevent"
            " WHERE first_name = 'Bulk' ORDER BY pgh_id"
        )
    user = str(member("ada").user_id)
    assert events == [(f"Person{number}", "insert", user) for number in range(3)]


def test_a_provider_becomes_the_clinician_unless_told(client_of, alpha):
    sent = [person(0), person(1, clinician_id=None), person(2, clinician_id=str(member("paul").pk))]
    assert send(client_of("priya"), sent).status_code == 201
    with tenant_context(alpha):
        found = Patient.objects.order_by("id").values_list("clinician_id", flat=True)
        assert list(found) == [member("priya").pk, None, member("paul").pk]


BAD = {
    "no-name": ({"first_name": ""}, "first_name", "blank"),
    "nul": ({"first_name": "a\0b"}, "first_name", "null_characters_not_allowed"),
    "number-for-a-name": ({"first_name": ["x"]}, "first_name", "invalid"),
    "email": ({"email": "x"}, "email", "invalid"),
    "phone": ({"phone": "12"}, "phone", "invalid"),
    "day": ({"date_of_birth": "2001-02-29"}, "date_of_birth", "invalid"),
    "not-yet-born": ({"date_of_birth": "2999-01-01"}, "date_of_birth", "out_of_range"),
    "status": ({"status": "gone"}, "status", "invalid_choice"),
    "long-notes": ({"notes": "x" * 20_001}, "notes", "max_length"),
    "consent-without-a-day": ({"research_consent": True}, "research_consent_on", "required"),
    "clinician-unknown": (
        {"clinician_id": "01a1fbdb-9a20-7e21-a4c5-000000000000"},
        "clinician_id",
        "does_not_exist",
    ),
    "clinician-no-id": ({"clinician_id": 5}, "clinician_id", "does_not_exist"),
}


@pytest.mark.parametrize(("change", "field", "code"), BAD.values(), ids=BAD)
def test_one_bad_row_refuses_all_with_its_place_and_the_reason_that_one_gets(
    client_of, alpha, change, field, code
):
    answer = send(client_of("ada"), [person(0), person(1, **change), person(2)])
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "invalid")
    assert [(e["field"], e["code"]) for e in body["errors"]] == [(f"patients.1.{field}", code)]
    assert body["detail"].endswith("Nothing was stored.")
    assert stored(alpha) == []
    alone = client_of("ada").post(
        ONE, json.dumps(person(1, **change)), content_type="application/json"
    )
    one = [(error["field"], error["code"]) for error in alone.json()["errors"]]
    assert one == [(field, code)]
    assert send(client_of("ada"), [person(0), person(1), person(2)]).status_code == 201


def test_a_patient_as_clinician_is_refused_as_for_one(client_of, alpha):
    body = send(client_of("ada"), [person(0, clinician_id=str(member("pat").pk))]).json()
    assert [(e["field"], e["code"]) for e in body["errors"]] == [
        ("patients.0.clinician_id", "unknown_clinician")
    ]
    assert stored(alpha) == []


@pytest.mark.parametrize("row", [None, 5, "x", [], [person(0)]])
def test_a_row_that_is_no_patient_is_named(client_of, alpha, row):
    body = send(client_of("ada"), [person(0), row]).json()
    assert (body["status"], [e["field"] for e in body["errors"]]) == (400, ["patients.1"])
    assert stored(alpha) == []


def test_duplicates_of_others_are_refused_and_told_to_who_may_see_them(people, client_of, alpha):
    sent = [person(0), person(1, email="ANNA@mail.test"), person(2, external_id="N-200")]
    for name, anna in (("ada", True), ("priya", True), ("paul", False)):
        answer = send(client_of(name), sent)
        body = answer.json()
        assert (answer.status_code, body["code"]) == (409, "duplicate_patient")
        told = [(e["field"], e.get("patient_id")) for e in body["errors"]]
        assert told == [
            ("patients.1.email", str(people["anna"].pk) if anna else None),
            ("patients.2.external_id", str(people["ben"].pk)),
        ], name
    assert stored(alpha) == []
    assert send(client_of("bea"), sent).status_code == 201, "free at the other clinic"


def test_duplicates_within_the_request_are_refused(client_of, alpha):
    sent = [person(0, email="same@mail.test"), person(1), person(2, email="SAME@mail.test")]
    body = send(client_of("ada"), sent).json()
    assert [(e["field"], e["code"], e["message"]) for e in body["errors"]] == [
        ("patients.2.email", "duplicate_in_request", "The same email as patients.0.")
    ]
    assert stored(alpha) == []


def test_all_faults_are_named_at_once(people, client_of):
    sent = [person(0, email="x", phone="1"), person(1, external_id="N-100"), person(2, sex="?")]
    body = send(client_of("ada"), sent).json()
    assert (body["status"], body["detail"]) == (400, "4 errors; nothing was stored.")
    assert {e["field"] for e in body["errors"]} == {
        "patients.0.email",
        "patients.0.phone",
        "patients.1.external_id",
        "patients.2.sex",
    }


def test_partial_adds_what_is_right_and_says_what_became_of_each(people, client_of, alpha):
    sent = [person(0), person(1, email="x"), person(2, external_id="N-100"), person(3)]
    answer = send(client_of("ada"), sent, "?partial=true")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["count"], stored(alpha)) == (2, ["Person0", "Person3"])
    assert [row["status"] for row in body["results"]] == ["created", "error", "error", "created"]
    assert [row["index"] for row in body["results"]] == [0, 1, 2, 3]
    assert [bool(row["id"]) for row in body["results"]] == [True, False, False, True]
    assert [(e["field"], e["code"]) for e in body["results"][1]["errors"]] == [("email", "invalid")]
    (duplicate,) = body["results"][2]["errors"]
    assert (duplicate["code"], duplicate["patient_id"]) == (
        "duplicate_patient",
        str(people["anna"].pk),
    )


NO_LIST = {
    "nothing": {},
    "empty": {"patients": []},
    "object": {"patients": {}},
    "text": {"patients": "x"},
    "list": [],
}


@pytest.mark.parametrize("body", NO_LIST.values(), ids=NO_LIST)
def test_a_body_without_a_list_is_refused(client_of, body):
    answer = client_of("ada").post(URL, json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "patients")


def test_a_thousand_and_not_one_more(client_of, alpha):
    many = [person(number) for number in range(1001)]
    refused = send(client_of("ada"), many)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_many_rows")
    assert "1000" in refused.json()["detail"]
    assert stored(alpha) == []
    assert send(client_of("ada"), many[:1000]).json()["count"] == 1000


@pytest.mark.parametrize("text", ["yes", "2", "tru"])
def test_a_switch_that_is_none_is_refused(client_of, text):
    answer = send(client_of("ada"), [person(0)], f"?partial={text}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "partial")


@pytest.mark.parametrize("name", ["pat", "gina", "rex", "dev"])
def test_only_staff_add(client_of, alpha, name):
    answer = send(client_of(name), [person(0)])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert stored(alpha) == []


def test_the_number_of_queries_does_not_grow(people, client_of):
    client = client_of("ada")

    def cost(count, start):
        sent = [
            person(n, email=f"b{n}@mail.test", external_id=f"B{n}", clinician_id=clinician)
            for n in range(start, start + count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert send(client, sent).status_code == 201
        return len(captured)

    clinician = str(member("priya").pk)
    cost(1, 0)
    assert cost(1, 1) == cost(300, 10)
