"""Patients over the API: reading, writing, searching, and what is said when it does not work."""

import base64
import json
from urllib.parse import urlencode

import pytest
from django_tenants.utils import tenant_context

from documents.models import ImageBatch
from medical_records.models import LabResult
from patients.models import Guardian, Patient
from tests.conftest import member

URL = "/api/v1/patients"
NEW = {"first_name": "Dora", "last_name": "Dean"}


def send(client, method, path, body, content_type="application/json"):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.generic(method, path, text, content_type=content_type)


def names(client, query=""):
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return [row["first_name"] for row in answer.json()["results"]]


def test_a_patients_life(client_of, alpha):
    ada = client_of("ada")
    made = send(ada, "POST", URL, {**NEW, "email": "Dora@Mail.Test ", "phone": "0412 345 678"})
    assert made.status_code == 201
    body = made.json()
    assert (body["email"], body["phone"], body["status"]) == (
        "dora@mail.test",
        "+61412345678",
        "active",
    )
    path = f"{URL}/{body['id']}"
    assert ada.get(path).json() == body
    changed = send(ada, "PATCH", path, {"status": "deceased"}).json()
    assert {key for key in body if body[key] != changed[key]} == {"status", "updated_at"}
    put = send(ada, "PUT", path, {"first_name": "Dorothy", "last_name": "Dean"}).json()
    assert (put["first_name"], put["id"]) == ("Dorothy", body["id"])
    archived = send(ada, "POST", f"{path}/archive", {})
    assert (archived.status_code, archived.json()["status"]) == (200, "archived")
    assert names(ada, "?status=archived") == ["Dorothy"]
    assert send(ada, "DELETE", path, "").status_code == 204
    assert ada.get(path).json()["code"] == "not_found"


SEARCHES = {
    "first-name": ("ann", ["Anna"]),
    "last-name": ("RCHE", ["Anna"]),
    "both-names": ("archer anna", ["Anna"]),
    "email": ("anna@mail", ["Anna"]),
    "phone": ("412000001", ["Anna"]),
    "external-id": ("N-", ["Anna", "Ben"]),
    "nothing": ("zzz", []),
    "percent": ("%", []),
    "one-word-wrong": ("anna boyd", []),
    "injection": ("' OR 1=1 --", []),
}


@pytest.mark.parametrize(("text", "expected"), SEARCHES.values(), ids=SEARCHES)
def test_search_finds_parts(people, client_of, text, expected):
    answer = client_of("ada").get(URL, {"search": text})
    assert [row["first_name"] for row in answer.json()["results"]] == expected


LISTS = {
    "all-by-name": ("", ["Anna", "Ben", "Cara"]),
    "turned-round": ("?sort=-name", ["Cara", "Ben", "Anna"]),
    "newest-first": ("?sort=-created", ["Cara", "Ben", "Anna"]),
    "oldest-first": ("?sort=created", ["Anna", "Ben", "Cara"]),
    "empty": ("?sort=&page_size=&unassigned=", ["Anna", "Ben", "Cara"]),
    "unassigned": ("?unassigned=true", ["Ben"]),
    "assigned": ("?unassigned=0", ["Anna", "Cara"]),
    "status": ("?status=inactive", ["Ben"]),
    "unknown-parameter": ("?colour=red", ["Anna", "Ben", "Cara"]),
    "notes-are-no-filter": ("?notes=x", ["Anna", "Ben", "Cara"]),
}


@pytest.mark.parametrize(("query", "expected"), LISTS.values(), ids=LISTS)
def test_lists_are_filtered_and_sorted(people, client_of, query, expected):
    assert names(client_of("ada"), query) == expected


def test_the_filter_by_clinician(people, client_of):
    assert names(client_of("ada"), f"?clinician={member('priya').pk}") == ["Anna"]
    assert names(client_of("ada"), f"?clinician={member('ada').pk}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?status=asleep", "status"),
        ("?clinician=x", "clinician"),
        ("?search=" + "x" * 255, "search"),
        ("?sort=notes", "sort"),
        ("?sort=--name", "sort"),
        ("?unassigned=perhaps", "unassigned"),
        *(
            (f"?page_size={text}", "page_size")
            for text in ("0", "201", "-1", "x", "1.0", "٣", "9" * 5000)
        ),
    ],
)
def test_a_bad_filter_is_named(people, client_of, query, field):
    answer = client_of("ada").get(f"{URL}{query}")
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (400, [field])


