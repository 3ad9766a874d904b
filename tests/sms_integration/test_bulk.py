"""To many patients: each once, with a reason for whoever gets none."""

import json
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from backups.services.settling import settle
from jobs.errors import JobParametersError
from jobs.models import Job
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients.models import Patient
from sms_integration.bulk_job import SendMessages
from sms_integration.models import Message
from sms_integration.services.bulk import send_messages
from sms_integration.services.delivering import deliver_message
from sms_integration.services.sending import write_message
from sms_integration.services.settling import settle_imported
from sms_integration.services.suppressing import suppress
from sms_integration.services.templates import save_template
from tests.conftest import member
from tests.sms_integration.conftest import UNA, make_gateway, send as post


@pytest.fixture
def many(over_console):
    """Zoe opted out; Noa has no clinician, whom the text names."""
    make = Patient.objects.create
    over_console.zoe = make(first_name="Zoe", last_name="Cole", phone="+61412000003",
                            clinician=over_console.priya)  # fmt: skip
    over_console.noa = make(first_name="Noa", last_name="Cole", phone="+61412000004")
    suppress(phone="+61412000003", reason="stop")
    return over_console


def run(who="ada", *, dry_run=False, **parameters):
    usual = {"body": "Dear {first_name}, {clinician}", "membership": str(member(who).pk)}
    if "patients" not in parameters:
        parameters["patients"] = [str(pk) for pk in Patient.objects.values_list("pk", flat=True)]
    job = start_job(kind="send_messages", parameters={**usual, **parameters}, dry_run=dry_run)
    return run_job(job, concurrency=1)


def test_each_patient_gets_one_or_a_reason(many):
    job = run()
    assert (job.state, job.total, job.failed) == ("succeeded", 7, 0)
    assert job.counts == {
        "queued": 2,
        "archived": 1,
        "deceased": 1,
        "no_phone": 1,
        "opted_out": 1,
        "missing_placeholder": 1,
    }
    found = Message.objects.order_by("body")
    assert [(one.body, one.status) for one in found] == [
        ("Dear Kit, Paul", "queued"),
        ("Dear Una, Priya", "queued"),
    ]
    assert job.report["messages"] == 2


def test_a_dry_run_writes_nothing(many):
    job = run(dry_run=True)
    assert job.counts["would_send"] == 2
    assert not Message.objects.exists()


def test_a_provider_writes_to_whom_they_see(many):
    assert run("priya", patients=None, status="active").counts["queued"] == 1
    assert Message.objects.get().patient == many.una


def test_a_job_that_dies_between_two_patients_writes_to_each_once(many, monkeypatch):
    write, seen = SendMessages._write, []

    def once(self, item, patient):
        found = write(self, item, patient)
        seen.append(patient.pk)
        if len(seen) == 1:
            raise RuntimeError("after the commit")
        return found

    monkeypatch.setattr(SendMessages, "_write", once)
    with monkeypatch.context() as patch:
        patch.setattr("jobs.services.ledger.BASE_WAIT", 0.0)
        patch.setattr("jobs.services.working.log.exception", lambda *_, **__: None)
        job = run()
    assert job.counts.get("queued", 0) + job.counts.get("done", 0) == 2
    assert Message.objects.count() == 2


def test_the_same_key_is_the_same_job_and_without_one_it_is_another_letter(many, monkeypatch):
    monkeypatch.setattr("jobs.services.background.send_job", lambda _job: None)
    ask = {"membership": many.ada, "patient_ids": [many.una.pk], "body": "Hi"}
    first = send_messages(**ask, idempotency_key="k")
    run_job(first, concurrency=1)
    assert send_messages(**ask, idempotency_key="k") == first
    assert send_messages(**ask, idempotency_key="l") != first
    assert Message.objects.count() == 1


def test_a_rollback_cancels_what_has_not_gone_out(many):
    job = run(body="Hi", patients=[str(many.una.pk), str(many.kit.pk)])
    sent = Message.objects.get(patient=many.una)
    deliver_message(sent.pk)
    back = run_job(
        start_job(kind="rollback", parameters={"job": str(job.pk)}, dry_run=False), concurrency=1
    )
    assert (back.done, back.failed) == (1, 1)
    states = dict(Message.objects.values_list("patient__first_name", "status"))
    assert states == {"Una": "delivered", "Kit": "canceled"}


