"""The OpenAPI description is made without a warning, and real answers are what it says."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django_tenants.utils import tenant_context
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from patients.models import Patient
from tests.isolation.routes import api_routes


@pytest.fixture(scope="module")
def described():
    out, err = StringIO(), StringIO()
    call_command(
        "spectacular",
        format="openapi-json",
        fail_on_warn=True,
        urlconf="config.urls",
        stdout=out,
        stderr=err,
    )
    assert err.getvalue() == ""
    return json.loads(out.getvalue())


def test_it_is_valid_and_complete(described):
    assert described["openapi"].startswith("3.1")
    validate(described)
    paths = {
        (method.upper(), path.removeprefix("/api/v1/"))
        for path, methods in described["paths"].items()
        for method in methods
    }
    missing = {("GET", "schema"), ("GET", "docs")}
    assert len(paths) == len(api_routes() - missing)


def test_it_is_served_to_members(client_of, described):
    answer = client_of("dev").get("/api/v1/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    assert set(json.loads(answer.content)["paths"]) == set(described["paths"])


def check(described, path, method, answer):
    content = described["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    schema = content[answer["Content-Type"].partition(";")[0]]["schema"]
    validator = Draft202012Validator(
        {**schema, "components": described["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    errors = [error.message for error in validator.iter_errors(answer.json())]
    assert errors == []


BODIES = {
    "patients": {"first_name": "Una", "last_name": "Cole"},
    "referrers": {"first_name": "Ruth", "last_name": "Rowe"},
    "companies": {"name": "Harbour Practice"},
    "lab-results": {"test_name": "TSH"},
}


@pytest.mark.parametrize("route", BODIES)
def test_real_answers_are_as_described(client_of, alpha, described, route):
    client, url, body = client_of("ada"), f"/api/v1/{route}", dict(BODIES[route])
    if route == "lab-results":
        with tenant_context(alpha):
            body["patient_id"] = str(Patient.objects.create(first_name="A", last_name="B").pk)

    def send(method, path, content):
        return client.generic(method, path, json.dumps(content), content_type="application/json")

    made = send("POST", url, body)
    assert made.status_code == 201
    check(described, url, "post", made)
    check(described, url, "get", client.get(url))
    one, detail = f"{url}/{made.json()['id']}", f"{url}/{{id}}"
    check(described, detail, "get", client.get(one))
    check(described, detail, "patch", send("PATCH", one, {}))
    bad = send("POST", url, {})
    assert bad.status_code == 400
    check(described, url, "post", bad)
    missing = client.get(f"{url}/01a1fbdb-9a20-7e21-a4c5-000000000000")
    assert missing.status_code == 404
    check(described, detail, "get", missing)


def test_me_is_as_described(client_of, described):
    check(described, "/api/v1/me", "get", client_of("pat").get("/api/v1/me"))
    check(described, "/api/v1/me", "get", client_of(None).get("/api/v1/me"))
