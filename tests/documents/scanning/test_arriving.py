"""Whatever comes in is scanned once; what is not clean is kept, and seen by nobody."""

import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from documents.errors import TooManyDocumentsError
from documents.models import Document
from documents.registry import policy_for_slug
from documents.services import preparing, upload as module
from documents.services.counting import count_documents
from documents.services.importing import Incoming, import_documents, take_back_document
from documents.services.sweep import sweep_unfinished_uploads
from documents.services.upload import NewDocument
from documents.storage.filesystem import FileSystemObjectStore
from jobs.errors import ItemError
from jobs.models import JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from medical_records.errors import ReportNotStoredError
from medical_records.services.at_reports import (
    create_at_report,
    finalize_at_report,
    missing_reports,
    store_report,
)
from tests.conftest import member
from tests.documents.helpers import assert_problem, objects, row, send, sha, upload
from tests.documents.import_kind import AttachLetters, AttachLettersTogether
from tests.documents.scanning.helpers import BAD, GOOD, INFECTED, bad, now, stored
from tests.forms import form_of


def test_what_is_clean_comes_in_as_ever(world, clamd):
    before = timezone.now()
    document = upload(world, GOOD, name="good.txt")
    assert clamd.streams == [len(GOOD)]
    assert now(document) == ("available", "")
    document.refresh_from_db()
    assert before <= document.scanned_at <= document.uploaded_at


def test_without_a_scanner_nothing_is_held_back_nor_called_scanned(world, settings):
    settings.CLAMAV_SOCKET = ""
    document = upload(world, BAD, name="bad.txt")
    document.refresh_from_db()
    assert (document.state, document.scanned_at) == ("available", None)


def test_what_is_infected_is_kept_and_nobody_gets_it(world, priya, ada, clamd):
    answer = send(priya, world.files, BAD, name="bad.txt", declared="text/plain")
    said = answer.json()
    assert (answer.status_code, said["state"], said["state_reason"]) == (
        201,
        "quarantined",
        INFECTED,
    )
    document = Document.objects.get()
    assert stored(document) == BAD  # nothing is lost
    assert (document.sha256, document.uploaded_at is not None) == (sha(BAD), True)

    one = f"/api/v1/files/{document.pk}"
    for client in (priya, ada):
        for address in (world.files, "/api/v1/files", "/api/v1/files/trash"):
            assert client.get(address).json()["results"] == []
        assert_problem(client.get(one), 404, "not_found")
        assert_problem(client.get(f"{one}/download"), 404, "not_found")
        assert_problem(client.delete(one), 404, "not_found")
        assert_problem(client.post(f"{one}/restore"), 404, "not_found")
        for wanted in ({"ids": [str(document.pk)]}, {"patient": str(world.amal.pk)}):
            found = client.post("/api/v1/files/archive", wanted, content_type="application/json")
            assert found.status_code in {404, 422}
        page = client.get("/admin/documents/document/")
        assert "bad.txt" not in page.content.decode()
        thumbnail = reverse("admin:documents_document_thumbnail", args=[document.pk])
        assert client.get(thumbnail).status_code == 404
        assert client.get("/api/v1/dashboard").json()["documents"] == 0
    policy = policy_for_slug("lab-results")
    counts = count_documents(member("ada"), {policy: [world.blood.pk]})
    assert counts == {"lab-results": {str(world.blood.pk): 0}}


@pytest.mark.parametrize("how", ["cut in the middle", "cut at the end", "garbage", "cut at once"])
def test_what_was_not_scanned_to_the_end_is_held_back(world, clamd, how):
    clamd.how = how
    assert now(upload(world, GOOD, name="good.txt")) == ("quarantined", "unscannable")


def test_what_the_scanner_does_not_take_is_held_back(world, clamd):
    clamd.stream_max = 10
    document = upload(world, GOOD, name="good.txt")
    assert now(document) == ("quarantined", "too_large_to_scan")
    assert stored(document) == GOOD


