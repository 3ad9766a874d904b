"""Referrers, coordinators and companies: searching, sorting, and what a contact must be like."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from patients.models import Company, Coordinator, Referrer
from tests.accounts.catalogue import rows

MODELS = {"referrers": Referrer, "coordinators": Coordinator}
EXTRA = {"referrers": {"specialty": "Cardiology"}, "coordinators": {"position": "Cardiology"}}


@pytest.fixture
def directory(alpha):
    with tenant_context(alpha):
        company = Company.objects.create(name="Harbour Practice", email="hi@harbour.test")
        Company.objects.create(name="Bay Supplies", phone="+61299990001")
        for kind, model in MODELS.items():
            model.objects.create(
                first_name="Ruth", last_name="Rowe", company=company, email="ruth@x.test"
            )
            model.objects.create(
                first_name="Amir", last_name="Aziz", phone="+61299990002", **EXTRA[kind]
            )
        yield company


def send(client, method, path, body):
    return client.generic(method, path, json.dumps(body), content_type="application/json")


def names(client, path):
    body = client.get(path).json()
    return [row.get("last_name") or row["name"] for row in body["results"]]


PEOPLE = {
    "by-name": ("", ["Aziz", "Rowe"]),
    "turned": ("?sort=-name", ["Rowe", "Aziz"]),
    "oldest": ("?sort=created", ["Rowe", "Aziz"]),
    "newest": ("?sort=-created", ["Aziz", "Rowe"]),
    "part": ("?search=row", ["Rowe"]),
    "words": ("?search=rowe+RUTH", ["Rowe"]),
    "wrong-word": ("?search=rowe+amir", []),
    "field-of-work": ("?search=cardio", ["Aziz"]),
    "email": ("?search=ruth@", ["Rowe"]),
    "phone": ("?search=9999000", ["Aziz"]),
    "company": ("?search=harbour", ["Rowe"]),
    "percent": ("?search=%25", []),
    "regex": ("?search=.*", []),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(("query", "expected"), PEOPLE.values(), ids=PEOPLE)
def test_people_are_found_and_sorted(directory, client_of, kind, query, expected):
    assert names(client_of("priya"), f"/api/v1/{kind}{query}") == expected


@pytest.mark.parametrize("kind", MODELS)
def test_people_of_a_company(directory, client_of, kind):
    assert names(client_of("ada"), f"/api/v1/{kind}?company={directory.pk}") == ["Rowe"]
    refused = client_of("ada").get(f"/api/v1/{kind}?company=x")
    assert [e["field"] for e in refused.json()["errors"]] == ["company"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Bay Supplies", "Harbour Practice"]),
        ("?sort=-name", ["Harbour Practice", "Bay Supplies"]),
        ("?search=supp", ["Bay Supplies"]),
        ("?search=hi@", ["Harbour Practice"]),
        ("?search=99990001", ["Bay Supplies"]),
    ],
)
def test_companies_are_found_and_sorted(directory, client_of, query, expected):
    assert names(client_of("ada"), f"/api/v1/companies{query}") == expected


BAD = {
    "email": {"email": "ruth"},
    "phone": {"phone": "12"},
    "address": {"address": "x" * 501},
    "company_id": {"company_id": "01a1fbdb-9a20-7e21-a4c5-000000000000"},
    "first_name": {"first_name": ""},
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("field", BAD)
def test_a_bad_contact_is_named(directory, client_of, kind, field):
    new = {"first_name": "N", "last_name": "P", "email": "N@X.test ", "phone": "02 9999 0003"}
    refused = send(client_of("ada"), "POST", f"/api/v1/{kind}", {**new, **BAD[field]})
    assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (400, [field])
    made = send(client_of("ada"), "POST", f"/api/v1/{kind}", new).json()
    assert (made["email"], made["phone"]) == ("n@x.test", "+61299990003")


def test_a_coordinators_life_is_in_the_history(directory, client_of, alpha):
    ada = client_of("ada")
    new = {"first_name": "Cora", "last_name": "Cole", "position": "Planner", "notes": "Tuesdays"}
    made = send(ada, "POST", "/api/v1/coordinators", {**new, "company_id": str(directory.pk)})
    path = f"/api/v1/coordinators/{made.json()['id']}"
    assert ada.get(path).json()["company_id"] == str(directory.pk)
    assert send(ada, "PATCH", path, {"position": "Lead"}).json()["position"] == "Lead"
    assert send(client_of("priya"), "DELETE", path, {}).json()["code"] == "not_permitted"
    assert send(ada, "DELETE", path, {}).status_code == 204
    assert ada.get(path).status_code == 404
    with tenant_context(alpha):
        events = rows(
            "SELECT pgh_label, position FROM patients_coordinatorevent"
            " WHERE last_name = 'Cole' ORDER BY pgh_id"
        )
    assert events == [("insert", "Planner"), ("update", "Lead"), ("delete", "Lead")]


@pytest.mark.parametrize("kind", [*MODELS, "companies"])
def test_a_list_costs_the_same_with_more_rows(directory, client_of, alpha, kind):
    client, path = client_of("ada"), f"/api/v1/{kind}"
    client.get(path)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            rows_shown = len(client.get(path).json()["results"])
        return rows_shown, len(captured)

    assert cost() == (2, 7)
    with tenant_context(alpha):
        for number in range(2):
            company = Company.objects.create(name=f"C{number}")
            for model in MODELS.values():
                model.objects.create(first_name="M", last_name="N", company=company)
    assert cost() == (4, 7)
