"""Every route of the API × everybody: one table of who gets which answer.

The patient belongs to Priya; Paul is a provider too but not theirs. Pat is the patient, Gina the
guardian. Bea comes with her session of beta. A route that is not in the table fails the test.
"""

import json
from contextlib import suppress
from datetime import date

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import override_settings
from django.test.client import MULTIPART_CONTENT
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account, Membership
from documents.keys import staging_key
from documents.models import DirectUpload, Document, ImageBatch
from documents.services.holds import hold_document
from documents.services.trash import trash_document
from documents.storage.base import ObjectExistsError
from medical_records.services.at_reports import create_at_report, finalize_at_report
from medical_records.services.records import create_record, finalize_record
from medical_records.services.sharing import send_report
from patients.models import Patient
from tests.clamd import serving
from tests.conftest import member
from tests.isolation.answers import ACTORS, FILES, TABLE, UPLOADS
from tests.isolation.conftest import VISITED, build_world, put_text
from tests.isolation.conversations import add_conversation
from tests.isolation.messages import add_messages
from tests.isolation.routes import api_routes
from tests.shared_rows import rows_of_a_module

LOGINS = "ada priya paul pat gina rex dev bea"
# The routes that need a finalised record or report; those of drafts are the table's others.
OF_FINAL = {
    "medical-records/<uuid:pk>/addenda",
    "at-reports/<uuid:pk>/pdf",
    "at-reports/<uuid:pk>/send",
}
QUARANTINE = {
    "files/<uuid:pk>/rescan",
    "files/<uuid:pk>/quarantine",
    "files/<uuid:pk>/quarantine/release",
}


def objects_of(world):
    return {
        "patients": world.patient,
        "lab-results": world.lab,
        "visits": world.visit,
        "procedures": world.procedure,
        "insurances": world.insurance,
        "medical-records": world.record,
        "at-reports": world.report,
        "referrers": world.referrer,
        "coordinators": world.coordinator,
        "companies": world.company,
        "guardians": world.guardian,
        "files": world.document,
        "image-batches": world.batch,
        "members": member("rex"),
        "invites": world.invite,
        "archives": world.archive,
        "jobs": world.job,
        "message-templates": world.template,
        "suppressions": world.suppression,
        "conversations": world.conversation,
    }


def send_again(announced):
    """Rows are rolled back after each role's request, and what is in the store is not."""
    with schema_context("alpha"), suppress(ObjectExistsError):
        put_text(staging_key(announced.pk))


