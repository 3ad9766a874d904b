"""Every change is in the history with who, which request and when; every read in the access log.

Neither can be changed afterwards, by nobody's code and by no SQL that the application runs.
"""

import json
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessAction, AccessLog
from accounts.audit.services import record_access
from accounts.models import SecondFactor
from documents.models import (
    ArchiveFile,
    DirectUpload,
    Document,
    Erasure,
    ErasureObject,
    ImageBatch,
    Preview,
    QuarantinedDocument,
)
from documents.registry import policy_for_model
from documents.services.upload import NewDocument, upload_document
from filemaker.models import FileMakerRecord
from invites.services.sending import InviteOptions, generate_invite
from medical_records.models import Addendum, Diagnosis, LabResult, MedicalRecord
from patients.models import Company, Guardian, Patient, Referrer
from sms_integration.models import Conversation, InboundMedia, MediaLink, Message
from tests.accounts.catalogue import rows, value
from tests.accounts.logins import bearer, post_json, tokens_of, visitor
from tests.conftest import member

CLINICAL = {"patients", "medical_records", "documents", "invites", "sms_integration"}
HISTORY = {
    model
    for app in apps.get_app_configs()
    for model in app.get_models()
    if getattr(model, "pgh_tracked_model", None) is not None and model._meta.managed
}
# Nobody's work: made anew from a document, how one came in, a ZIP for a day, what an erasure has
# still to remove, files of messages on their way; and documents under another name.
DERIVED = {Preview, DirectUpload, ArchiveFile, ErasureObject, QuarantinedDocument}
DERIVED |= {InboundMedia, MediaLink}
TRACKED = {
    model
    for label in CLINICAL
    for model in apps.get_app_config(label).get_models()
    if model not in HISTORY | DERIVED
}
APPEND_ONLY = {  # tests/medical_records/test_records_api.py, tests/backups/test_erasure.py
    "medical_records.Addendum",
    "documents.Erasure",
}
NAMES = sorted(model._meta.label for model in TRACKED if model._meta.label not in APPEND_ONLY)
EVERY_EVENT = sorted(model._meta.label for model in HISTORY)


def make(label):
    """Make a row of any tracked model."""
    number = uuid.uuid4().hex[:6]
    if label in {
        "patients.Company",
        "patients.Coordinator",
        "patients.Patient",
        "patients.Referrer",
    }:
        names = {"name": number} if label == "patients.Company" else {"last_name": number}
        return apps.get_model(label).objects.create(**names)
    patient = Patient.objects.create(first_name="Una", last_name=number)
    if label == "patients.Guardian":
        return Guardian.objects.create(user=member("gina").user, patient=patient)
    if label.startswith(("medical_records.", "invites.")):
        return clinical(label, patient, number)
    if label.startswith("sms_integration."):
        return of_messages(label, patient, number)
    if label == "documents.ImageBatch":
        return ImageBatch.objects.create(patient=patient, name=number, taken_on="2026-11-01")
    assert label == "documents.Document", f"teach this test to make a {label}"
    content = SimpleUploadedFile("note.txt", b"Seen today.\n", content_type="text/plain")
    return upload_document(
        membership=member("ada"),
        policy=policy_for_model(patient),
        owner=patient,
        new=NewDocument(content=content, filename="note.txt", size=12, declared_type="text/plain"),
    )


def clinical(label, patient, text):
    """Make a row of a record's model."""
    ada, now = member("ada"), timezone.now()
    if label == "invites.Invite":
        Patient.objects.filter(pk=patient.pk).update(email=f"{text}@mail.test")
        quiet = InviteOptions(send_email=False)
        return generate_invite(membership=ada, patient_id=patient.pk, options=quiet).invite
    if label in {"medical_records.Diagnosis", "medical_records.Addendum"}:
        record = MedicalRecord.objects.create(patient=patient, doctor=ada, visit_date=now)
        if label == "medical_records.Addendum":
            return Addendum.objects.create(record=record, author=ada.user, text=text)
        return Diagnosis.objects.create(record=record, diagnosis_name=text)
    fields = {
        "LabResult": {"test_name": text},
        "Visit": {"started_at": now},
        "Procedure": {"name": text, "performed_at": now},
        "Insurance": {"company": text, "member_id": text},
        "MedicalRecord": {"doctor": ada, "visit_date": now},
        "ATReport": {"author": ada, "assessed_on": "2026-11-01"},
    }[label.partition(".")[2]]
    return apps.get_model(label).objects.create(patient=patient, **fields)


def of_messages(label, patient, text):
    """Make a row of what messages are made of."""
    talk = {"phone": "+61412345678", "patient": patient}
    if label == "sms_integration.Message":
        conversation = Conversation.objects.create(**talk)
        return Message.objects.create(
            conversation=conversation, patient=patient, direction="inbound", status="received"
        )
    fields = {
        "Conversation": talk,
        "Gateway": {"name": text, "provider": "console", "sender": "Clinic"},
        "Template": {"name": text, "body": text},
        "Suppression": {"phone": "+61412345678", "reason": "staff"},
    }[label.partition(".")[2]]
    return apps.get_model(label).objects.create(**fields)


