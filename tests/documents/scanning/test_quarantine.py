"""What administrators do with a quarantined document, and what nobody else can do to it."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.errors import NotPermittedError, ProblemError
from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document
from documents.scanning import Verdict
from documents.services import purging, quarantine
from documents.services.holds import hold_document, keep_document
from documents.services.purging import to_purge
from documents.services.quarantine import (
    delete_quarantined,
    quarantine_document,
    release_quarantined,
    rescan_document,
)
from documents.services.sweep import sweep_unfinished_uploads
from documents.services.trash import restore_document, trash_document
from documents.storage import StoreError, object_store
from documents.storage.filesystem import FileSystemObjectStore
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.helpers import assert_problem, objects, upload
from tests.documents.scanning.helpers import BAD, GOOD, INFECTED, bad, now, stored
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.documents.verify.conftest import use
from tests.documents.verify.helpers import compress, overwrite

LIST = "/api/v1/files/quarantine"


def url(document, way):
    return f"/api/v1/files/{document.pk}/{way}"


def post(client, document, way, **body):
    return client.post(url(document, way), body, content_type="application/json")


@pytest.fixture
def held(world, clamd):
    return bad(world)


@pytest.fixture
def unscanned(world, clamd):
    clamd.how = "garbage"
    document = upload(world, GOOD, name="good.txt")
    clamd.how = "scan"
    assert now(document) == ("quarantined", "unscannable")
    return document


@pytest.mark.parametrize("where", ["folder", "moto", "rclone"])
def test_the_whole_way_in_each_store(where, request, settings, world, clamd, ada):
    use(request, settings, where)
    known, other = bad(world), bad(world)
    assert {one["id"] for one in ada.get(LIST).json()["results"]} == {str(known.pk), str(other.pk)}
    assert post(ada, known, "rescan").json()["state_reason"] == INFECTED
    clamd.finds = {}  # new signatures: it was nothing
    said = post(ada, known, "rescan").json()
    assert (said["state"], said["state_reason"]) == ("available", "")
    assert ada.get(url(known, "download")).status_code == (200 if where == "folder" else 302)
    assert stored(known) == BAD
    assert ada.delete(url(other, "quarantine")).status_code == 204
    assert now(other) == ("purged", "quarantine")
    assert not object_store().exists(other.s3_key)
    assert ada.get(LIST).json()["results"] == []


# --- Scan again ----------------------------------------------------------------------------------


def test_what_could_not_be_scanned_is_let_in_when_it_can(unscanned, ada):
    assert post(ada, unscanned, "rescan").json()["state"] == "available"
    unscanned.refresh_from_db()
    assert (unscanned.released_by_id, unscanned.release_reason) == (None, quarantine.FOUND_CLEAN)
    assert unscanned.scanned_at == unscanned.released_at or unscanned.released_at


def test_what_is_found_now_replaces_what_was_not(world, clamd, ada):
    clamd.how = "cut at the end"
    document = upload(world, BAD, name="bad.txt")
    assert now(document) == ("quarantined", "unscannable")
    clamd.how = "scan"
    assert post(ada, document, "rescan").json()["state_reason"] == INFECTED


@pytest.mark.parametrize("noted", ["as stored", "as replaced"])
def test_other_bytes_than_the_documents_are_never_called_clean(unscanned, ada, noted):
    other = b"Other bytes, clean.\n"
    overwrite(unscanned.s3_key, other, noted=unscanned.sha256)
    for way, body in (("rescan", {}), ("quarantine/release", {"reason": "x"})):
        assert_problem(post(ada, unscanned, way, **body), 409, "hash_differs")
    assert now(unscanned) == ("quarantined", "unscannable")


def test_compressed_bytes_are_scanned_as_people_get_them(held, ada, clamd):
    compress(held, BAD)
    assert post(ada, held, "rescan").json()["state_reason"] == INFECTED
    clamd.finds = {}
    assert post(ada, held, "rescan").json()["state"] == "available"


@pytest.mark.logs_errors  # a 503 is one
def test_bytes_that_cannot_be_read_are_said(unscanned, ada):
    object_store().remove(unscanned.s3_key)
    assert_problem(post(ada, unscanned, "rescan"), 503, "store_unavailable")
    assert now(unscanned) == ("quarantined", "unscannable")


def test_without_a_scanner_only_force_releases(unscanned, ada, settings):
    settings.CLAMAV_SOCKET = ""
    assert_problem(post(ada, unscanned, "rescan"), 409, "no_scanner")
    refused = post(ada, unscanned, "quarantine/release", reason="I know it")
    assert_problem(refused, 409, "no_scanner")
    said = post(ada, unscanned, "quarantine/release", reason="I know it", force=True).json()
    assert said["state"] == "available"


# --- Release -------------------------------------------------------------------------------------


def test_it_is_scanned_before_it_is_released(held, unscanned, ada):
    answer = post(ada, held, "quarantine/release", reason="A test file")
    assert INFECTED in assert_problem(answer, 409, "not_clean")["detail"]
    assert now(held) == ("quarantined", INFECTED)
    released = post(ada, unscanned, "quarantine/release", reason=" The scanner was away ")
    assert released.json()["state"] == "available"
    unscanned.refresh_from_db()
    assert unscanned.released_by_id == member("ada").user_id
    assert (unscanned.release_reason, unscanned.accepted_finding) == ("The scanner was away", "")


def test_force_is_noted_with_what_was_found(held, ada):
    answer = post(ada, held, "quarantine/release", reason="Our own test", force=True)
    assert (answer.status_code, answer.json()["state"]) == (200, "available")
    held.refresh_from_db()
    assert (held.accepted_finding, held.release_reason) == (INFECTED, "Our own test")
    assert held.released_by_id == member("ada").user_id
    events = held.events.order_by("pgh_id").values_list("state", "state_reason", "release_reason")
    assert list(dict.fromkeys(events)) == [
        ("pending", INFECTED, ""),
        ("quarantined", INFECTED, ""),
        ("available", "", "Our own test"),
    ]
    assert trash_document(membership=member("ada"), document=held).state == "trashed"
    assert restore_document(membership=member("ada"), document=held).state == "available"


@pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x" * 301}, {"force": True}])
def test_a_release_without_a_reason_names_the_field(held, ada, body):
    answer = post(ada, held, "quarantine/release", **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "reason")
    assert now(held) == ("quarantined", INFECTED)


def test_the_release_from_a_hold_is_another_one(held, ada):
    hold_document(membership=member("ada"), document=held, reason="Evidence")
    assert post(ada, held, "release", reason="Settled").json()["state"] == "quarantined"


# --- Delete --------------------------------------------------------------------------------------


def test_what_is_held_or_kept_is_not_deleted(held, ada):
    hold_document(membership=member("ada"), document=held, reason="Evidence")
    assert_problem(ada.delete(url(held, "quarantine")), 409, "legal_hold")
    with pytest.raises(InternalError), transaction.atomic():
        Document.objects.filter(pk=held.pk).update(state="purging")
    post(ada, held, "release", reason="Settled")
    tomorrow = timezone.now().date() + timedelta(days=1)
    keep_document(membership=member("ada"), document=held, until=tomorrow)
    assert (
        str(tomorrow) in assert_problem(ada.delete(url(held, "quarantine")), 409, "kept")["detail"]
    )
    assert stored(held) == BAD


def test_what_people_have_had_is_kept_as_long_as_any_record(held, ada, clamd):
    clamd.finds = {}
    rescan_document(membership=member("ada"), document=held)
    assert quarantine_document(held, Verdict(INFECTED))
    assert_problem(ada.delete(url(held, "quarantine")), 409, "kept")
    long_ago = timezone.now() - timedelta(days=8 * 365)
    Document.objects.filter(pk=held.pk).update(uploaded_at=long_ago)
    assert ada.delete(url(held, "quarantine")).status_code == 204


POINTS = {
    "after the row": (FileSystemObjectStore, "remove", 1),
    "in the middle of the bytes": (FileSystemObjectStore, "_prune", 0),
    "before the receipt": (purging, "object_store", 0),
}


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


class Dying:
    def remove(self, key):
        object_store().remove(key)
        raise Killed


def die(*_, **__):
    raise Killed


@pytest.mark.parametrize(("place", "what", "left"), POINTS.values(), ids=POINTS)
def test_a_death_while_it_is_deleted_is_gone_on_with(held, place, what, left, monkeypatch):
    ada = member("ada")
    with monkeypatch.context() as patch:
        patch.setattr(place, what, Dying if what == "object_store" else die)
        with pytest.raises(Killed):
            delete_quarantined(membership=ada, document=held)
    assert (now(held), len(objects())) == (("purging", "quarantine"), left)
    assert sweep_unfinished_uploads(older_than=timedelta(0)) == 0  # that is the purge's business
    for service in (rescan_document, delete_quarantined):
        with pytest.raises(ProblemError):
            service(membership=ada, document=held)
    assert [one.pk for one in to_purge()] == [held.pk]
    call_command("purge_trash", "--tenant", "alpha", "--apply")
    assert (now(held), objects()) == (("purged", "quarantine"), set())


def test_a_store_that_is_away_is_said_and_tried_again(held, monkeypatch):
    def away(*_):
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        with pytest.raises(StoreUnavailableError):
            delete_quarantined(membership=member("ada"), document=held)
    assert (now(held), len(objects())) == (("purging", "quarantine"), 1)
    call_command("purge_trash", "--tenant", "alpha", "--apply")
    assert (now(held), objects()) == (("purged", "quarantine"), set())


# --- Two at once, and who may not ----------------------------------------------------------------


def meanwhile(monkeypatch, do):
    """Let somebody be faster while the scanner is asked."""
    scan = quarantine.scan

    def slow(chunks):
        verdict = scan(chunks)
        do()
        return verdict

    monkeypatch.setattr(quarantine, "scan", slow)


@pytest.mark.parametrize("service", [rescan_document, release_quarantined])
def test_what_was_deleted_while_it_was_scanned_stays_deleted(held, clamd, monkeypatch, service):
    ada = member("ada")
    clamd.finds = {}
    meanwhile(monkeypatch, lambda: delete_quarantined(membership=ada, document=held))
    more = {"reason": "x"} if service is release_quarantined else {}
    with pytest.raises(DocumentStateError):
        service(membership=ada, document=held, **more)
    assert (now(held), objects()) == (("purged", "quarantine"), set())


def test_of_two_scans_the_one_that_found_something_wins(held, clamd, monkeypatch):
    ada = member("ada")
    Document.objects.filter(pk=held.pk).update(state_reason="unscannable")

    def cleared():
        monkeypatch.undo()
        quarantine.settle(held, Verdict())

    meanwhile(monkeypatch, cleared)
    assert rescan_document(membership=ada, document=held).state == "quarantined"
    assert now(held) == ("quarantined", INFECTED)


def test_a_release_by_force_stands_against_a_scan_that_finds_the_same(held, monkeypatch):
    ada = member("ada")

    def forced():
        monkeypatch.undo()
        release_quarantined(membership=ada, document=held, reason="Ours", force=True)

    meanwhile(monkeypatch, forced)
    with pytest.raises(DocumentStateError):
        rescan_document(membership=ada, document=held)
    assert now(held) == ("available", "")


def test_two_who_delete_and_release_at_once_end_in_one_of_both(committed, settings, clamd):
    together, found = threading.Barrier(2), []
    with tenant_context(committed):
        documents = [bad(make_world()) for _ in range(6)]
        ada = member("ada")

        def one(service, **more):
            try:
                with tenant_context(committed):
                    together.wait()
                    for document in documents:
                        try:
                            service(membership=ada, document=document, **more)
                            found.append(document.pk)
                        except DocumentStateError:
                            pass
            finally:
                connection.close()

        threads = [
            threading.Thread(target=one, args=(delete_quarantined,)),
            threading.Thread(
                target=one, args=(release_quarantined,), kwargs={"reason": "x", "force": True}
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == sorted(one.pk for one in documents)  # each once
        kept = {one.s3_key for one in Document.objects.filter(state="available")}
        assert objects() == kept
        assert Document.objects.filter(state="purged").count() == len(documents) - len(kept)


def test_services_ask_for_themselves_who_may(held):
    for name in ("priya", "pat", "dev", "rex"):
        for service, more in (
            (rescan_document, {}),
            (release_quarantined, {"reason": "x"}),
            (release_quarantined, {"reason": "x", "force": True}),
            (delete_quarantined, {}),
        ):
            with pytest.raises(NotPermittedError):
                service(membership=member(name), document=held, **more)
    with pytest.raises(ProblemError):
        release_quarantined(membership=member("ada"), document=held, reason="", force=True)
    assert now(held) == ("quarantined", INFECTED)


def test_what_is_not_quarantined_is_unknown_here(world, clamd, ada):
    document = upload(world, GOOD, name="good.txt")
    for answer in (
        post(ada, document, "rescan"),
        post(ada, document, "quarantine/release", reason="x", force=True),
        ada.delete(url(document, "quarantine")),
    ):
        assert_problem(answer, 404, "not_found")
    assert now(document) == ("available", "")
