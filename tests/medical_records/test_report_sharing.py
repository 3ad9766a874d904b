"""A link to a report by e-mail: to whom, for how long, and that nobody else learns it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail, signing
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from documents.models import Document
from medical_records.services.sharing import SALT
from patients.models import Guardian, Patient
from tests.conftest import member
from tests.medical_records.helpers import fields, send
from tests.medical_records.reports import URL, draft_of, finalize, stored

SHARED = "/api/v1/shared-report"


@pytest.fixture
def report(client_of, people):
    """Anna's, finalised."""
    priya = client_of("priya")
    return finalize(priya, draft_of(priya, people["anna"]))


def share(client, report, **body):
    return send(client, "POST", f"{URL}/{report['id']}/send", body)


def token_of(message):
    (found,) = set(re.findall(r"#([\w:.-]+)", message.body))
    return found


@pytest.fixture
def token(client_of, report):
    assert share(client_of("priya"), report).status_code == 200
    return token_of(mail.outbox[-1])


def opened(token, host="alpha"):
    """Open a link as somebody who has no login."""
    return send(Client(headers={"host": f"{host}.localhost"}), "POST", SHARED, {"token": token})


def refused(answer):
    return (answer.status_code, answer.json()["code"])


def test_the_link_is_sent_in_text_and_html(client_of, report):
    answer = share(client_of("priya"), report)
    (message,) = mail.outbox
    token = token_of(message)
    link = f"http://alpha.localhost/shared-report#{token}"
    ((page, kind),) = message.alternatives
    assert (answer.status_code, answer.json()["sent_to"]) == (200, "anna@mail.test")
    assert (message.to, kind) == (["anna@mail.test"], "text/html")
    assert message.subject == "A document from Alpha Clinic"
    assert (link in message.body, f'href="{link}"' in page) == (True, True)
    for text in (message.subject, message.body, page):
        assert "Anna" not in text
        assert report["document_id"] not in text


def test_whoever_has_the_link_gets_the_pdf(alpha, report, token):
    for _ in range(2):
        answer = opened(token)
        body = b"".join(answer.streaming_content)
        with tenant_context(alpha):
            assert body == stored(report["document_id"])
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "application/pdf",
        "private, no-store",
    )
    assert answer["Content-Disposition"] == 'attachment; filename="AT_Report_2026-11-02.pdf"'


def test_the_link_lives_for_24_hours(client_of, report):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        answer = share(client_of("priya"), report).json()
    assert answer["expires_at"] == (start + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    token = token_of(mail.outbox[-1])
    with time_machine.travel(start + timedelta(hours=23, minutes=59), tick=False):
        assert opened(token).status_code == 200
    with time_machine.travel(start + timedelta(hours=24, seconds=2), tick=False):
        assert refused(opened(token)) == (404, "unknown_link")


def test_at_another_clinic_the_link_is_unknown(token):
    assert refused(opened(token, host="beta")) == (404, "unknown_link")
    assert opened(token).status_code == 200


@pytest.mark.parametrize("state", ["trashed", "pending", "purged"])
def test_a_document_that_is_gone_has_no_link(alpha, report, token, state):
    with tenant_context(alpha):
        document = Document.objects.filter(pk=report["document_id"])
        dates = dict.fromkeys(("trashed_at", "purge_after"), timezone.now())
        gone = dates if state == "trashed" else {}
        document.update(state=state, **gone)
    assert refused(opened(token)) == (404, "unknown_link")
    with tenant_context(alpha):
        document.update(state="available", trashed_at=None, purge_after=None)
    assert opened(token).status_code == 200


def forge(token, document):
    return {
        "cut": token[:-1],
        "changed": token[:5] + ("a" if token[5] != "a" else "b") + token[6:],
        "nothing": "-",
        "other purpose": signing.dumps({"clinic": "alpha", "document": document}, salt="x"),
        "text": "a:b:c",
        "characters": "\u00e4:\U0001f600:\u0661",
    }


@pytest.mark.parametrize("kind", forge("xxxxxxx", ""))
def test_a_forged_token_is_unknown(report, token, kind):
    forged = forge(token, report["document_id"])[kind]
    assert refused(opened(forged)) == (404, "unknown_link")
    own = signing.dumps({"clinic": "alpha", "document": report["document_id"]}, salt=SALT)
    assert opened(own).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": None}, {"token": []}, {"token": "x" * 501}]
)
def test_a_body_without_a_token_is_refused(token, body):
    answer = send(Client(headers={"host": "alpha.localhost"}), "POST", SHARED, body)
    assert (answer.status_code, fields(answer)) == (400, ["token"])
    assert opened(token).status_code == 200


