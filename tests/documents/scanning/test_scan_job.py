"""Scanning again as a job: what could not be scanned comes in, what is infected is hidden."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import connection

from documents.job_kinds import scanning
from documents.models import Document
from documents.services.quarantine import release_quarantined
from documents.services.trash import trash_document
from documents.tasks import scan_unscannable, scan_unscannable_everywhere
from jobs.errors import JobParametersError
from jobs.models import Job, JobItem
from jobs.services.control import start_job
from jobs.services.running import run_job
from tests.conftest import member
from tests.documents.helpers import upload
from tests.documents.scanning.helpers import BAD, GOOD, INFECTED, now
from tests.documents.verify.helpers import overwrite


def command(*arguments):
    out, code = io.StringIO(), 0
    try:
        call_command("scan_documents", "--tenant", "alpha", "--json", *arguments, stdout=out)
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """No waits, and no threads, which would not see the test's own transaction."""
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.001)
    monkeypatch.setattr(scanning.ScanDocuments, "concurrency", 1)


def make(world, clamd, content, how="scan"):
    clamd.how = how
    document = upload(world, content, name="a.txt")
    clamd.how = "scan"
    return document


@pytest.fixture
def all_sorts(world, clamd, settings):
    """One of each: let in before there was a scanner, clean or not; held back for each reason."""
    address, settings.CLAMAV_SOCKET = settings.CLAMAV_SOCKET, ""
    found = {"old": make(world, clamd, GOOD), "old bad": make(world, clamd, BAD)}
    found["trashed"] = make(world, clamd, BAD)
    trash_document(membership=member("ada"), document=found["trashed"])
    settings.CLAMAV_SOCKET = address
    found["new"] = make(world, clamd, GOOD)
    found["infected"] = make(world, clamd, BAD)
    found["away"] = make(world, clamd, GOOD, "cut at the end")
    found["away, bad"] = make(world, clamd, BAD, "garbage")
    clamd.stream_max = 10
    found["large"] = make(world, clamd, GOOD)
    clamd.stream_max = 10**6
    clamd.seen.clear()
    return found


def states(found):
    return {name: now(document)[0] for name, document in found.items()}


BEFORE = {
    "old": "available",
    "old bad": "available",
    "trashed": "trashed",
    "new": "available",
    "infected": "quarantined",
    "away": "quarantined",
    "away, bad": "quarantined",
    "large": "quarantined",
}


def test_what_could_not_be_scanned_is(all_sorts, clamd):
    code, report = command()
    assert (code, report["codes"]) == (0, {"infected": 1, "released": 2})
    assert states(all_sorts) == {**BEFORE, "away": "available", "large": "available"}
    assert now(all_sorts["away, bad"])[1] == INFECTED
    assert len(clamd.streams) == 3  # and nothing else was looked at
    assert (report["report"]["in_quarantine"], report["report"]["not_scanned"]) == (2, 0)
    assert command()[1]["counts"]["total"] == 0


def test_all_hides_what_is_infected_at_once(all_sorts, clamd):
    code, report = command("--all")
    assert (code, report["codes"]) == (
        0,
        {"clean": 2, "infected": 2, "quarantined": 1, "released": 2},
    )
    after = {**BEFORE, "away": "available", "large": "available", "old bad": "quarantined"}
    assert states(all_sorts) == after
    assert now(all_sorts["old bad"]) == ("quarantined", INFECTED)
    assert command("--all")[1]["codes"] == {"clean": 4, "infected": 3}  # anew each time


def test_a_dry_run_changes_nothing(all_sorts):
    code, report = command("--all", "--dry-run")
    assert (code, report["codes"]["quarantined"], report["codes"]["released"]) == (0, 1, 2)
    assert states(all_sorts) == BEFORE


def test_the_job_says_with_which_signatures_it_looked(all_sorts):
    lines = []
    run_job(start_job(kind=scanning.KIND, parameters={}), say=lines.append, concurrency=1)
    assert "Scanner: ClamAV 1.4.6/27000/Sat Nov 21 09:00:00 2026" in lines


def test_a_scanner_that_is_away_interrupts_and_hides_nothing(all_sorts, settings, clamd):
    address, settings.CLAMAV_SOCKET = settings.CLAMAV_SOCKET, "/nowhere/clamd.ctl"
    code, report = command("--all")
    assert (code, report["state"], report["stop"]["code"]) == (
        1,
        "interrupted",
        "scanner_unavailable",
    )
    settings.CLAMAV_SOCKET = ""
    assert command()[1]["stop"]["code"] == "no_scanner"
    assert states(all_sorts) == BEFORE
    settings.CLAMAV_SOCKET = address
    assert command("--all")[0] == 0


def test_it_goes_away_in_between(all_sorts, clamd, monkeypatch):
    """After two files it answers nothing, to a ping neither: the run ends, and is gone on with."""
    look, looked = scanning.verdict_of, []

    def then_gone(document):
        if len(looked) == 2:
            clamd.how = "cut at once"
        looked.append(document)
        return look(document)

    monkeypatch.setattr(scanning, "verdict_of", then_gone)
    job = run_job(start_job(kind=scanning.KIND, parameters={"all": True}), concurrency=1)
    assert (job.state, job.stop_code, job.done) == ("interrupted", "scanner_unavailable", 2)
    clamd.how = "scan"
    monkeypatch.undo()
    again = run_job(start_job(kind=scanning.KIND, parameters={"all": True}), concurrency=1)
    assert (again.pk, again.state, again.done) == (job.pk, "succeeded", 7)


