"""Threads and jobs at once, with real commits: one session, and each file once."""

import datetime as dt
import itertools
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import tenant_context

from documents.models import Document, ImageBatch
from filemaker.job_kinds import FileMakerImport
from filemaker.models import FileMakerRecord
from filemaker.services.batches import keep_batches, new_batch
from jobs.models import Job, SourceLink
from jobs.services.running import run_job
from patients.models import Patient
from tests.filemaker.helpers import assert_all_here, available, codes, made, make_patients, run

TABLES = "jobs_job, jobs_jobitem, jobs_jobevent, jobs_sourcelink, filemaker_filemakerrecord"


@pytest.fixture(autouse=True)
def clinic(committed, fm, monkeypatch):
    monkeypatch.setattr("filemaker.client.FIRST_WAIT", 0.0001)
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.01)
    monkeypatch.setattr(FileMakerImport, "chunk", 2)
    with tenant_context(committed):
        cache.clear()
        make_patients(fm)
        yield committed
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLES} CASCADE")


def in_thread(account, task, *arguments):
    """Run a task with a connection of its own; what it raises is kept."""
    found = []

    def body():
        try:
            with tenant_context(account):
                found.append(task(*arguments))
        except Exception as error:  # noqa: BLE001  shown by the test
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    return thread, found


@pytest.mark.parametrize("area", ["documents", "images"])
def test_many_threads_share_one_session_and_bring_in_each_file_once(fm, area):
    meeting, turns = threading.Barrier(3), itertools.count()

    def meet():  # the first three pass only when three threads download at the same time
        if next(turns) < 3:
            meeting.wait(60)

    fm.before_stream = meet
    fm.habits.session_calls = 11
    fm.faults.stream_refused, fm.faults.truncated = 9, 5
    job = run(area, concurrency=6)
    assert (job.state, job.failed) == ("succeeded", 0)
    assert_all_here(fm, area)
    assert len(fm.sessions) == 0
    assert (next(turns) >= 3, meeting.broken) == (True, False)


def test_two_jobs_over_the_same_records_double_nothing(fm, clinic):
    jobs = [made(), made(rate=90)]
    assert jobs[0].pk != jobs[1].pk
    running = [in_thread(clinic, lambda job: run_job(job, concurrency=2), job) for job in jobs]
    for thread, _ in running:
        thread.join()
    ends = [found[0] for _, found in running]
    assert [job.state for job in ends] == ["succeeded", "succeeded"], ends
    assert_all_here(fm)
    assert sum(codes(job).get("imported", 0) for job in ends) == 20
    assert Document.objects.filter(state="available").count() == 20
    assert FileMakerRecord.objects.filter(state="imported").count() == 20


def test_one_job_is_run_by_one_process_at_a_time(fm, clinic):
    job = made()
    running = [
        in_thread(clinic, lambda: run_job(Job.objects.get(pk=job.pk), concurrency=1))
        for _ in range(2)
    ]
    for thread, _ in running:
        thread.join()
    assert_all_here(fm)
    assert SourceLink.objects.count() == 20
    assert Job.objects.get().state == "succeeded"


def test_pictures_of_one_day_that_come_at_once_get_one_batch(fm, clinic):
    for row in fm.pictures:
        row.fields |= {"date": "03/04/2019", "id_Contact": fm.contacts[0]}
    assert run("images", concurrency=6).state == "succeeded"
    assert ImageBatch.objects.count() == 1
    assert {one.batch_id for one in available().values()} == {ImageBatch.objects.get().pk}


def test_a_batch_is_kept_once_by_whoever_asks_at_once(clinic):
    patient = Patient.objects.first()
    together = threading.Barrier(6)

    def ask():
        together.wait()
        (kept,) = keep_batches([new_batch(patient, dt.date(2020, 1, 2))]).values()
        return kept.pk

    running = [in_thread(clinic, ask) for _ in range(6)]
    for thread, _ in running:
        thread.join()
    assert len({found[0] for _, found in running}) == 1
    assert ImageBatch.objects.count() == 1