def test_another_kind_of_document_cannot_be_shared(alpha, report, people, token):
    with tenant_context(alpha):
        from tests.isolation.conftest import attach

        letter = attach(people["anna"], by=member("ada"))
    found = signing.dumps({"clinic": "alpha", "document": str(letter.pk)}, salt=SALT)
    assert refused(opened(found)) == (404, "unknown_link")


def test_no_log_line_and_no_address_holds_the_token(client_of, report, caplog):
    caplog.set_level("DEBUG")
    assert share(client_of("priya"), report).status_code == 200
    token = token_of(mail.outbox[-1])
    assert opened(token).status_code == 200
    assert opened(token + "x").status_code == 404
    page = Client(headers={"host": "alpha.localhost"}).get("/shared-report")
    assert (page.status_code, b'content="no-referrer"' in page.content) == (200, True)
    assert "/shared-report" in caplog.text
    for part in token.split(":"):
        assert part not in caplog.text


def test_sending_and_opening_are_noted(client_of, alpha, report):
    with tenant_context(alpha):
        before = set(AccessLog.objects.values_list("pk", flat=True))
    share(client_of("priya"), report)
    opened(token_of(mail.outbox[-1]))
    opened("forged")
    with tenant_context(alpha):
        rows = AccessLog.objects.exclude(pk__in=before).filter(object_type="documents.document")
        found = [
            (
                row.action,
                row.user_id,
                row.role,
                [str(pk) for pk in row.object_ids],
                row.detail["by"],
            )
            for row in rows.order_by("pk")
        ]
    ids = [report["document_id"]]
    assert found == [
        ("link", member("priya").user_id, "provider", ids, "e-mail"),
        ("download", None, "", ids, "e-mailed link"),
    ]


@pytest.fixture
def family(alpha, report):
    with tenant_context(alpha):
        patient = Patient.objects.get(pk=report["patient_id"])
        Guardian.objects.create(patient=patient, user=member("gina").user)
        Guardian.objects.create(patient=patient, user=member("pat").user, is_active=False)
    return patient


RECIPIENTS = {
    "the first": ({}, "anna@mail.test"),
    "the patient": ({"email": "ANNA@mail.test"}, "anna@mail.test"),
    "a guardian": ({"email": "gina@alpha.test"}, "gina@alpha.test"),
    "a former guardian": ({"email": "pat@alpha.test"}, None),
    "a stranger": ({"email": "eve@mail.test"}, None),
    "no address": ({"email": "anna"}, None),
}


@pytest.mark.parametrize(("body", "to"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_it_goes_to_the_patient_or_a_guardian_only(client_of, report, family, body, to):
    answer = share(client_of("priya"), report, **body)
    if to is None:
        assert (answer.status_code, fields(answer), mail.outbox) == (400, ["email"], [])
        return
    assert (answer.status_code, answer.json()["sent_to"]) == (200, to)
    assert [message.to for message in mail.outbox] == [[to]]


def test_a_child_is_reached_by_the_guardian_or_not_at_all(client_of, alpha, report, family):
    with tenant_context(alpha):
        Patient.objects.filter(pk=family.pk).update(email="")
    assert share(client_of("priya"), report).json()["sent_to"] == "gina@alpha.test"
    with tenant_context(alpha):
        Guardian.objects.update(is_active=False)
    answer = share(client_of("priya"), report)
    assert (answer.status_code, answer.json()["code"]) == (400, "no_address")
    assert len(mail.outbox) == 1


def test_drafts_are_not_sent(client_of, people):
    priya = client_of("priya")
    draft = draft_of(priya, people["anna"])
    answer = share(priya, draft)
    assert (answer.status_code, answer.json()["code"], mail.outbox) == (409, "not_finalized", [])
    assert share(priya, finalize(priya, draft)).status_code == 200


@pytest.mark.logs_errors
def test_mail_that_is_away_is_said(client_of, report, settings):
    priya = client_of("priya")
    priya.raise_request_exception = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = share(priya, report)
    assert (answer.status_code, answer.json()["code"]) == (503, "mail_unavailable")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert share(priya, report).status_code == 200


def test_guessing_is_slowed_down(token):
    answers = [opened("guess").status_code for _ in range(31)]
    assert (answers[:30].count(404), answers[30]) == (30, 429)
