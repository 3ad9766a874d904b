"""Guardians over the API: one login for several children, made by staff, read by themselves."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import Membership
from patients.models import Guardian, Patient
from tests.conftest import member


def address(patient):
    return f"/api/v1/patients/{patient.pk}/guardians"


def send(client, method, path, body):
    return client.generic(method, path, json.dumps(body), content_type="application/json")


def test_one_login_acts_for_two_children_until_it_ends(people, client_of):
    ada, gina = client_of("ada"), client_of("gina")
    assert gina.get("/api/v1/patients").json()["results"] == []
    first = send(ada, "POST", address(people["anna"]), {"email": "GINA@alpha.test "})
    second = send(
        ada,
        "POST",
        address(people["cara"]),
        {"user_id": str(member("gina").user_id), "relationship": "carer"},
    )
    assert (first.status_code, second.status_code) == (201, 201)
    body = first.json()
    assert (body["name"], body["email"], body["relationship"], body["is_active"]) == (
        "Gina",
        "gina@alpha.test",
        "parent",
        True,
    )
    seen = [row["first_name"] for row in gina.get("/api/v1/patients").json()["results"]]
    assert seen == ["Anna", "Cara"]
    path = f"/api/v1/guardians/{second.json()['id']}"
    ended = send(ada, "PATCH", path, {"is_active": False, "relationship": "other"})
    assert (ended.json()["is_active"], ended.json()["relationship"]) == (False, "other")
    seen = [row["first_name"] for row in gina.get("/api/v1/patients").json()["results"]]
    assert seen == ["Anna"]


def test_who_and_for_whom_never_change(people, client_of):
    ada = client_of("ada")
    made = send(ada, "POST", address(people["anna"]), {"email": "gina@alpha.test"}).json()
    body = {
        "user_id": str(member("pat").user_id),
        "email": "pat@alpha.test",
        "patient_id": str(people["ben"].pk),
        "relationship": "carer",
    }
    changed = send(ada, "PATCH", f"/api/v1/guardians/{made['id']}", body).json()
    assert {key for key in made if made[key] != changed[key]} == {"relationship", "updated_at"}


@pytest.mark.parametrize(
    ("name", "field"),
    [("priya", "email"), ("bo", "email"), ("ben", "email"), ("rex", "user_id"), ("bo", "user_id")],
)
def test_staff_strangers_and_nobody_look_alike(people, client_of, name, field):
    def answer(value):
        found = send(client_of("ada"), "POST", address(people["anna"]), {field: value})
        return found.status_code, found.json()

    user = member(name).user
    refused = answer(user.email if field == "email" else str(user.pk))
    nobody = "nobody@x.test" if field == "email" else "01a1fbdb-9a20-7e21-a4c5-000000000000"
    assert refused == answer(nobody)
    assert (refused[0], refused[1]["code"]) == (400, "unknown_user")
    assert [error["field"] for error in refused[1]["errors"]] == [field]
    gina = member("gina").user
    assert answer(gina.email if field == "email" else str(gina.pk))[0] == 201


def test_a_deactivated_member_is_nobody(people, client_of):
    Membership.objects.filter(pk=member("gina").pk).update(is_active=False)
    body = {"email": "gina@alpha.test"}
    assert send(client_of("ada"), "POST", address(people["anna"]), body).status_code == 400
    Membership.objects.filter(pk=member("gina").pk).update(is_active=True)
    assert send(client_of("ada"), "POST", address(people["anna"]), body).status_code == 201


BAD = {
    "neither": ({}, "email"),
    "both": (
        {"email": "gina@alpha.test", "user_id": "01a1fbdb-9a20-7e21-a4c5-000000000000"},
        "email",
    ),
    "empty": ({"email": ""}, "email"),
    "no-email": ({"email": "gina"}, "email"),
    "no-id": ({"user_id": "gina"}, "user_id"),
    "nul": ({"email": "gi\0na@alpha.test"}, "email"),
    "no-relationship": ({"email": "gina@alpha.test", "relationship": "boss"}, "relationship"),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named(people, client_of, alpha, body, field):
    answer = send(client_of("ada"), "POST", address(people["anna"]), body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    with tenant_context(alpha):
        assert Guardian.objects.count() == 0


def test_twice_is_refused(people, client_of):
    body = {"email": "gina@alpha.test"}
    assert send(client_of("ada"), "POST", address(people["anna"]), body).status_code == 201
    again = send(client_of("ada"), "POST", address(people["anna"]), body)
    assert (again.status_code, again.json()["code"]) == (409, "guardian_exists")
    assert send(client_of("ada"), "POST", address(people["ben"]), body).status_code == 201


def test_who_reads_which(people, client_of, alpha):
    """A guardian learns of no other guardian; the patient of all who act for them."""
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(user=member("pat").user)
        Guardian.objects.create(user=member("gina").user, patient=people["anna"])
        other = Guardian.objects.create(user=member("rex").user, patient=people["anna"])

    def names(name):
        body = client_of(name).get(address(people["anna"])).json()
        return sorted(row["name"] for row in body.get("results", [])) or body["code"]

    assert {name: names(name) for name in ("ada", "priya", "pat", "gina")} == {
        "ada": ["Gina", "Rex"],
        "priya": ["Gina", "Rex"],
        "pat": ["Gina", "Rex"],
        "gina": ["Gina"],
    }
    assert names("paul") == names("bea") == "not_found"
    assert client_of("gina").get(f"/api/v1/guardians/{other.pk}").status_code == 404
    assert client_of("pat").get(f"/api/v1/guardians/{other.pk}").json()["name"] == "Rex"


@pytest.mark.parametrize("name", ["pat", "gina"])
def test_only_staff_write(people, client_of, alpha, name):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(user=member("pat").user)
        made = Guardian.objects.create(user=member("gina").user, patient=people["anna"])
    client, path = client_of(name), f"/api/v1/guardians/{made.pk}"
    assert send(client, "PATCH", path, {"is_active": False}).json()["code"] == "not_permitted"
    body = {"email": "pat@alpha.test"}
    assert send(client, "POST", address(people["anna"]), body).json()["code"] == "not_permitted"
    with tenant_context(alpha):
        assert [(g.user_id, g.is_active) for g in Guardian.objects.all()] == [
            (member("gina").user_id, True)
        ]
    assert send(client_of("priya"), "PATCH", path, {"is_active": False}).status_code == 200


def test_a_list_costs_the_same_with_more_rows(people, client_of, alpha):
    client, path = client_of("ada"), address(people["anna"])
    client.get(path)
    for number, name in enumerate(("gina", "pat", "rex")):
        with tenant_context(alpha):
            Guardian.objects.create(user=member(name).user, patient=people["anna"])
        if number in {0, 2}:
            with CaptureQueriesContext(connection) as captured:
                assert len(client.get(path).json()["results"]) == number + 1
            assert len(captured) == 8  # a list's seven, and the patient
