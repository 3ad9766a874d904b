"""Two people at one record: the second learns that the first was there (ETag, If-Match)."""

import json

import pytest
from django_tenants.utils import tenant_context

from patients.models import Patient
from tests.conftest import member


@pytest.fixture
def path(alpha):
    with tenant_context(alpha):
        patient = Patient.objects.create(
            first_name="Ann", last_name="Lee", clinician=member("priya")
        )
    return f"/api/v1/patients/{patient.pk}"


def send(client, method, path, body, tag):
    headers = {} if tag is None else {"HTTP_IF_MATCH": tag}
    client.defaults.pop("HTTP_IF_MATCH", None)
    return client.generic(
        method, path, json.dumps(body), content_type="application/json", **headers
    )


def test_the_second_of_two_is_told(client_of, path):
    ada, priya = client_of("ada"), client_of("priya")
    read = ada.get(path)["ETag"]
    assert priya.get(path)["ETag"] == read
    first = send(priya, "PATCH", path, {"first_name": "Anna"}, read)
    assert (first.status_code, first.json()["first_name"]) == (200, "Anna")
    assert first["ETag"] != read
    second = send(ada, "PATCH", path, {"first_name": "Hanna"}, read)
    assert (second.status_code, second.json()["code"]) == (412, "changed_meanwhile")
    assert ada.get(path).json()["first_name"] == "Anna"
    again = send(ada, "PATCH", path, {"first_name": "Hanna"}, ada.get(path)["ETag"])
    assert (again.status_code, again.json()["first_name"]) == (200, "Hanna")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_without_if_match_nothing_changes(client_of, path, method):
    ada, body = client_of("ada"), {"first_name": "X", "last_name": "Y"}
    before = ada.get(path).json()
    refused = send(ada, method, path, body, None)
    assert (refused.status_code, refused.json()["code"]) == (428, "if_match_required")
    assert ada.get(path).json() == before
    stale = send(ada, method, path, body, '"123"')
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert ada.get(path).json() == before
    done = send(ada, method, path, body, ada.get(path)["ETag"])
    assert done.status_code == (204 if method == "DELETE" else 200)


@pytest.mark.parametrize(
    ("tag", "code"), [("*", 200), ('"1", {}', 200), ("W/{}", 412), ("{", 412), ('""', 412)]
)
def test_forms_of_if_match(client_of, path, tag, code):
    ada = client_of("ada")
    sent = tag.replace("{}", ada.get(path)["ETag"])
    assert send(ada, "PATCH", path, {"first_name": "B"}, sent).status_code == code


def test_who_may_not_see_it_learns_nothing_from_the_tag(client_of, path):
    for tag in (None, "*", '"1"'):
        answer = send(client_of("paul"), "PATCH", path, {}, tag)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert send(client_of("priya"), "PATCH", path, {}, "*").status_code == 200


def test_the_admin_form_notices_too(client_of, path):
    priya = client_of("priya")
    page = path.replace("/api/v1/patients/", "/admin/patients/patient/") + "/change/"
    shown = priya.get(page)
    seen = shown.context["seen"]
    assert f'name="_seen" value="{seen.replace(chr(34), "&quot;")}"' in shown.content.decode()
    form = {k: v for k, v in shown.context["adminform"].form.initial.items() if v is not None}
    form = {"first_name": "Typed", "last_name": "Lee", "status": "active", "_seen": seen}
    form |= {
        f"documents-document-content_type-object_id-{name}_FORMS": number
        for name, number in (("TOTAL", 0), ("INITIAL", 0), ("MIN_NUM", 0), ("MAX_NUM", 0))
    }
    send(client_of("ada"), "PATCH", path, {"first_name": "Anna"}, "*")
    refused = priya.post(page, form)
    assert refused.status_code == 200
    errors = refused.context["adminform"].form.non_field_errors()
    assert [error[:29] for error in errors] == ["Somebody has changed this sin"]
    assert 'value="Typed"' in refused.content.decode(), "what was typed is not lost"
    assert priya.get(path).json()["first_name"] == "Anna"
    kept = priya.post(page, {**form, "_seen": refused.context["seen"]})
    assert kept.status_code == 302
    assert priya.get(path).json()["first_name"] == "Typed"