@pytest.mark.parametrize(
    "position", ["rubbish", "[]", '["a"]', '["a", "b", "no-id"]', '["\0", "b", "c"]', "5", "null"]
)
def test_a_bad_cursor_is_refused(people, client_of, position):
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    answer = client_of("ada").get(URL, {"cursor": cursor})
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


@pytest.mark.parametrize("sort", ["name", "-name", "created", "-created"])
def test_pages_show_everybody_once_while_rows_are_added(alpha, client_of, sort):
    with tenant_context(alpha):
        for number in range(7):  # the same name: only the id tells them apart
            Patient.objects.create(first_name="Sam", last_name="Same", external_id=str(number))
    client, seen = client_of("ada"), []
    address = f"{URL}?page_size=2&sort={sort}"
    while address:
        page = client.get(address).json()
        seen += [row["external_id"] for row in page["results"]]
        address = page["next"]
        if len(seen) == 2:
            with tenant_context(alpha):
                Patient.objects.create(first_name="Aa", last_name="Aa", external_id="before")
    old = [text for text in seen if text != "before"]
    assert sorted(old) == [str(number) for number in range(7)]


BAD = {
    "no-name": ({"first_name": ""}, "first_name", "blank"),
    "null-name": ({"last_name": None}, "last_name", "null"),
    "long-name": ({"first_name": "x" * 101}, "first_name", "max_length"),
    "list-name": ({"first_name": ["x"]}, "first_name", "invalid"),
    "nul-name": ({"first_name": "a\0b"}, "first_name", "null_characters_not_allowed"),
    "nul-notes": ({"notes": "a\0b"}, "notes", "null_characters_not_allowed"),
    "nul-address": ({"address": "a\0b"}, "address", "null_characters_not_allowed"),
    "bad-email": ({"email": "dora"}, "email", "invalid"),
    "long-email": ({"email": "x" * 250 + "@mail.test"}, "email", "max_length"),
    "bad-phone": ({"phone": "12"}, "phone", "invalid"),
    "long-phone": ({"phone": "1" * 500}, "phone", "invalid"),
    "bad-date": ({"date_of_birth": "31/12/2000"}, "date_of_birth", "invalid"),
    "no-such-day": ({"date_of_birth": "2001-02-29"}, "date_of_birth", "invalid"),
    "bad-sex": ({"sex": "x"}, "sex", "invalid_choice"),
    "bad-status": ({"status": "gone"}, "status", "invalid_choice"),
    "long-notes": ({"notes": "x" * 20_001}, "notes", "max_length"),
    "long-address": ({"address": "x" * 501}, "address", "max_length"),
    "long-external-id": ({"external_id": "x" * 101}, "external_id", "max_length"),
    "clinician-no-id": ({"clinician_id": "x"}, "clinician_id", "invalid"),
    "clinician-number": ({"clinician_id": 5}, "clinician_id", "does_not_exist"),
    "clinician-list": ({"clinician_id": []}, "clinician_id", "invalid"),
}


@pytest.mark.parametrize(("change", "field", "code"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named(client_of, change, field, code):
    answer = send(client_of("ada"), "POST", URL, {**NEW, **change})
    body = answer.json()
    assert (answer.status_code, body["status"], body["title"]) == (400, 400, "Bad Request")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)]
    assert send(client_of("ada"), "POST", URL, NEW).status_code == 201


def test_two_bad_fields_are_both_named(client_of):
    body = send(client_of("ada"), "POST", URL, {"first_name": "", "email": "x"}).json()
    assert {error["field"] for error in body["errors"]} == {"first_name", "last_name", "email"}
    assert (body["code"], body["detail"]) == ("invalid", "3 errors.")