def address(world, method, route):  # noqa: C901  a branch for each that needs another
    target = objects_of(world).get(route.split("/")[0])
    if (method, route) == ("DELETE", "patients/<uuid:pk>") or route.endswith("/erase"):
        target = world.empty_patient  # one that may be deleted
    if route in {"files/<uuid:pk>/restore", "files/<uuid:pk>/release"}:
        target = world.spare
    if route in {"files/<uuid:pk>/upload", "files/<uuid:pk>/complete"}:
        target = world.announced
    if route == "files/<uuid:pk>/complete":
        send_again(world.announced)
    if route == "files/<uuid:pk>/parts":
        target = world.in_parts
    if route in QUARANTINE:
        target = world.held
    if route.startswith("messages/<uuid:pk>"):
        state = {"retry": "failed", "settle": "unclear"}.get(route.rpartition("/")[2], "draft")
        target = world.messages[state]
    if route == "patients/<uuid:pk>/restore":
        target = world.archived_patient
    if route == "jobs/<uuid:pk>/resume":
        target = world.paused_job
    if route in OF_FINAL:
        target = world.final_report if route.startswith("at-") else world.final_record
    path = route.replace("<uuid:pk>", str(target.pk if target else ""))
    path = path.replace("<str:old_id>", world.old_id)
    path = path.replace("<slug:slug>", "patients").replace("icd10", "icd10?search=e11")
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
        **clinical_bodies(world),
        ("POST", "messages"): {"patient_id": str(world.uninvited.pk), "body": "Hello"},
        ("POST", "messages/bulk"): {"patient_ids": [str(world.uninvited.pk)], "body": "Hello"},
        ("POST", "messages/<uuid:pk>/settle"): {"was_sent": True},
        ("POST", "message-templates"): {"name": "New", "body": "Dear {last_name}"},
        ("PUT", "message-templates/<uuid:pk>"): {"name": "Other", "body": "Hello"},
        ("PATCH", "message-templates/<uuid:pk>"): {"body": "Hello"},
        ("POST", "suppressions"): contact,
        ("POST", "patients/bulk"): {"patients": [{"first_name": "New", "last_name": "Person"}]},
        ("POST", "patients/<uuid:pk>/erase"): {
            "reason": "Asked for it",
            "confirm": str(world.empty_patient.pk),
        },
        ("POST", "patients/<uuid:pk>/guardians"): {"email": "pat@alpha.test"},
        ("PATCH", "guardians/<uuid:pk>"): {"relationship": "carer"},
        ("POST", "coordinators"): {"first_name": "New", "last_name": "Coordinator"},
        ("PUT", "coordinators/<uuid:pk>"): {"first_name": "Cora", "last_name": "Other"},
        ("PATCH", "coordinators/<uuid:pk>"): contact,
        ("POST", "referrers"): {"first_name": "New", "last_name": "Referrer"},
        ("PUT", "referrers/<uuid:pk>"): {"first_name": "Ruth", "last_name": "Other"},
        ("PATCH", "referrers/<uuid:pk>"): contact,
        ("POST", "companies"): {"name": "New"},
        ("POST", "generate_invite"): {"patient_id": str(world.uninvited.pk)},
        ("POST", "bulk_invite"): {"patient_ids": [str(world.uninvited.pk)]},
        ("POST", "conversations/<uuid:pk>/read"): {},
        ("POST", "conversations/<uuid:pk>/assign"): {"patient_id": str(world.empty_patient.pk)},
        ("POST", "invites/verify"): {"token": world.token},
        ("POST", "invites/accept"): {"token": world.token, "password": "four words and a river"},
        ("POST", "members"): {"email": "n@alpha.test", "name": "New", "role": "provider"},
        ("PATCH", "members/<uuid:pk>"): {"role": "developer"},
        ("PUT", "companies/<uuid:pk>"): {"name": "Other"},
        ("PATCH", "companies/<uuid:pk>"): contact,
        ("PATCH", "files/<uuid:pk>"): {"description": "seen"},
        ("POST", "image-batches"): {
            "patient_id": str(world.patient.pk),
            "name": "2026-11-20_clinic_visit",
            "taken_on": "2026-11-20",
        },
        ("PATCH", "image-batches/<uuid:pk>"): {"name": "2026-11-21"},
        ("PUT", "image-batches/<uuid:pk>/order"): {"ids": []},  # it has no pictures yet
        ("POST", "files/<uuid:pk>/hold"): {"reason": "A claim"},
        ("POST", "files/<uuid:pk>/release"): {"reason": "The claim is settled"},
        ("POST", "files/<uuid:pk>/keep"): {"until": "2050-01-01"},
        ("POST", "files/<uuid:pk>/parts"): {"numbers": [1, 2]},
        ("POST", UPLOADS): {"filename": "large.pdf", "size": 1_000_000},
        ("POST", "files/<uuid:pk>/quarantine/release"): {"reason": "The scanner is wrong"},
        ("POST", "files/bulk-delete"): {"ids": [str(world.document.pk)]},
        ("POST", "files/bulk-restore"): {"ids": [str(world.spare.pk)]},
        ("POST", "files/archive"): {"ids": [str(world.document.pk), str(world.pdf.pk)]},
        ("POST", "files/batch-counts"): {
            "entity_type": "patients",
            "entity_ids": [str(world.patient.pk)],
        },
    }
    return bodies.get((method, route), {})


def clinical_bodies(world):
    patient = {"patient_id": str(world.patient.pk)}
    whole = {
        "visits": {"started_at": "2026-11-02T01:30:00Z"},
        "procedures": {"name": "Cast", "performed_at": "2026-11-02T01:30:00Z"},
        "insurances": {"company": "Other", "member_id": "8", "rank": "secondary"},
        "medical-records": {"visit_date": "2026-11-02T01:30:00Z"},
        "at-reports": {"assessed_on": "2026-11-02"},
    }
    changes = {"visits": "location", "insurances": "plan", "at-reports": "goals"}
    bodies = {}
    for slug, body in whole.items():
        bodies["POST", slug] = bodies["PUT", f"{slug}/<uuid:pk>"] = {**patient, **body}
        bodies["PATCH", f"{slug}/<uuid:pk>"] = {changes.get(slug, "notes"): "seen"}
    return bodies | {
        ("POST", "medical-records/<uuid:pk>/addenda"): {"text": "Swab positive."},
        ("POST", "shared-report"): {"token": world.link},
    }


def ask(client, world, method, route):
    path = address(world, method, route)
    if (method, route) == ("POST", FILES):
        file = SimpleUploadedFile("new.txt", b"Something new.\n", content_type="text/plain")
        return client.post(path, {"file": file}, MULTIPART_CONTENT)
    if route in {"patients/import-csv", "patients/import-preview"}:
        file = SimpleUploadedFile("new.csv", b"first_name,last_name\nNew,Person\n")
        return client.post(path, {"file": file}, MULTIPART_CONTENT)
    if method == "GET":
        return client.get(path)
    body = json.dumps(body_of(world, method, route))
    return client.generic(method, path, body, content_type="application/json")


@pytest.fixture
def _healthy(monkeypatch):
    monkeypatch.setattr("config.health.CHECKS", {"database": lambda: None, "broker": lambda: None})


