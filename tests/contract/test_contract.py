"""The OpenAPI description and the running server agree, whoever asks.

schemathesis reads the description that the server gives out and asks it everything: what is allowed,
what just is not, unknown methods, bodies of other kinds, missing logins, answers followed up. Each
role sends its share of the thousands of requests of the coverage phase; CONTRACT_EXAMPLES=100 in the
environment lets each of them send all, and that many random ones more for each operation.
"""

import copy
import os

import pytest
import requests

from tests.contract.clinic import HOST
from tests.contract.driving import Login, description, drive, settings
from tests.running import running

DEEP = int(os.environ.get("CONTRACT_EXAMPLES", "0"))
SHARES = {  # which of how many parts of the coverage phase
    "admin": (0, 14),
    "provider": (1, 28),
    "patient": (2, 28),
    "research_partner": (3, 84),
    "developer": (4, 84),
    None: (5, 84),
}


@pytest.fixture(scope="module")  # its servers end with the module, not with the session
def clinic():
    with running("tests.contract.clinic") as found:
        yield found


@pytest.fixture(scope="module")
def described(clinic):
    return description(clinic)


def operations(described):
    return {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
    }


@pytest.mark.parametrize("role", SHARES, ids=str)
def test_the_server_does_what_it_says(clinic, described, role):
    share = (0, 1) if DEEP else SHARES[role]
    found = drive(clinic, role, described, settings(DEEP or 2), share=share)
    assert not found.errors, str(found)
    assert not found.failures, str(found)
    assert {label for label, _ in found.answers} == operations(described)
    log = (clinic["data"] / "logs" / "web.log").read_text(errors="replace")
    assert "Traceback" not in log


BYTES = {
    "files/{}/download": "files",
    "files/{}/preview": "files",
    "at-reports/{}/pdf": "at-reports",
}


@pytest.mark.parametrize("route", BYTES)
def test_bytes_are_given_to_who_asks_for_their_kind(clinic, route):
    path = f"{clinic['url']}/api/v1/{route.format(clinic['final'][BYTES[route]])}"
    headers = {"Host": HOST, "Authorization": f"Bearer {Login(clinic, 'admin')()}"}
    asked = requests.get(path, headers=headers, timeout=30)
    assert asked.status_code == 200, asked.text
    kind = asked.headers["Content-Type"]
    precise = requests.get(path, headers={**headers, "Accept": kind}, timeout=30)
    assert (precise.status_code, precise.headers["Content-Type"]) == (200, kind)
    assert precise.content == asked.content
    me = requests.get(f"{clinic['url']}/api/v1/me", headers={**headers, "Accept": kind}, timeout=30)
    assert (me.status_code, me.json()["code"]) == (406, "not_acceptable")  # JSON or nothing


def say_more(described):
    """Promise a field that no answer has."""
    described["components"]["schemas"]["Me"]["required"].append("shoe_size")


def forget_a_status(described):
    del described["paths"]["/api/v1/me"]["get"]["responses"]["401"]


def rename_the_type(described):
    content = described["paths"]["/api/v1/me"]["get"]["responses"]["200"]["content"]
    content["text/csv"] = content.pop("application/json")


def lock_an_open_door(described):
    described["paths"]["/api/v1/health"]["get"]["security"] = [{"token": []}]


def promise_a_header(described):
    answer = described["paths"]["/api/v1/me"]["get"]["responses"]["200"]
    answer["headers"] = {"X-Shoe-Size": {"required": True, "schema": {"type": "string"}}}


LIES = {
    say_more: "Response violates schema",
    forget_a_status: "Undocumented status code",
    rename_the_type: "Undocumented Content-Type",
    lock_an_open_door: "API accepts requests without authentication",
    promise_a_header: "Missing required response headers",
}
ADDRESSES = r"^/api/v1/(me|health)$"


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lie_in_the_description_is_found(clinic, described, lie):
    doctored = copy.deepcopy(described)
    lie(doctored)
    found = drive(clinic, "developer", doctored, settings(3), only=ADDRESSES)
    assert LIES[lie] in {title for _, title, _ in found.failures}


def test_the_truth_about_the_same_addresses_holds(clinic, described):
    found = drive(clinic, "developer", described, settings(3), only=ADDRESSES)
    assert not found.failures, str(found)
