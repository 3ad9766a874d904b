"""One error body everywhere: RFC 9457, whatever went wrong and wherever."""

import json

import pytest

from patients.api.views import PatientsView

KEYS = {"type", "title", "status", "detail", "code", "errors"}
CASES = {
    "unknown-route": ("GET", "/api/v1/nothing", "", "application/json", 404, "not_found"),
    "unknown-version": ("GET", "/api/v2/patients", "", "application/json", 404, "not_found"),
    "bad-id": ("GET", "/api/v1/patients/5", "", "application/json", 404, "not_found"),
    "method": ("PUT", "/api/v1/patients", "{}", "application/json", 405, "method_not_allowed"),
    "me-method": ("POST", "/api/v1/me", "{}", "application/json", 405, "method_not_allowed"),
    "media": ("POST", "/api/v1/patients", "a=b", "text/plain", 415, "unsupported_media_type"),
    "form": (
        "POST",
        "/api/v1/patients",
        "a=b",
        "application/x-www-form-urlencoded",
        415,
        "unsupported_media_type",
    ),
    "malformed": ("POST", "/api/v1/patients", "{", "application/json", 400, "parse_error"),
    "invalid": ("POST", "/api/v1/patients", "{}", "application/json", 400, "invalid"),
}


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "code"), CASES.values(), ids=CASES
)
def test_every_refusal_is_a_problem(client_of, method, path, body, kind, status, code):
    answer = client_of("ada").generic(method, path, body, content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert set(problem) == KEYS
    assert (problem["type"], problem["status"], problem["code"]) == ("about:blank", status, code)
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png"])
def test_a_refusal_is_a_problem_whatever_is_accepted(client_of, accept):
    answer = client_of(None).get("/api/v1/patients", HTTP_ACCEPT=accept)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code in {401, 406}
    assert answer.json()["status"] == answer.status_code


def test_an_unauthenticated_caller_is_told_how_to_log_in(client_of):
    answer = client_of(None).get("/api/v1/patients")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.logs_errors  # an error of ours, on purpose
@pytest.mark.parametrize(
    "path", ["/api/v1/patients", "/api/v1/patients/01a1fbdb-9a20-7e21-a4c5-000000000000"]
)
def test_an_error_of_ours_tells_nothing(client_of, monkeypatch, path):
    def fail(*_):
        raise RuntimeError("secret: Anna Archer at postgres://user:password@host")

    client = client_of("ada")
    client.raise_request_exception = False
    monkeypatch.setattr(PatientsView, "visible_to", fail)
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert set(answer.json()) == KEYS
    assert answer.json()["code"] == "error"
    assert b"secret" not in answer.content
    assert b"RuntimeError" not in answer.content
    assert answer["X-Request-Id"]


@pytest.mark.logs_errors  # an error of ours, outside the API's own handler
def test_an_error_before_any_view_tells_nothing(client_of, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    client = client_of("ada")
    client.raise_request_exception = False
    monkeypatch.setattr("accounts.middleware.keep_alive", fail)
    answer = client.get("/api/v1/me")
    assert (answer.status_code, set(answer.json())) == (500, KEYS)
    assert b"secret" not in answer.content


def test_a_page_that_is_no_program_gets_a_page(client_of):
    answer = client_of("ada").get("/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert json.dumps("problem") not in answer.content.decode()