@pytest.mark.parametrize(
    "body", ['{"first_name": ', "nonsense", b"\xff\xfe", "[]", '"x"', "5", "null"]
)
def test_a_body_that_is_no_object_is_refused(client_of, body):
    answer = send(client_of("ada"), "POST", URL, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["status"] == 400


def test_fields_that_are_not_ones_own_to_set_are_left_alone(client_of, alpha):
    sent = {**NEW, "id": "0" * 32, "filemaker_id": "F-1", "user": str(member("pat").user_id)}
    made = send(client_of("ada"), "POST", URL, sent).json()
    assert made["filemaker_id"] == ""
    with tenant_context(alpha):
        assert Patient.objects.get().user_id is None


DUPLICATES = {"email": "ANNA@mail.test", "external_id": "N-100"}


@pytest.mark.parametrize("field", DUPLICATES)
def test_a_duplicate_is_refused_and_named_to_who_may_see_it(people, client_of, field):
    body = {**NEW, field: DUPLICATES[field]}
    for name, told in (("ada", True), ("priya", True), ("paul", False)):
        answer = send(client_of(name), "POST", URL, body)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "duplicate_patient")
        assert [error["field"] for error in problem["errors"]] == [field]
        expected = str(people["anna"].pk) if told else None
        assert problem.get("patient_id") == expected, name
    changed = send(client_of("ada"), "PATCH", f"{URL}/{people['ben'].pk}", {field: body[field]})
    assert changed.status_code == 409
    itself = send(client_of("ada"), "PATCH", f"{URL}/{people['anna'].pk}", {field: body[field]})
    assert itself.status_code == 200
    free = send(client_of("paul"), "POST", URL, {**NEW, field: f"x{body[field]}"})
    assert free.status_code == 201


def test_the_same_address_at_the_other_clinic_is_free(people, client_of):
    body = {**NEW, "email": "anna@mail.test", "external_id": "N-100"}
    assert send(client_of("bea"), "POST", URL, body).status_code == 201


@pytest.mark.parametrize("kind", ["lab result", "image batch", "guardian"])
def test_a_patient_with_records_is_not_deleted(people, client_of, alpha, kind):
    anna = people["anna"]
    with tenant_context(alpha):
        if kind == "lab result":
            LabResult.objects.create(patient=anna, test_name="TSH")
        elif kind == "image batch":
            ImageBatch.objects.create(patient=anna, name="x", taken_on="2026-11-01")
        else:
            Guardian.objects.create(patient=anna, user=member("gina").user)
    refused = send(client_of("ada"), "DELETE", f"{URL}/{anna.pk}", "")
    assert (refused.status_code, refused.json()["code"]) == (409, "patient_has_records")
    assert "archive" in refused.json()["detail"]
    assert client_of("ada").get(f"{URL}/{anna.pk}").status_code == 200
    assert send(client_of("ada"), "DELETE", f"{URL}/{people['ben'].pk}", "").status_code == 204


def test_a_clinician_is_of_the_staff_of_this_clinic(people, client_of):
    def assign(name):
        body = {"clinician_id": str(member(name).pk)}
        answer = send(client_of("ada"), "PATCH", f"{URL}/{people['ben'].pk}", body)
        problem = answer.json()
        return (
            answer.status_code,
            problem.get("code"),
            [e["field"] for e in problem.get("errors", [])],
        )

    for name in ("bo", "bea", "pat", "rex"):
        status, _, fields = assign(name)
        assert (name, status, fields) == (name, 400, ["clinician_id"])
    assert assign("paul")[0] == assign("ada")[0] == 200


def test_a_strangers_membership_and_none_at_all_look_alike(people, client_of):
    def answer(pk):
        path = f"{URL}/{people['ben'].pk}"
        found = send(client_of("ada"), "PATCH", path, {"clinician_id": str(pk)})
        return found.status_code, found.content.decode().replace(str(pk), "<id>")

    unknown = answer("01a1fbdb-9a20-7e21-a4c5-000000000000")
    assert answer(member("bo").pk) == unknown


@pytest.mark.parametrize("tail", ["", "/", "?x=1", "/?x=1"])
def test_the_old_address_leads_to_the_new_one_with_its_method(client_of, tail):
    old = send(client_of("ada"), "POST", f"/api/patients{tail}", NEW)
    assert (old.status_code, old["Location"]) == (308, f"/api/v1/patients{tail}")
    assert send(client_of("ada"), "POST", old["Location"], NEW).status_code == 201


def test_a_slash_at_the_end_changes_nothing(people, client_of):
    path = f"{URL}/{people['anna'].pk}"
    assert client_of("ada").get(f"{path}/").json() == client_of("ada").get(path).json()
    assert client_of("ada").get(f"{URL}/").status_code == 200


def test_a_list_costs_the_same_with_more_rows(alpha, client_of, django_assert_num_queries):
    client = client_of("ada")
    client.get(URL)  # the first writes when the session was seen
    for number in range(3):
        with tenant_context(alpha):
            Patient.objects.create(
                first_name="P", last_name=f"Q{number}", clinician=member("priya")
            )
        if number in {0, 2}:
            # To the shared schema, domain, to the clinic's, session, member; rows, access log.
            with django_assert_num_queries(7):
                assert len(client.get(URL).json()["results"]) == number + 1