def test_a_scanner_that_is_away_holds_back_and_refuses_nothing(world, priya, settings):
    settings.CLAMAV_SOCKET = "/nowhere/clamd.ctl"
    answer = send(priya, world.files)
    assert (answer.status_code, answer.json()["state_reason"]) == (201, "unscannable")


def test_who_comes_by_without_a_scan_is_held_back(world, clamd, monkeypatch):
    """A way in that forgets to hand on the verdict fails closed."""
    monkeypatch.setattr(preparing, "note_scan", lambda *_: None)
    assert now(upload(world, GOOD, name="good.txt")) == ("quarantined", "unscannable")


def test_a_quarantined_document_takes_a_place(world, clamd):
    limit = policy_for_slug("lab-results").max_files
    for _ in range(limit - 1):
        row(world)
    bad(world)
    with pytest.raises(TooManyDocumentsError):
        upload(world, GOOD, name="good.txt")


def test_what_is_refused_is_not_scanned(world, priya, clamd):
    assert_problem(send(priya, world.files, b"", name="a.txt"), 400, "empty", "file")
    assert clamd.seen == []


class Killed(BaseException):
    pass


def die(*_, **__):
    raise Killed


def after(function):
    def both(*args, **kwargs):
        function(*args, **kwargs)
        raise Killed

    return both


POINTS = {
    "while it is scanned": ("documents.services.arrival.scan", die, [], 0),
    "after the announcement": (module, "announce", ["pending"], 0),
    "after the bytes": (module, "store_bytes", ["pending"], 1),
    "after it is hidden": (module, "show", ["quarantined"], 1),
}


@pytest.mark.parametrize(("place", "what", "rows", "kept"), POINTS.values(), ids=POINTS)
def test_a_death_on_the_way_into_the_quarantine(place, what, rows, kept, world, clamd, monkeypatch):
    with monkeypatch.context() as patch:
        if isinstance(place, str):
            patch.setattr(place, what)
        else:
            patch.setattr(place, what, after(getattr(place, what)))
        with pytest.raises(Killed):
            upload(world, BAD, name="bad.txt")
    assert list(Document.objects.values_list("state", flat=True)) == rows
    assert len(objects()) == kept
    done = "quarantined" in rows
    assert sweep_unfinished_uploads(older_than=timedelta(0)) == (0 if done else len(rows))
    assert len(objects()) == (1 if done else 0)
    assert not Document.objects.filter(state="available").exists()


# --- Imports -------------------------------------------------------------------------------------


def letters(world, kind, **more):
    contents = {"1": BAD.decode()}
    parameters = {"number": 3, "patient": str(world.amal.pk), "content": contents, **more}
    return run_job(start_job(kind=kind, parameters=parameters), concurrency=1)


def incoming(world, name, content):
    return Incoming(
        source_id=name,
        policy=policy_for_slug("patients"),
        owner=world.amal,
        new=NewDocument(content=io.BytesIO(content), filename="a.txt", size=len(content)),
    )


@pytest.mark.parametrize("kind", [AttachLetters.name, AttachLettersTogether.name])
def test_imports_hold_back_count_and_do_not_double(world, clamd, kind):
    job = letters(world, kind)
    assert (job.state, job.failed, job.counts) == (
        "succeeded",
        0,
        {"imported": 2, "quarantined": 1},
    )
    (held,) = Document.objects.filter(state="quarantined")
    assert (held.source_id, held.state_reason, stored(held)) == ("letter/1", INFECTED, BAD)
    assert SourceLink.objects.get(source_id="letter/1").target_id == held.pk
    again = letters(world, kind)
    assert (again.state, again.skipped, again.done) == ("succeeded", 3, 0)
    assert Document.objects.count() == 3
    assert len(clamd.streams) == 3  # what is here is not scanned again


