"""What is held or kept stays, whoever wants it gone; who held it, when and why can be read."""

from datetime import date, timedelta

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from accounts.errors import NotPermittedError, ProblemError
from documents.errors import DocumentStateError
from documents.models import Document
from documents.services.holds import hold_document, keep_document, release_document
from documents.services.purging import purge_document
from documents.services.trash import restore_document, trash_document
from tests.conftest import member
from tests.documents.helpers import assert_problem, upload
from tests.forms import form_of

LATER = timezone.now().date() + timedelta(days=1000)


@pytest.fixture
def document(world):
    return upload(world)


def url(document, way=""):
    return f"/api/v1/files/{document.pk}{way}"


def post(client, document, way, **body):
    return client.post(url(document, way), body, content_type="application/json")


def test_a_held_document_cannot_be_deleted_by_anybody(document, ada, priya):
    answer = post(ada, document, "/hold", reason="  Claim 77/2026 ")
    assert (answer.status_code, answer.json()["legal_hold"]) == (200, True)
    for client in (ada, priya):
        assert_problem(client.delete(url(document)), 409, "legal_hold")
    body = {"ids": [str(document.pk)]}
    bulk = ada.post("/api/v1/files/bulk-delete", body, content_type="application/json").json()
    assert [one["code"] for one in bulk["results"]] == ["legal_hold"]
    document.refresh_from_db()
    assert (document.state, document.hold_reason) == ("available", "Claim 77/2026")
    assert document.held_by_id == member("ada").user_id
    assert document.held_at <= timezone.now()

    assert post(ada, document, "/release", reason="Settled").json()["legal_hold"] is False
    assert ada.delete(url(document)).status_code == 204
    document.refresh_from_db()
    assert (document.state, document.hold_reason) == ("trashed", "Settled")


def test_the_history_keeps_every_hold(document):
    ada = member("ada")
    held = hold_document(membership=ada, document=document, reason="Claim 1")
    release_document(membership=ada, document=held, reason="Settled")
    hold_document(membership=ada, document=document, reason="Claim 2")
    events = document.events.order_by("pgh_id").values_list("legal_hold", "hold_reason")
    wanted = [(False, ""), (True, "Claim 1"), (False, "Settled"), (True, "Claim 2")]
    assert list(dict.fromkeys(events)) == wanted


def test_a_hold_in_the_trash_keeps_it_there_and_lets_it_come_back(document):
    trashed = trash_document(membership=member("priya"), document=document)
    hold_document(membership=member("ada"), document=trashed, reason="Claim")
    long_ago = timezone.now() - timedelta(days=9000)
    Document.objects.filter(pk=document.pk).update(uploaded_at=long_ago, purge_after=long_ago)
    assert purge_document(document) is False
    assert restore_document(membership=member("priya"), document=document).legal_hold


@pytest.mark.parametrize("wanted", ["trashed", "purging", "purged"])
def test_the_database_beats_services(document, wanted):
    hold_document(membership=member("ada"), document=document, reason="Claim")
    now = timezone.now()
    with pytest.raises(InternalError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(
            state=wanted, trashed_at=now, purge_after=now
        )


@pytest.mark.parametrize("earlier", [None, LATER - timedelta(days=1)])
def test_the_day_to_keep_until_only_moves_later(document, ada, earlier):
    assert post(ada, document, "/keep", until=str(LATER)).json()["retain_until"] == str(LATER)
    assert post(ada, document, "/keep", until=str(LATER)).status_code == 200
    with pytest.raises(InternalError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(retain_until=earlier)
    if earlier:
        assert_problem(post(ada, document, "/keep", until=str(earlier)), 400, "invalid", "until")
    later = LATER + timedelta(days=1)
    assert post(ada, document, "/keep", until=str(later)).json()["retain_until"] == str(later)


@pytest.mark.parametrize(
    ("way", "body", "field"),
    [
        ("/hold", {}, "reason"),
        ("/hold", {"reason": " "}, "reason"),
        ("/hold", {"reason": "x" * 301}, "reason"),
        ("/release", {"reason": ""}, "reason"),
        ("/keep", {}, "until"),
        ("/keep", {"until": "tomorrow"}, "until"),
        ("/keep", {"until": "2001-01-01"}, "until"),
    ],
)
def test_what_is_missing_is_named(document, ada, way, body, field):
    answer = post(ada, document, way, **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    document.refresh_from_db()
    assert (document.legal_hold, document.retain_until) == (False, None)


def test_holding_twice_and_releasing_what_is_not_held(document, ada):
    assert_problem(post(ada, document, "/release", reason="x"), 409, "not_held")
    assert post(ada, document, "/hold", reason="x").status_code == 200
    assert_problem(post(ada, document, "/hold", reason="x"), 409, "legal_hold")


def test_services_ask_for_themselves_who_may(document):
    for service, more in (
        (hold_document, {"reason": "x"}),
        (release_document, {"reason": "x"}),
        (keep_document, {"until": LATER}),
    ):
        with pytest.raises(NotPermittedError):
            service(membership=member("priya"), document=document, **more)
    with pytest.raises(ProblemError):
        keep_document(membership=member("ada"), document=document, until=date(2001, 1, 1))


def test_what_is_gone_cannot_be_held(document):
    Document.objects.filter(pk=document.pk).update(state="rejected")
    with pytest.raises(DocumentStateError):
        hold_document(membership=member("ada"), document=document, reason="x")


def button(document, way):
    return f"/admin/documents/document/{document.pk}/{way}/"


def test_the_admin_asks_why(document, ada):
    page = f"/admin/documents/document/{document.pk}/change/"
    shown = ada.get(page).content.decode()
    assert button(document, "hold").rstrip("/") in shown
    assert button(document, "release").rstrip("/") not in shown
    asked = ada.get(button(document, "hold"), follow=True)
    assert "administrators included" in asked.content.decode()
    empty = ada.post(button(document, "hold"), form_of(asked), follow=True)
    assert "This field is required" in empty.content.decode()
    done = ada.post(button(document, "hold"), {**form_of(asked), "reason": "Claim"}, follow=True)
    assert "The document is under a legal hold." in done.content.decode()
    document.refresh_from_db()
    assert (document.legal_hold, document.hold_reason) == (True, "Claim")
    asked = ada.get(button(document, "keep"), follow=True)
    ada.post(button(document, "keep"), {**form_of(asked), "until": str(LATER)}, follow=True)
    document.refresh_from_db()
    assert document.retain_until == LATER
    asked = ada.get(button(document, "release"), follow=True)
    ada.post(button(document, "release"), {**form_of(asked), "reason": "Settled"}, follow=True)
    document.refresh_from_db()
    assert (document.legal_hold, document.hold_reason) == (False, "Settled")


def test_providers_have_no_such_buttons(document, priya):
    shown = priya.get(f"/admin/documents/document/{document.pk}/change/")
    assert shown.status_code == 200
    for way in ("hold", "release", "keep"):
        assert button(document, way).rstrip("/") not in shown.content.decode()
        assert priya.get(button(document, way), follow=True).status_code == 403