def finalize_more(world):
    ada, known = member("ada"), {"patient": world.patient}
    record = create_record(
        membership=ada, visit_date=VISITED, chief_complaint="Cough", diagnosis="Cold", **known
    )
    world.final_record = finalize_record(membership=ada, record=record)
    report = create_at_report(
        membership=ada, assessed_on=date(2026, 11, 2), findings="Walks.", **known
    )
    world.final_report = finalize_at_report(membership=ada, report=report)
    send_report(membership=ada, report=world.final_report, address="http://alpha.localhost/r")
    world.link = mail.outbox[-1].body.partition("#")[2].split()[0]
    world.pdf = Document.objects.get(object_id=report.pk)


@pytest.fixture(scope="module")
def scanner():
    with serving() as clamd:
        yield clamd.address


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory, scanner):
    """The world, with its spare document held in the trash, and a finalised record and report."""

    def build():
        with tenant_context(Account.objects.get(schema_name="alpha")):
            world = build_world()
            with override_settings(CLAMAV_SOCKET=scanner):
                finalize_more(world)
                add_messages(world)
                add_conversation(world)
                trash_document(membership=member("ada"), document=world.spare)
                hold_document(membership=member("ada"), document=world.spare, reason="A claim")
        return world

    with rows_of_a_module(build, django_db_blocker, tmp_path_factory, LOGINS) as kept:
        yield kept


@pytest.fixture
def full(made, alpha, settings, scanner):
    settings.CLAMAV_SOCKET = scanner
    return made.lend(settings)


@pytest.fixture
def client_of(made, db):
    return made.client_of


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
    bea, ada = client_of("bea"), client_of("ada")  # before: a login is noted
    before = everything_in(alpha)
    refused = ask(bea, full, method, route)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert everything_in(alpha) == before
    twin = ask(ada, full, method, route)
    assert twin.status_code == TABLE[method, route][0] < 300
    if method != "GET" and not route.endswith(("members/<uuid:pk>/invite", "/send")):  # e-mails
        assert everything_in(alpha) != before, "the twin changed something"


def everything_in(account):
    with tenant_context(account):
        return [
            [*model.objects.order_by("pk").values()]
            for model in (Patient, Document, ImageBatch, Membership, *(type(o) for o in _kinds()))
        ]


def _kinds():
    from invites.models import Invite
    from jobs.models import Job
    from medical_records.models import (
        Addendum,
        ATReport,
        Insurance,
        LabResult,
        MedicalRecord,
        Procedure,
        Visit,
    )
    from patients.models import Company, Coordinator, Guardian, Referrer
    from sms_integration.models import Conversation, Message, Suppression, Template

    clinical = (LabResult(), Visit(), Procedure(), Insurance(), MedicalRecord(), ATReport())
    return (
        DirectUpload(),
        Invite(),
        Job(),
        Conversation(),
        Message(),
        Suppression(),
        Template(),
        *clinical,
        Addendum(),
        Company(),
        Coordinator(),
        Guardian(),
        Referrer(),
    )


LISTS = {
    "patients": {
        "ada": {"patient", "empty_patient", "uninvited", "archived_patient"},
        "priya": {"patient", "empty_patient", "uninvited", "archived_patient"},
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
    "visits": {
        "ada": {"visit"},
        "priya": {"visit"},
        "paul": set(),
        "pat": {"visit"},
        "gina": {"visit"},
    },
    "procedures": {
        "ada": {"procedure"},
        "priya": {"procedure"},
        "paul": set(),
        "pat": {"procedure"},
        "gina": {"procedure"},
    },
    "insurances": {
        "ada": {"insurance"},
        "priya": {"insurance"},
        "paul": set(),
        "pat": {"insurance"},
        "gina": {"insurance"},
    },
    "medical-records": {
        "ada": {"record", "final_record"},
        "priya": {"record", "final_record"},
        "paul": set(),
        "pat": {"final_record"},
        "gina": {"final_record"},
    },
    "at-reports": {
        "ada": {"report", "final_report"},
        "priya": {"report", "final_report"},
        "paul": set(),
        "pat": {"final_report"},
        "gina": {"final_report"},
    },
    "invites": {"ada": {"invite"}, "priya": {"invite"}, "paul": set()},
    "conversations": {"ada": {"conversation"}, "priya": {"conversation"}, "paul": set()},
    "referrers": {name: {"referrer"} for name in ("ada", "priya", "paul")},
    "coordinators": {name: {"coordinator"} for name in ("ada", "priya", "paul")},
    "companies": {name: {"company"} for name in ("ada", "priya", "paul")},
    "archives": {"ada": {"archive"}, "priya": set(), "paul": set(), "pat": set()},
    "files": {
        "ada": {"document", "pdf"},
        "priya": {"document", "pdf"},
        "paul": set(),
        "pat": {"document", "pdf"},
        "gina": {"document", "pdf"},
    },
    "files/trash": {
        "ada": {"spare"},
        "priya": {"spare"},
        "paul": set(),
    },
    "files/quarantine": {"ada": {"held"}},
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
