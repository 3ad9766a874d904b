"""Processes that die anywhere, and two at once: nothing is lost, nothing is there twice."""

import os
import random
import signal
import threading
import time
import traceback

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.models import Document
from documents.services import importing, storing
from documents.services.sweep import sweep_unfinished_uploads
from jobs.models import Job, JobItem
from jobs.services import working
from jobs.services.running import run_job
from legacy.models import OldRow
from legacy.services import filing, moving
from medical_records.models import LabResult
from patients.models import Patient
from tests.documents.helpers import objects, temporary
from tests.legacy.helpers import assert_moved, codes, documents, links, made, move
from tests.legacy.old_system import build

POINTS = (
    (moving, "store"),
    (moving.Mover, "keep_row"),
    (importing, "announce_imported"),
    (importing, "put_behind"),
    (storing, "put_bytes"),
    (importing, "show_all"),
    (filing, "import_documents"),
    (filing.Filer, "_note_twins"),
    (working.ledger, "finish_item"),
    (working.ledger, "close_items"),
)


@pytest.fixture
def short_chunks(monkeypatch):
    monkeypatch.setattr("legacy.job_kinds.LegacyLabResultFiles.chunk", 5)


def forked(task):
    """Run something in a process of its own; return its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        leaked = connection.connection  # the parent's: to close it here would end it there
        connection.connection = None
        account = Account.objects.get(schema_name="alpha")
        with tenant_context(account):
            code = task()
        connection.close()
        assert leaked is not None
        os._exit(code)
    except BaseException:  # noqa: BLE001  a fork must not go on with the tests
        traceback.print_exc()
        os._exit(70)


def ended(pid):
    """Wait for a process, and for its server to notice that it is gone; return its exit code."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    until = time.monotonic() + 30
    while others_locks():
        assert time.monotonic() < until, "a server holds on to the locks of a dead process"
        time.sleep(0.002)
    return code


def others_locks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def run(job):
    done = run_job(Job.objects.get(pk=job.pk), concurrency=1)
    return 0 if done.state == "succeeded" else 1


def dying(job, rng):
    """Run a job in a process that is killed before or after its n-th step of any sort."""
    steps, after = rng.randint(1, 25), rng.random() < 0.5

    def task():
        left = [steps]
        for place, name in POINTS:
            setattr(place, name, _counting(getattr(place, name), left, after=after))
        return run(job)

    return ended(forked(task))


def _counting(function, left, *, after):
    def counted(*args, **kwargs):
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return counted


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_again_and_again_it_ends_with_everything_once(committed, tmp_path, seed):
    rng = random.Random(seed)
    clinic = build(tmp_path / "old", seed=seed, newer=True)
    before = clinic.fingerprint()
    job = made(clinic)
    ways = []
    while 0 not in ways and len(ways) < 100:
        ways.append(dying(job, rng))
        # A worker that is killed has had its try; after five an item is given up. Here it is the
        # test that kills so often, so the tries are given back.
        JobItem.objects.filter(job=job).update(attempts=0)
    assert set(ways) == {0, -signal.SIGKILL}
    assert len(ways) > 3
    assert_moved(clinic)
    assert Patient.objects.count() == len(clinic.patients)
    assert LabResult.objects.count() == len(clinic.records["lab_results"])
    job.refresh_from_db()
    assert (job.state, job.failed, job.report["gaps"]) == ("succeeded", 0, [])
    assert job.done + job.skipped == job.total
    older = [one for one in clinic.files if one.record_table == "lab_results"]
    for one in older:
        assert links()[f"lab_result_files:{one.id}"].target_id == documents()[one.source_id].pk
    sweep_unfinished_uploads(older_than=-one_hour())
    assert len(objects()) == len(clinic.files)
    assert temporary() == []
    assert clinic.fingerprint() == before


def one_hour():
    from datetime import timedelta

    return timedelta(hours=1)


def test_two_jobs_over_the_same_system_at_once_move_everything_once(
    committed, tmp_path, source_url
):
    clinic = build(tmp_path / "old", url=source_url, users=3, results=3, newer=True)
    jobs = [made(clinic, batch_size=size) for size in (10, 20, 30)]
    assert len({job.pk for job in jobs}) == 3
    pids = [forked(lambda job=job: run(job)) for job in jobs]
    ways = [ended(pid) for pid in pids]
    refused = JobItem.objects.filter(state="failed").values_list("source_id", "code", "detail")
    assert (ways, list(refused)) == ([0, 0, 0], []), [
        (job.stop_detail, job.report) for job in Job.objects.all()
    ]
    assert_moved(clinic)
    assert Patient.objects.count() == len(clinic.patients)
    assert OldRow.objects.filter(table="patients").count() == len(clinic.patients)
    for job in jobs:
        job.refresh_from_db()
        assert (job.state, job.failed, job.done + job.skipped) == ("succeeded", 0, job.total)
    sweep_unfinished_uploads(older_than=-one_hour())
    assert len(objects()) == len(clinic.files)


def test_several_threads_move_everything_once(committed, tmp_path, source_url):
    clinic = build(tmp_path / "old", url=source_url, users=3, results=3)
    job = run_job(made(clinic), concurrency=4)
    assert (job.state, job.failed) == ("succeeded", 0)
    assert_moved(clinic)
    assert codes(job)["file_moved"] == len(clinic.files)
    assert Patient.objects.count() == len(clinic.patients)


def test_asked_to_stop_it_stops_and_goes_on_where_it_was(committed, short_chunks, tmp_path):
    clinic = build(tmp_path / "old")
    over = threading.Event()
    lines = []

    def say(line):
        lines.append(line)
        if "has 2 files" in line or "has 4 files" in line:
            over.set()

    job = run_job(made(clinic), say=say, concurrency=1, over=over)
    assert job.state == "interrupted"
    there = Document.objects.count()
    assert there < len(clinic.files)
    assert move(clinic).pk == job.pk
    assert_moved(clinic)


def test_an_old_database_that_goes_away_in_between_is_waited_for(
    in_alpha, short_chunks, tmp_path, postgres_url, monkeypatch, caplog
):
    """Its server ends our connections in the middle; the files are tried again."""
    import psycopg2

    from jobs.services import ledger

    monkeypatch.setattr(ledger, "BASE_WAIT", 0.01)
    clinic = build(tmp_path / "old", url=postgres_url)
    name = postgres_url.partition("/@")[0].rpartition("@/")[2].partition("?")[0]
    seen = []
    copy = filing.Uploads.copy

    def cutting(self, place, **more):
        seen.append(place)
        if len(seen) == 3:
            server = psycopg2.connect(
                host=connection.settings_dict["HOST"], user="postgres", dbname="postgres"
            )
            server.autocommit = True
            with server.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [name],
                )
            server.close()
        return copy(self, place, **more)

    monkeypatch.setattr(filing.Uploads, "copy", cutting)
    job = move(clinic)
    assert (job.state, job.failed) == ("succeeded", 0)
    assert "one by one" in caplog.text  # the chunk whose rows could not be read
    assert len(seen) == len(clinic.files)
    assert_moved(clinic)
