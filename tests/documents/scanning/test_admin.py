"""The queue in the admin, and what says that nothing is scanned."""

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from documents.models import Document
from jobs.models import Job
from tests.documents.scanning.helpers import BAD, INFECTED, bad, now, stored
from tests.forms import form_of

LIST = "/admin/documents/quarantineddocument/"


@pytest.fixture
def held(world, clamd):
    return bad(world)


def page(document, way):
    return f"{LIST}{document.pk}/{way}/"


def confirm(client, document, way, **sent):
    """Ask, answer, and return what is said then."""
    asked = client.get(page(document, way))
    assert asked.status_code == 200, asked.content
    return client.post(page(document, way), {**form_of(asked), **sent}, follow=True)


def test_the_queue_says_why_and_has_no_way_to_the_bytes(held, ada):
    for address in (LIST, page(held, "change")):
        shown = ada.get(address).content.decode()
        assert "bad.txt" in shown
        assert INFECTED in shown
        assert "/download" not in shown
        assert "thumbnail" not in shown
    assert LIST in ada.get("/admin/").content.decode()


def test_scan_again_release_and_delete_each_ask_first(held, ada, clamd, world):
    assert "It stays in the quarantine" in confirm(ada, held, "rescan").content.decode()
    refused = confirm(ada, held, "release", reason="A test")
    assert "still says" in refused.content.decode()
    assert now(held) == ("quarantined", INFECTED)
    released = confirm(ada, held, "release", reason="A test", force="on")
    assert "The document is available." in released.content.decode()
    assert released.redirect_chain[-1][0] == LIST  # its page is no more
    assert now(held) == ("available", "")

    other = bad(world)
    assert "The document is deleted." in confirm(ada, other, "remove_bytes").content.decode()
    assert now(other) == ("purged", "quarantine")

    third = bad(world)
    clamd.finds = {}
    assert "Nothing was found" in confirm(ada, third, "rescan").content.decode()
    assert (now(third), stored(third)) == (("available", ""), BAD)


def test_an_old_question_is_not_answered(held, ada):
    asked = form_of(ada.get(page(held, "release")))
    confirm(ada, held, "rescan")
    said = ada.post(
        page(held, "release"), {**asked, "reason": "x", "force": "on"}, follow=True
    ).content.decode()
    assert "Somebody has changed this since you were asked" in said
    assert now(held) == ("quarantined", INFECTED)


def test_a_release_without_a_reason_is_asked_for(held, ada):
    said = confirm(ada, held, "release", force="on").content.decode()
    assert "This field is required" in said
    assert now(held) == ("quarantined", INFECTED)


def test_chosen_ones_are_scanned_as_a_job(held, ada, monkeypatch, settings):
    monkeypatch.setattr("jobs.services.background.send_job", lambda _job: None)
    chosen = {"action": "rescan_selected", "_selected_action": [str(held.pk)]}
    job = ada.post(LIST, chosen)
    found = Job.objects.get()
    assert found.parameters["documents"] == [str(held.pk)]
    assert job["Location"] == reverse("admin:jobs_job_change", args=[found.pk])
    settings.CLAMAV_SOCKET = ""
    assert "No scanner is connected" in ada.post(LIST, chosen, follow=True).content.decode()


def test_providers_have_neither_page_nor_buttons(held, priya):
    assert LIST not in priya.get("/admin/").content.decode()
    assert priya.get(LIST).status_code == 403
    for way in ("change", "rescan", "release", "remove_bytes"):
        assert priya.get(page(held, way)).status_code == 403
        assert priya.post(page(held, way), {"reason": "x", "force": "on"}).status_code == 403
    shown = priya.get(f"/admin/documents/document/{held.pk}/change/", follow=True)
    assert INFECTED not in shown.content.decode()
    assert now(held) == ("quarantined", INFECTED)
    assert Document.objects.count() == 1


@pytest.mark.parametrize(("address", "said"), [("", ["documents.W001"]), ("/run/clamd.ctl", [])])
def test_a_check_before_deployment_says_that_nothing_is_scanned(settings, address, said):
    settings.CLAMAV_SOCKET = address
    found = run_checks(include_deployment_checks=True)
    assert [one.id for one in found if one.id.startswith("documents.")] == said