def labels_of(row):
    return [event.pgh_label for event in row.events.order_by("pgh_id")]


def test_every_clinical_model_is_tracked():
    assert {model.pgh_tracked_model for model in HISTORY} >= TRACKED
    assert len(TRACKED) >= 7
    tenant = {app.rpartition(".")[2] for app in settings.TENANT_APPS} - {"audit", "desk"}
    assert tenant >= CLINICAL


@pytest.mark.parametrize("label", NAMES)
@pytest.mark.parametrize("how", ["orm", "bulk", "sql"])
def test_every_change_is_an_event_however_it_is_made(in_alpha, label, how):
    row = make(label)
    table, before = row._meta.db_table, labels_of(row)
    assert before[0] == "insert"
    began = value("SELECT now()")
    if how == "orm":
        row.save()
    elif how == "bulk":
        type(row).objects.filter(pk=row.pk).update(updated_at=timezone.now())
    else:
        rows(f'UPDATE "{table}" SET updated_at = clock_timestamp() RETURNING id')  # noqa: S608
    assert labels_of(row) == [*before, "update"]
    event = row.events.order_by("pgh_id").last()
    assert event.pgh_created_at == began, "the time is the transaction's"
    if label == "documents.Document":
        return  # a row that is a receipt: see test_a_document_row_is_never_deleted
    if how == "sql":
        rows(f'DELETE FROM "{table}" WHERE id = %s RETURNING id', [row.pk])  # noqa: S608
    else:
        type(row).objects.filter(pk=row.pk).delete()
    assert labels_of(row) == [*before, "update", "delete"]


def test_a_document_row_is_never_deleted(in_alpha):
    row = make("documents.Document")
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Document.objects.filter(pk=row.pk).delete()
    assert Document.objects.filter(pk=row.pk).exists()


WRITES = {
    "patients.Patient": ("patients", {"first_name": "Una", "last_name": "Cole"}),
    "patients.Company": ("companies", {"name": "Harbour Practice"}),
    "patients.Referrer": ("referrers", {"first_name": "Ruth", "last_name": "Rowe"}),
    "medical_records.LabResult": ("lab-results", {"test_name": "TSH"}),
}


def api_writer(kind, client_of):
    """Return a function that sends Ada's request, by session or by token."""
    token = kind == "token"
    extra = {"HTTP_IF_MATCH": "*"} | (bearer(tokens_of("ada")["access_token"]) if token else {})
    client = visitor() if token else client_of("ada")

    def send(method, path, body=None):
        return client.generic(
            method, path, json.dumps(body or {}), content_type="application/json", **extra
        )

    return send


@pytest.mark.parametrize("kind", ["session", "token"])
@pytest.mark.parametrize("label", WRITES)
def test_a_change_over_the_api_names_person_request_and_time(alpha, client_of, kind, label):
    route, body = WRITES[label]
    send, began = api_writer(kind, client_of), timezone.now()
    if label == "medical_records.LabResult":
        made = send("POST", "/api/v1/patients", {"first_name": "Una", "last_name": "Cole"})
        body = {**body, "patient_id": made.json()["id"]}
    made = send("POST", f"/api/v1/{route}", body)
    path = f"/api/v1/{route}/{made.json()['id']}"
    field = {"companies": "notes", "lab-results": "notes"}.get(route, "address")
    changed = send("PATCH", path, {field: "changed"})
    removed = send("DELETE", path)
    assert [a.status_code for a in (made, changed, removed)] == [201, 200, 204]
    with tenant_context(alpha):
        model = apps.get_model(label)
        events = list(
            model.pgh_event_model.objects.filter(pgh_obj_id=made.json()["id"]).order_by("pgh_id")
        )
    assert [event.pgh_label for event in events] == ["insert", "update", "delete"]
    for event, answer in zip(events, (made, changed, removed), strict=True):
        assert event.pgh_context["user"] == str(member("ada").user_id)
        assert event.pgh_context["request"] == answer["X-Request-Id"]
        assert event.pgh_context["ip"] == "127.0.0.1"
        assert abs(event.pgh_created_at - began) < timedelta(minutes=2)