def test_a_chunk_with_all_kinds_in_it(world, clamd):
    """Clean, infected and refused ones of one transaction each keep their own."""
    kind = AttachLetters(start_job(kind=AttachLetters.name, parameters={}))
    contents = [GOOD, BAD, b"", GOOD, BAD]
    results = import_documents(
        kind, [incoming(world, f"n/{n}", content) for n, content in enumerate(contents)]
    )
    found = [one.code if isinstance(one, ItemError) else now(one[0]) for one in results]
    fine, held = ("available", ""), ("quarantined", INFECTED)
    assert found == [fine, held, "empty", fine, held]
    assert [one[0].state for one in results if not isinstance(one, ItemError)] == [
        *("available", "quarantined", "available", "quarantined")
    ]


def test_a_dry_run_says_what_would_be_held_back(world, clamd):
    job = start_job(
        kind=AttachLetters.name,
        parameters={"number": 2, "patient": str(world.amal.pk), "content": {"1": BAD.decode()}},
        dry_run=True,
    )
    assert run_job(job, concurrency=1).counts == {"imported": 1, "quarantined": 1}
    assert not Document.objects.exists()


def test_what_an_import_made_and_staff_deleted_does_not_come_again(world, clamd):
    from documents.services.quarantine import delete_quarantined

    letters(world, AttachLetters.name)
    delete_quarantined(membership=member("ada"), document=Document.objects.get(state="quarantined"))
    again = letters(world, AttachLetters.name)
    assert JobItem.objects.get(job=again, state="failed").code == "removed_here"


def test_taking_an_import_back_does_not_let_anybody_see_it(world, clamd):
    letters(world, AttachLetters.name)
    held = Document.objects.get(state="quarantined")
    take_back_document(held)
    held.refresh_from_db()
    assert (held.state, held.source, stored(held)) == ("quarantined", "", BAD)


# --- What the system makes, and the admin --------------------------------------------------------


def test_a_report_that_was_not_scanned_comes_when_it_is(world, clamd):
    ada = member("ada")
    clamd.how = "garbage"
    report = create_at_report(
        membership=ada, patient=world.amal, assessed_on=date(2026, 11, 2), findings="Walks."
    )
    report = finalize_at_report(membership=ada, report=report)
    with pytest.raises(ReportNotStoredError, match="The scanner did not let"):
        store_report(report)
    assert Document.objects.count() <= 1
    with pytest.raises(ReportNotStoredError, match="The scanner did not let"):
        store_report(report)
    clamd.how = "scan"
    job = run_job(start_job(kind="documents_scan", parameters={}), concurrency=1)
    assert (job.state, job.counts) == ("succeeded", {"released": 1})
    assert store_report(report).state == "available"
    assert not list(missing_reports())


def test_the_admin_says_that_a_file_was_held_back(world, priya, clamd, monkeypatch):
    page = reverse("admin:medical_records_labresult_change", args=[world.blood.pk])
    sent = form_of(priya.get(page))
    name = "documents-document-content_type-object_id-0-files"
    file = io.BytesIO(BAD)
    file.name = "bad.txt"
    with monkeypatch.context() as patch:  # the test's own transaction is never committed
        patch.setattr("documents.inlines.transaction.on_commit", lambda do: do())
        answer = priya.post(page, {**sent, name: file})
    assert answer.status_code == 302, answer.content
    assert now(Document.objects.get()) == ("quarantined", INFECTED)
    shown = priya.get(answer["Location"]).content.decode()
    assert "bad.txt: It is in the quarantine (infected: Eicar-Test-Signature)." in shown


def test_a_store_that_fails_leaves_nothing_in_the_quarantine(world, clamd, monkeypatch):
    from documents.errors import StoreUnavailableError
    from documents.storage import StoreError

    def away(*_, **__):
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        with pytest.raises(StoreUnavailableError):
            upload(world, BAD, name="bad.txt")
    document = Document.objects.get()
    assert (document.state, document.state_reason) == ("rejected", "store_unavailable")
