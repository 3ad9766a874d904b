"""Imports that are killed, run twice at once, or are larger than memory: in processes of their own."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account
from accounts.services.accounts import create_account
from accounts.services.schemas import drop_schema
from jobs.errors import JobStateError
from jobs.models import Job, JobItem
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients import job_kinds
from patients.imports.reading import survey
from patients.models import Patient
from tests.accounts.test_members_races import at_once

SCHEMA = "imports"
LEFT = [
    "DELETE FROM accounts_membership m USING accounts_account a"  # noqa: ISC004  one statement
    " WHERE a.id = m.account_id AND a.schema_name = 'imports'",
    "DELETE FROM accounts_domain WHERE domain = 'imports.localhost'",
    "DELETE FROM accounts_account WHERE schema_name = 'imports'",
    "DELETE FROM accounts_user WHERE email = 'ira@imports.test'",
]
HEAD = "first_name,last_name,email,external_id,date_of_birth,notes\n"
ROWS = 6_000
MB = 1024 * 1024


@pytest.fixture
def clinic(django_db_setup, django_db_blocker):
    """A clinic that is really there, for other connections and processes too."""
    with django_db_blocker.unblock(), schema_context("public"):
        cache.clear()
        try:
            create_account(
                schema_name=SCHEMA,
                name="Imports",
                domain=f"{SCHEMA}.localhost",
                admin_email=f"ira@{SCHEMA}.test",
            )
            account = Account.objects.get(schema_name=SCHEMA)
            with tenant_context(account):
                yield account
        finally:
            connection.set_schema_to_public()
            drop_schema(SCHEMA)
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)


def line(n):
    """One row in seven has neither id nor e-mail, one in 500 is wrong."""
    keys = ",," if n % 7 == 0 else f"p{n}@mail.test,{n},"
    return f"F{n},L{n},{keys}{'never' if n % 500 == 499 else '1990-01-01'},x\n"


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(HEAD + "".join(map(line, range(ROWS))))
    return str(path)


def expected():
    return {f"F{n}" for n in range(ROWS) if n % 500 != 499}


def names():
    return sorted(Patient.objects.values_list("first_name", flat=True))


def run_in_process(job):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.patients.import_driver", SCHEMA, str(job.pk)],
        env={**os.environ, "TEST_DATABASE": connection.settings_dict["NAME"], "LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_at_any_moment_nothing_is_lost_or_doubled(clinic, people):
    job = start_job(kind="import_patients", parameters={"file": people})
    kills = 0
    while kills < 5:
        process = run_in_process(job)
        assert process.stdout.readline() == "begun\n"
        before = Job.objects.get(pk=job.pk).processed
        while Job.objects.get(pk=job.pk).processed <= before and process.poll() is None:
            time.sleep(0.005)
        time.sleep(0.02 * kills)  # somewhere in the batch that follows
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        kills += 1
        now = Job.objects.get(pk=job.pk)
        # what the position says is behind us, and nothing else, is there
        assert now.done == Patient.objects.count()
        assert now.failed == JobItem.objects.filter(job=job).count()
        if now.state == "succeeded" or now.processed == ROWS:
            break
    done = run_job(Job.objects.get(pk=job.pk))
    assert kills >= 3
    assert (done.total, done.done, done.skipped, done.failed) == (ROWS, ROWS - 12, 0, 12)
    assert (names(), done.report["gaps"]) == (sorted(expected()), [])


def inside(task):
    def run():
        with tenant_context(Account.objects.get(schema_name=SCHEMA)):
            task()

    return run


def test_two_files_with_the_same_people_at_once_make_each_of_them_once(clinic, tmp_path):
    jobs = []
    for number, order in enumerate((range(2_000), reversed(range(2_000)))):
        path = tmp_path / f"{number}.csv"
        path.write_text(HEAD + "".join(line(n) for n in order))
        jobs.append(start_job(kind="import_patients", parameters={"file": str(path)}))
    at_once(*(inside(lambda job=job: run_job(job)) for job in jobs))
    done = [Job.objects.get(pk=job.pk) for job in jobs]
    assert [(job.processed, job.failed, job.report["gaps"]) for job in done] == [(2_000, 4, [])] * 2
    assert sum(job.done for job in done) == 1_996
    assert names() == sorted(f"F{n}" for n in range(2_000) if n % 500 != 499)


def test_the_same_job_twice_at_once_is_run_by_one(clinic, people):
    job = start_job(kind="import_patients", parameters={"file": people})
    refused = []

    def run():
        try:
            run_job(Job.objects.get(pk=job.pk))
        except JobStateError as error:
            refused.append(error.detail)

    at_once(inside(run), inside(run))
    done = Job.objects.get(pk=job.pk)
    assert (done.done, done.failed, len(refused)) == (ROWS - 12, 12, 1)
    assert names() == sorted(expected())


def test_somebody_adds_a_patient_of_the_batch_meanwhile(clinic, tmp_path, monkeypatch):
    path = tmp_path / "people.csv"
    path.write_text(HEAD + "A,B,,1,,\nC,D,,2,,\nE,F,,3,,\n")
    job = start_job(kind="import_patients", parameters={"file": str(path)})
    scope = job_kinds.import_rows.__globals__
    real, ours = scope["insert_many"], threading.Event()

    def meanwhile():
        Patient.objects.create(first_name="C", last_name="D", external_id="2", notes="theirs")

    def slow(rows):
        if not ours.is_set():
            ours.set()
            thread = threading.Thread(target=closing(inside(meanwhile)))
            thread.start()
            thread.join()
        real(rows)

    monkeypatch.setitem(scope, "insert_many", slow)
    done = run_job(job)
    assert (done.state, done.counts) == ("succeeded", {"imported": 2, "already_there": 1})
    assert names() == ["A", "C", "E"]
    assert Patient.objects.get(external_id="2").notes == "theirs"


def closing(task):
    def run():
        try:
            task()
        finally:
            connection.close()

    return run


def test_memory_stays_flat_at_30_000_rows(clinic, tmp_path):
    """The peak of a process that imports 30,000 rows is hardly above that of one with 5,000."""
    peaks = {}
    for number in (5_000, 30_000):
        path = tmp_path / f"{number}.csv"
        with path.open("w") as out:
            out.write(HEAD.replace("notes", "address"))
            out.writelines(
                f"F{n},L{n},q{number}-{n}@mail.test,{number}-{n},1990-01-01,{'y' * 200}\n"
                for n in range(number)
            )
        job = start_job(kind="import_patients", parameters={"file": str(path)})
        process = run_in_process(job)
        out, _ = process.communicate(timeout=560)
        assert process.returncode == 0
        peaks[number] = int(out.split()[-1])
        done = Job.objects.get(pk=job.pk)
        assert (done.state, done.done) == ("succeeded", number)
    assert peaks[30_000] < 200 * MB
    assert peaks[30_000] - peaks[5_000] < 20 * MB


def test_reading_a_million_lines_holds_none_of_them(tmp_path):
    import tracemalloc

    path = tmp_path / "people.csv"
    with path.open("w") as out:
        out.write(HEAD)
        out.writelines(f"F{n},L{n},,{n},,\n" for n in range(300_000))
    with path.open("rb") as file:
        survey(io.BytesIO(HEAD.encode() + b"A,B,,1,,\n"))  # whatever is loaded once
        tracemalloc.start()
        with contextlib.closing(file):
            assert survey(file).rows == 300_000
            peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 * MB < Path(path).stat().st_size * 2