def refused(sql):
    """Run SQL that the database must refuse; return its words."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(error.value)


@pytest.mark.parametrize("label", EVERY_EVENT)
def test_the_history_cannot_be_changed_or_emptied(in_alpha, label):
    model = apps.get_model(label)
    table = model._meta.db_table
    if model.pgh_tracked_model is Erasure:
        Erasure.objects.create(patient_uuid=uuid.uuid4(), reason="Asked for it")
    elif model.pgh_tracked_model in TRACKED:
        make(model.pgh_tracked_model._meta.label)
    elif model.pgh_tracked_model is FileMakerRecord:
        FileMakerRecord.objects.create(area="documents", source_id="API_Docs/1", record_id="1")
    elif model.pgh_tracked_model is SecondFactor:
        SecondFactor.objects.create(user=member("ada").user, type="totp", data={})
    assert model.objects.exists(), "there is something to lose"
    before = list(model.objects.order_by("pgh_id").values())
    assert "Cannot update or delete" in refused(f"UPDATE {table} SET pgh_label = 'x'")  # noqa: S608
    assert "Cannot update or delete" in refused(f"DELETE FROM {table}")  # noqa: S608
    assert "never emptied" in refused(f"TRUNCATE {table}")
    for change in (model.objects.all().delete, lambda: model.objects.update(pgh_label="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert list(model.objects.order_by("pgh_id").values()) == before


def test_the_access_log_cannot_be_changed_or_emptied(in_alpha):
    record_access(
        membership=member("ada"),
        action=AccessAction.VIEW,
        object_type="patients.patient",
        object_ids=[uuid.uuid4()],
    )
    before = list(AccessLog.objects.values())
    assert len(before) == 1
    assert "Cannot update or delete" in refused("UPDATE audit_accesslog SET role = 'x'")
    assert "Cannot update or delete" in refused("DELETE FROM audit_accesslog")
    assert "never emptied" in refused("TRUNCATE audit_accesslog")
    entry = AccessLog.objects.get()
    for change in (entry.delete, entry.save, AccessLog.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert list(AccessLog.objects.values()) == before


@pytest.fixture
def shown(alpha):
    """Two patients that Priya sees and one that she does not, with a result each."""
    with tenant_context(alpha):
        own = [
            Patient.objects.create(first_name="Una", last_name=name, clinician=member("priya"))
            for name in ("Cole", "Dale")
        ]
        other = Patient.objects.create(first_name="Una", last_name="Else", clinician=member("paul"))
        results = {
            p.pk: LabResult.objects.create(patient=p, test_name="TSH").pk for p in (*own, other)
        }
        return [p.pk for p in own], [results[p.pk] for p in own]


@pytest.mark.parametrize("kind", ["session", "token"])
@pytest.mark.parametrize(
    ("route", "model", "which"),
    [("patients", "patients.patient", 0), ("lab-results", "medical_records.labresult", 1)],
)
def test_reads_are_logged_with_exactly_what_was_shown(
    shown, alpha, client_of, kind, route, model, which
):
    extra = bearer(tokens_of("priya")["access_token"]) if kind == "token" else {}
    client = visitor() if kind == "token" else client_of("priya")
    ids = shown[which]
    listed = client.get(f"/api/v1/{route}", REMOTE_ADDR="203.0.113.9", **extra)
    viewed = client.get(f"/api/v1/{route}/{ids[0]}", REMOTE_ADDR="203.0.113.9", **extra)
    with tenant_context(alpha):
        log = list(AccessLog.objects.order_by("id"))
    assert [(e.action, set(e.object_ids)) for e in log] == [("list", set(ids)), ("view", {ids[0]})]
    for entry, answer in zip(log, (listed, viewed), strict=True):
        assert (entry.user_id, entry.role) == (member("priya").user_id, "provider")
        assert (entry.object_type, entry.ip) == (model, "203.0.113.9")
        assert entry.request_id == answer["X-Request-Id"]
        assert entry.detail == {}


def test_what_is_refused_or_empty_is_not_logged_as_read(shown, alpha, client_of):
    assert client_of("paul").get(f"/api/v1/patients/{shown[0][0]}").status_code == 404
    assert client_of("pat").get("/api/v1/patients").json()["results"] == []
    with tenant_context(alpha):
        assert list(AccessLog.objects.all()) == []
    assert client_of("priya").get(f"/api/v1/patients/{shown[0][0]}").status_code == 200
    with tenant_context(alpha):
        assert AccessLog.objects.count() == 1


@pytest.mark.logs_errors  # a read that cannot be written down is an error of ours
@pytest.mark.parametrize(
    "path", ["/api/v1/patients", "/api/v1/patients/{}", "/admin/patients/patient/"]
)
def test_a_read_that_cannot_be_logged_shows_nothing(shown, client_of, monkeypatch, path):
    path = path.format(shown[0][0])
    client = client_of("priya")
    client.raise_request_exception = False
    assert b"Cole" in client.get(path).content

    def fail(**_):
        raise DatabaseError("the log is full")

    monkeypatch.setattr(AccessLog.objects, "create", fail)
    answer = client.get(path)
    assert (answer.status_code, b"Cole" in answer.content) == (500, False)
    assert b"the log is full" not in answer.content or "/admin/" in path


def test_the_access_log_is_for_administrators(alpha, client_of):
    assert client_of("priya").get("/admin/audit/accesslog/").status_code == 403
    with tenant_context(alpha):
        AccessLog.objects.create(action="view", object_type="patients.patient", request_id="r-1")
    page = client_of("ada").get("/admin/audit/accesslog/")
    assert (page.status_code, page.context["cl"].result_count) == (200, 1)


def test_a_refused_write_leaves_no_event(alpha, client_of):
    with tenant_context(alpha):  # tests that commit have left events behind
        before = Patient.pgh_event_model.objects.count()
    answer = post_json(client_of("pat"), "/api/v1/patients", {"first_name": "A", "last_name": "B"})
    assert answer.status_code == 403
    with tenant_context(alpha):
        assert Patient.pgh_event_model.objects.count() == before
        assert not Referrer.objects.exists()
        assert not Company.objects.exists()
