"""Jobs over HTTP and in the admin: what each role sees of them, and the wishes they may have."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jobs.models import Job, JobItem
from jobs.services.control import note, start_job
from jobs.services.running import run_job
from tests.conftest import member
from tests.jobs import kinds  # noqa: F401  registers them

URL = "/api/v1/jobs"


@pytest.fixture
def job(in_alpha):
    """Three made, two failed; one of those named as a spreadsheet would run it."""
    faults = {"1": "permanent:9", "3": "permanent:9"}
    found = start_job(kind="make_companies", parameters={"number": 5, "faults": faults})
    run_job(found, concurrency=1)
    JobItem.objects.filter(job=found, source_id="c3").update(source_id="=cmd|'x'!A1")
    note(found, "Somebody looked")
    found.refresh_from_db()
    return found


def test_administrators_see_all_of_it(job, client_of):
    body = client_of("ada").get(f"{URL}/{job.pk}").json()
    assert body["counts"] == {"total": 5, "done": 3, "skipped": 0, "failed": 2}
    assert body["codes"] == {"made": 3, "bad_company": 2}
    assert (body["kind"], body["state"], body["phase"], body["gaps"], body["stop_code"]) == (
        "make_companies",
        "failed",
        "over",
        0,
        "items_failed",
    )
    rows = client_of("ada").get(f"{URL}/{job.pk}/failures").json()["results"]
    assert [(row["source_id"], row["code"], row["detail"], row["remedy"]) for row in rows] == [
        ("c1", "bad_company", "It is bad.", "Mend it."),
        ("=cmd|'x'!A1", "bad_company", "It is bad.", "Mend it."),
    ]
    lines = client_of("ada").get(f"{URL}/{job.pk}/events").json()["results"]
    assert [line["text"] for line in lines] == [
        "Failed. 2 items failed; each has its reason.",
        "Somebody looked",
    ]


def test_developers_see_reasons_without_what_the_source_says(job, client_of):
    dev = client_of("dev")
    assert dev.get(f"{URL}/{job.pk}").json()["counts"]["failed"] == 2
    rows = dev.get(f"{URL}/{job.pk}/failures").json()["results"]
    assert [(row["source_id"], row["code"], row["detail"]) for row in rows] == [
        ("", "bad_company", ""),
        ("", "bad_company", ""),
    ]


def test_lists_are_filtered_paged_and_cost_the_same(job, client_of):
    others = [Job.objects.create(kind="rollback", dry_run=True, state="paused") for _ in range(3)]
    ada = client_of("ada")

    def ids(query):
        return [row["id"] for row in ada.get(f"{URL}?{query}").json()["results"]]

    newest = [str(one.pk) for one in reversed(others)]
    assert ids("") == [*newest, str(job.pk)]
    assert ids("kind=make_companies") == [str(job.pk)]
    assert ids("state=paused&state=failed&dry_run=true") == newest
    assert ids("page_size=2") == newest[:2]
    refused = ada.get(f"{URL}?state=asleep")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "state")
    with CaptureQueriesContext(connection) as one:
        ada.get(f"{URL}?page_size=1")
    with CaptureQueriesContext(connection) as four:
        ada.get(f"{URL}?page_size=4")
    assert len(one) == len(four) <= 6


def test_wishes_over_http(in_alpha, client_of, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr("jobs.tasks.advance_job.apply_async", lambda args, **o: sent.append(args))
    job = start_job(kind="make_companies", parameters={"number": 5}, background=True)
    ada, at = client_of("ada"), f"{URL}/{job.pk}"
    assert ada.post(f"{at}/pause").json()["state"] == "paused"
    assert ada.post(f"{at}/pause").json()["code"] == "job_state"
    with django_capture_on_commit_callbacks(execute=True):
        assert ada.post(f"{at}/resume").json()["state"] == "running"
    assert sent == [(str(job.pk), 0)]
    assert ada.post(f"{at}/cancel").json()["state"] == "cancelling"
    run = ada.post(f"{at}/resume")
    assert (run.status_code, run.json()["detail"]) == (
        409,
        "A job that is cancelling cannot be resumed.",
    )


def test_the_file_of_failures_runs_nothing_in_a_spreadsheet(job, client_of):
    ada = client_of("ada")
    answer = ada.get(reverse("admin:jobs_job_download_failures", args=[job.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        ["source_id", "code", "detail", "remedy", "attempts"],
        ["c1", "bad_company", "It is bad.", "Mend it.", "1"],
        ["'=cmd|'x'!A1", "bad_company", "It is bad.", "Mend it.", "1"],
    ]
    assert "no-store" in answer["Cache-Control"]


def test_the_admin_shows_it_and_asks_before_it_acts(job, client_of, monkeypatch):
    monkeypatch.setattr("jobs.tasks.advance_job.apply_async", lambda *a, **o: None)
    ada, page = client_of("ada"), reverse("admin:jobs_job_change", args=[job.pk])
    shown = ada.get(page).content.decode()
    for words in (
        "Make companies",
        "5 of 5",
        "Finished</span>, 2 failed",
        "It is bad.",
        "Somebody looked",
    ):
        assert words in shown
    assert "=cmd|&#x27;x&#x27;!A1" in shown
    assert "Resume" in shown
    assert ">Pause<" not in shown  # it rests
    resume = reverse("admin:jobs_job_resume", args=[job.pk])
    question = ada.get(resume)
    assert "Resume this job?" in question.content.decode()
    job.refresh_from_db()
    assert job.state == "failed"
    ada.post(resume, {"_seen": question.context["seen"]})
    job.refresh_from_db()
    assert (job.state, job.background, job.failed) == ("running", True, 0)
    for name in ("pause", "resume", "cancel", "download_failures"):
        refused = client_of("priya").post(reverse(f"admin:jobs_job_{name}", args=[job.pk]))
        assert refused.status_code == 403
    assert not member("priya").may("jobs.view")