def test_a_file_that_is_never_scanned_fails_alone(all_sorts, clamd, monkeypatch):
    clamd.stream_max = len(GOOD) - 1
    code, report = command("--all")
    large = {"old", "new", "away", "large"}
    assert code == 1
    assert {one["code"] for one in report["failures"]} == {"too_large_to_scan"}
    assert all("StreamMaxLength" in one["remedy"] for one in report["failures"])
    assert {one["source_id"] for one in report["failures"]} == {
        str(document.pk)
        for name, document in all_sorts.items()
        if name in large or "bad" in name or name == "infected"
    }
    assert states(all_sorts) == BEFORE  # what people have is not taken from them by this
    assert now(all_sorts["infected"])[1] == INFECTED  # what was found is not forgotten
    assert report["gaps"] == []  # each is a failed item already


def test_what_waited_and_was_not_looked_at_is_a_gap(all_sorts, monkeypatch):
    left_out = all_sorts["away"]
    monkeypatch.setattr(
        scanning.ScanDocuments, "_wanted", lambda self: Document.objects.exclude(pk=left_out.pk)
    )
    code, report = command("--all")
    assert code == 1
    assert [(gap["source_id"], gap["code"]) for gap in report["gaps"]] == [
        (str(left_out.pk), "not_looked_at")
    ]


def test_a_damaged_document_is_named_and_not_released(all_sorts):
    overwrite(all_sorts["away"].s3_key, b"other", noted=all_sorts["away"].sha256)
    code, report = command()
    assert (code, report["failures"][0]["code"]) == (1, "hash_differs")
    assert now(all_sorts["away"]) == ("quarantined", "unscannable")


def test_what_an_administrator_has_accepted_stays(all_sorts, clamd):
    ada = member("ada")
    accepted = release_quarantined(
        membership=ada, document=all_sorts["infected"], reason="Ours", force=True
    )
    report = command("--all")[1]
    assert report["codes"]["accepted"] == 1
    assert now(accepted) == ("available", "")
    clamd.finds = {b"Blood": "Another-Signature"}
    command("--all")
    assert now(accepted) == ("quarantined", "infected: Another-Signature")


class Killed(BaseException):
    pass


@pytest.mark.parametrize("point", ["before the row", "after the row"])
def test_a_death_between_scan_and_row_is_done_again(all_sorts, monkeypatch, point):
    def die(document, verdict):
        if point == "after the row":
            real(document, verdict)
        raise Killed

    real = scanning.settle
    with monkeypatch.context() as patch:
        patch.setattr(scanning, "settle", die)
        with pytest.raises(Killed):
            run_job(start_job(kind=scanning.KIND, parameters={}), concurrency=1)
    job = run_job(start_job(kind=scanning.KIND, parameters={}), concurrency=1)
    assert (job.state, job.failed) == ("succeeded", 0)
    assert states(all_sorts) == {**BEFORE, "away": "available", "large": "available"}


def test_documents_of_the_other_clinic_are_none_of_ours(all_sorts, beta):
    pk = str(all_sorts["away"].pk)
    from django_tenants.utils import tenant_context

    with tenant_context(beta), pytest.raises(JobParametersError):
        start_job(kind=scanning.KIND, parameters={"documents": [pk]})
    with tenant_context(beta):
        job = run_job(start_job(kind=scanning.KIND, parameters={"all": True}), concurrency=1)
        assert job.total == 0
    assert states(all_sorts) == BEFORE


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"all": "yes"}, "all"),
        ({"some": 1}, "some"),
        ({"documents": []}, "documents"),
        ({"documents": ["x"]}, "documents"),
        ({"all": True, "documents": ["01931f6e-5f1a-7c3e-9d55-000000000000"]}, "documents"),
    ],
)
def test_wrong_parameters_are_named(world, parameters, field):
    with pytest.raises(JobParametersError) as refused:
        start_job(kind=scanning.KIND, parameters=parameters)
    assert refused.value.field == field


def test_beat_starts_it_where_something_waits_and_there_is_a_scanner(
    world, clamd, settings, monkeypatch
):
    sent = []
    monkeypatch.setattr("jobs.services.background.send_job", lambda job: sent.append(job.kind))
    monkeypatch.setattr(
        "documents.tasks.scan_unscannable.delay",
        lambda: (sent.append(connection.schema_name), scan_unscannable()),
    )
    make(world, clamd, BAD)
    scan_unscannable_everywhere()
    assert sent == []  # nothing waits for the scanner
    make(world, clamd, GOOD, "garbage")
    address, settings.CLAMAV_SOCKET = settings.CLAMAV_SOCKET, ""
    scan_unscannable_everywhere()
    assert sent == []
    settings.CLAMAV_SOCKET = address
    scan_unscannable_everywhere()
    assert sent == ["alpha", scanning.KIND]
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(state="paused")
    assert scan_unscannable() == str(job.pk)
    job.refresh_from_db()
    assert job.state == "paused"  # by somebody, who will know why


def test_a_broker_that_is_away_loses_nothing(world, clamd, monkeypatch):
    """Beat's message is lost, or sent twice: the next hour finds what waits, and does it once."""
    document = make(world, clamd, GOOD, "garbage")

    def lost(_job):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("jobs.services.background.send_job", lost)
        with pytest.raises(ConnectionError):
            scan_unscannable()
    monkeypatch.setattr("jobs.services.background.send_job", lambda job: None)
    assert scan_unscannable() == scan_unscannable()
    job = run_job(Job.objects.get(), concurrency=1)
    assert (job.state, JobItem.objects.count(), now(document)) == (
        "succeeded",
        1,
        ("available", ""),
    )
    assert Document.objects.count() == 1