WRONG = {
    "no text": ({"body": ""}, "body"),
    "both": ({"template": "x"}, "body"),
    "an unknown placeholder": ({"body": "{nome}"}, "body"),
    "nobody": ({"patients": []}, "patient_ids"),
    "everybody by a slip": ({"patients": None}, "patient_ids"),
    "no id": ({"patients": ["7"]}, "patient_ids"),
    "no status": ({"patients": None, "status": "gone"}, "status"),
    "no template": ({"body": "", "template": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"}, "template_id"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "field"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused_before_there_is_a_job(many, change, field):
    with pytest.raises(JobParametersError) as caught:
        run(**change)
    assert caught.value.field == field
    assert not Job.objects.exists()


def test_an_operator_writes_with_a_command(many, capsys):
    save_template(membership=many.ada, name="Move", body="{clinic} has moved")
    options = ["--tenant", "alpha", "--template", "move", "--status", "active", "--json"]
    call_command("send_messages", *options, "--dry-run")
    assert json.loads(capsys.readouterr().out)["counts"]["done"] == 3
    assert not Message.objects.exists()


def test_the_list_of_patients_offers_it_and_a_second_click_is_the_same(
    client_of, many, alpha, monkeypatch
):
    monkeypatch.setattr("jobs.services.background.send_job", lambda _job: None)
    priya, page = client_of("priya"), reverse("admin:patients_patient_changelist")
    chosen = {"action": "write_to_selected", "_selected_action": [str(many.una.pk)]}
    asked = priya.post(page, chosen)
    assert asked.status_code == 200
    with tenant_context(alpha):
        assert not Job.objects.exists()
    key = asked.context["key"]
    for body, answer in (("{nome}", 200), ("Hi {first_name}", 302), ("Hi {first_name}", 302)):
        assert priya.post(page, {**chosen, "key": key, "body": body}).status_code == answer
    with tenant_context(alpha):
        job = Job.objects.get()
        assert (job.kind, job.parameters["patients"]) == ("send_messages", [str(many.una.pk)])


def test_over_the_api_headers_make_it_once(client_of, alpha, many):
    priya = client_of("priya")
    body = {"patient_id": str(many.una.pk), "body": "Hello"}
    first = post(priya, "messages", body, **{"Idempotency-Key": "a"})
    assert (first.status_code, first.json()["status"], first.json()["segments"]) == (
        201,
        "queued",
        1,
    )
    assert post(priya, "messages", body, **{"Idempotency-Key": "a"}).json() == first.json()
    other = post(priya, "messages", {**body, "body": "Bye"}, **{"Idempotency-Key": "a"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_used")
    when = post(priya, "messages", {**body, "scheduled_at": "2027-01-04T09:00"}).json()
    assert (when["status"], when["scheduled_at"]) == ("scheduled", "2027-01-03T22:00:00Z")
    gone = post(priya, f"messages/{when['id']}/cancel").json()
    assert gone["status"] == "canceled"
    listed = priya.get("/api/v1/messages", {"status": "queued"}).json()["results"]
    assert [one["id"] for one in listed] == [first.json()["id"]]


@pytest.mark.parametrize("route", ["messages", "message-templates", "suppressions"])
def test_a_list_costs_the_same_with_more_rows(client_of, alpha, many, route):
    ada = client_of("ada")

    def cost():
        with CaptureQueriesContext(connection) as captured:
            answer = ada.get(f"/api/v1/{route}")
        return len(answer.json()["results"]), len(captured)

    def more(number):
        with tenant_context(alpha):
            write_message(membership=many.ada, patient_id=many.una.pk, body=f"Hello {number}")
            save_template(membership=many.ada, name=f"T{number}", body="Hi")
            suppress(phone=f"+6141200001{number}", reason="stop")

    more(0)
    cost()
    shown, first = cost()
    more(1)
    more(2)
    assert cost() == (shown + 2, first)


# --- After a restore, and in another clinic -------------------------------------------------------

SETTLED = {
    "draft": "draft",
    "scheduled": "canceled",
    "queued": "canceled",
    "sending": "unclear",
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
}


@pytest.mark.parametrize(("before", "after"), SETTLED.items())
def test_nothing_old_goes_out_of_a_restored_clinic_or_an_import(clinic, before, after):
    make_gateway("console")
    message = write_message(membership=clinic.priya, patient_id=clinic.una.pk, body="Hello")
    due = {"due_at": message.due_at, "scheduled_at": message.due_at}
    Message.objects.filter(pk=message.pk).update(status=before, **due)
    imported = Message.objects.get(pk=message.pk)
    settle_imported(imported)
    settle("alpha", SimpleNamespace(tables={}, account={"schema_name": "alpha"}))
    message.refresh_from_db()
    assert imported.status == message.status == after
    if before != after:
        assert (message.due_at, message.error_code) == (None, "restored")
        assert (imported.due_at, imported.error_code) == (None, "restored")
        assert not deliver_message(message.pk)
    assert UNA not in message.error
