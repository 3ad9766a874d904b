"""Every route of the API × everybody: one table of who gets which answer.

The patient belongs to Priya; Paul is a provider too but not theirs. Pat is the patient, Gina the
guardian. Bea comes with her session of beta. A route that is not in the table fails the test.
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.client import MULTIPART_CONTENT
from django_tenants.utils import tenant_context

from documents.models import Document, ImageBatch
from documents.services.trash import trash_document
from patients.models import Patient
from tests.conftest import member
from tests.isolation.routes import api_routes

FILES = "<slug:slug>/<uuid:owner_id>/files"
ACTORS = ("ada", "priya", "paul", "pat", "gina", "rex", "dev", "bea", None)
#                                      ada priya paul  pat gina  rex  dev  bea nobody
TABLE = {
    ("GET", "me"):                    (200, 200, 200, 200, 200, 200, 200, 401, 401),
    ("GET", "health"):                (200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "schema"):                (200, 200, 200, 200, 200, 200, 200, 401, 401),
    ("GET", "docs"):                  (200, 200, 200, 200, 200, 200, 200, 401, 401),
    ("GET", "patients"):              (200, 200, 200, 200, 200, 403, 403, 401, 401),
    ("POST", "patients"):             (201, 201, 201, 403, 403, 403, 403, 401, 401),
    ("GET", "patients/<uuid:pk>"):    (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("PUT", "patients/<uuid:pk>"):    (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("PATCH", "patients/<uuid:pk>"):  (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("DELETE", "patients/<uuid:pk>"): (204, 403, 404, 404, 404, 404, 404, 401, 401),
    ("POST", "patients/<uuid:pk>/archive"):
                                      (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("GET", "lab-results"):           (200, 200, 200, 200, 200, 403, 403, 401, 401),
    ("POST", "lab-results"):          (201, 201, 400, 403, 403, 403, 403, 401, 401),
    ("GET", "lab-results/<uuid:pk>"): (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("PUT", "lab-results/<uuid:pk>"): (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("PATCH", "lab-results/<uuid:pk>"):
                                      (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("DELETE", "lab-results/<uuid:pk>"):
                                      (204, 204, 404, 403, 403, 404, 404, 401, 401),
    ("GET", "referrers"):             (200, 200, 200, 403, 403, 403, 403, 401, 401),
    ("POST", "referrers"):            (201, 201, 201, 403, 403, 403, 403, 401, 401),
    ("GET", "referrers/<uuid:pk>"):   (200, 200, 200, 404, 404, 404, 404, 401, 401),
    ("PUT", "referrers/<uuid:pk>"):   (200, 200, 200, 404, 404, 404, 404, 401, 401),
    ("PATCH", "referrers/<uuid:pk>"): (200, 200, 200, 404, 404, 404, 404, 401, 401),
    ("DELETE", "referrers/<uuid:pk>"):
                                      (204, 403, 403, 404, 404, 404, 404, 401, 401),
    ("GET", "companies"):             (200, 200, 200, 403, 403, 403, 403, 401, 401),
    ("POST", "companies"):            (201, 201, 201, 403, 403, 403, 403, 401, 401),
    ("GET", "companies/<uuid:pk>"):   (200, 200, 200, 404, 404, 404, 404, 401, 401),
    ("PUT", "companies/<uuid:pk>"):   (200, 200, 200, 404, 404, 404, 404, 401, 401),
    ("PATCH", "companies/<uuid:pk>"): (200, 200, 200, 404, 404, 404, 404, 401, 401),
    ("DELETE", "companies/<uuid:pk>"):
                                      (204, 403, 403, 404, 404, 404, 404, 401, 401),
    ("GET", "files"):                 (200, 200, 200, 200, 200, 403, 403, 401, 401),
    ("GET", "files/trash"):           (200, 200, 200, 403, 403, 403, 403, 401, 401),
    ("GET", "image-batches"):         (200, 200, 200, 200, 200, 403, 403, 401, 401),
    ("POST", "image-batches"):        (201, 201, 404, 201, 201, 403, 403, 401, 401),
    ("GET", "image-batches/<uuid:pk>"):
                                      (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("PATCH", "image-batches/<uuid:pk>"):
                                      (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("GET", "files/<uuid:pk>"):       (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("PATCH", "files/<uuid:pk>"):     (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("DELETE", "files/<uuid:pk>"):    (204, 204, 404, 403, 403, 404, 404, 401, 401),
    ("GET", "files/<uuid:pk>/download"):
                                      (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("POST", "files/<uuid:pk>/restore"):
                                      (200, 200, 404, 403, 403, 404, 404, 401, 401),
    ("POST", "files/batch-counts"):   (200, 200, 200, 200, 200, 403, 403, 401, 401),
    ("GET", "document-policies"):     (200, 200, 200, 200, 200, 200, 200, 401, 401),
    ("GET", FILES):                   (200, 200, 404, 200, 200, 404, 404, 401, 401),
    ("POST", FILES):                  (201, 201, 404, 201, 201, 404, 404, 401, 401),
}  # fmt: skip


def objects_of(world):
    return {
        "patients": world.patient,
        "lab-results": world.lab,
        "referrers": world.referrer,
        "companies": world.company,
        "files": world.document,
        "image-batches": world.batch,
    }


def address(world, method, route):
    target = objects_of(world).get(route.split("/")[0])
    if (method, route) == ("DELETE", "patients/<uuid:pk>"):
        target = world.empty_patient  # one that may be deleted
    if route.endswith("/restore"):
        target = world.spare
    path = route.replace("<uuid:pk>", str(target.pk if target else ""))
    path = path.replace("<slug:slug>", "patients")
    return "/api/v1/" + path.replace("<uuid:owner_id>", str(world.patient.pk))


def body_of(world, method, route):
    contact = {"phone": "+61412345678"}
    bodies = {
        ("POST", "patients"): {"first_name": "New", "last_name": "Person"},
        ("PUT", "patients/<uuid:pk>"): {"first_name": "Pat", "last_name": "Other"},
        ("PATCH", "patients/<uuid:pk>"): contact,
        ("POST", "lab-results"): {"patient_id": str(world.patient.pk), "test_name": "TSH"},
        ("PUT", "lab-results/<uuid:pk>"): {
            "patient_id": str(world.patient.pk),
            "test_name": "TSH",
        },
        ("PATCH", "lab-results/<uuid:pk>"): {"test_name": "TSH"},
        ("POST", "referrers"): {"first_name": "New", "last_name": "Referrer"},
        ("PUT", "referrers/<uuid:pk>"): {"first_name": "Ruth", "last_name": "Other"},
        ("PATCH", "referrers/<uuid:pk>"): contact,
        ("POST", "companies"): {"name": "New"},
        ("PUT", "companies/<uuid:pk>"): {"name": "Other"},
        ("PATCH", "companies/<uuid:pk>"): contact,
        ("PATCH", "files/<uuid:pk>"): {"description": "seen"},
        ("POST", "image-batches"): {
            "patient_id": str(world.patient.pk),
            "name": "2026-11-20_clinic_visit",
            "taken_on": "2026-11-20",
        },
        ("PATCH", "image-batches/<uuid:pk>"): {"name": "2026-11-21"},
        ("POST", "files/batch-counts"): {
            "entity_type": "patients",
            "entity_ids": [str(world.patient.pk)],
        },
    }
    return bodies.get((method, route), {})


def ask(client, world, method, route):
    path = address(world, method, route)
    if (method, route) == ("POST", FILES):
        file = SimpleUploadedFile("new.txt", b"Something new.\n", content_type="text/plain")
        return client.post(path, {"file": file}, MULTIPART_CONTENT)
    if method == "GET":
        return client.get(path)
    body = json.dumps(body_of(world, method, route))
    return client.generic(method, path, body, content_type="application/json")


@pytest.fixture
def _healthy(monkeypatch):
    monkeypatch.setattr("config.health.CHECKS", {"database": lambda: None, "broker": lambda: None})


@pytest.fixture
def full(world, alpha):
    """The world, with its spare document in the trash."""
    with tenant_context(alpha):
        trash_document(membership=member("ada"), document=world.spare)
    return world


def test_the_table_names_every_route():
    assert set(TABLE) == api_routes()


@pytest.mark.usefixtures("_healthy")
@pytest.mark.parametrize(
    ("method", "route"), TABLE, ids=lambda text: text.replace("<uuid:pk>", "id")
)
def test_who_gets_which_answer(full, client_of, method, route):
    clients = {name: client_of(name, host="alpha") for name in ACTORS}
    found = []
    for name in ACTORS:
        undo = transaction.savepoint()
        answer = ask(clients[name], full, method, route)
        found.append(answer.status_code)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", (name, answer.content)
            assert answer.json()["status"] == answer.status_code
            assert str(full.patient.pk) not in answer.content.decode(), name
        transaction.savepoint_rollback(undo)
        connection.set_schema_to_public()  # the rollback took the search_path back as well
    assert dict(zip(ACTORS, found, strict=True)) == dict(
        zip(ACTORS, TABLE[method, route], strict=True)
    )


DETAILS = [key for key in TABLE if "<uuid:" in key[1]]


@pytest.mark.parametrize(
    ("method", "route"), DETAILS, ids=lambda text: text.replace("<uuid:pk>", "id")
)
def test_alphas_ids_are_unknown_at_beta(full, client_of, alpha, method, route):
    before = everything_in(alpha)
    refused = ask(client_of("bea"), full, method, route)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert everything_in(alpha) == before
    twin = ask(client_of("ada"), full, method, route)
    assert twin.status_code == TABLE[method, route][0] < 300
    if method != "GET":
        assert everything_in(alpha) != before, "the twin changed something"


def everything_in(account):
    with tenant_context(account):
        return [
            [*model.objects.order_by("pk").values()]
            for model in (Patient, Document, ImageBatch, *(type(o) for o in _kinds()))
        ]


def _kinds():
    from medical_records.models import LabResult
    from patients.models import Company, Referrer

    return (LabResult(), Company(), Referrer())


LISTS = {
    "patients": {
        "ada": {"patient", "empty_patient"},
        "priya": {"patient", "empty_patient"},
        "paul": set(),
        "pat": {"patient"},
        "gina": {"patient"},
    },
    "lab-results": {
        "ada": {"lab"},
        "priya": {"lab"},
        "paul": set(),
        "pat": {"lab"},
        "gina": {"lab"},
    },
    "referrers": {name: {"referrer"} for name in ("ada", "priya", "paul")},
    "companies": {name: {"company"} for name in ("ada", "priya", "paul")},
    "files": {
        "ada": {"document"},
        "priya": {"document"},
        "paul": set(),
        "pat": {"document"},
        "gina": {"document"},
    },
    "files/trash": {
        "ada": {"spare"},
        "priya": {"spare"},
        "paul": set(),
    },
}


@pytest.mark.parametrize("route", LISTS)
def test_lists_hold_what_one_may_see(full, client_of, route):
    for name, expected in LISTS[route].items():
        body = client_of(name).get(f"/api/v1/{route}").json()
        assert {row["id"] for row in body["results"]} == {
            str(getattr(full, key).pk) for key in expected
        }, name
    assert client_of("bea").get(f"/api/v1/{route}").json()["results"] == []


def test_counts_tell_nothing_of_what_one_may_not_see(full, client_of):
    def count(name):
        answer = ask(client_of(name), full, "POST", "files/batch-counts")
        return answer.json()["counts"][str(full.patient.pk)]

    found = {name: count(name) for name in ("ada", "priya", "paul", "pat", "bea")}
    assert found == {"ada": 1, "priya": 1, "paul": 0, "pat": 1, "bea": 0}
