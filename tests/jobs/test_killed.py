"""Whatever is killed, cut or restarted, every item is done exactly once.

Real processes on a clinic of their own: workers get SIGKILL at random moments, the database ends
their connections, the broker is restarted without its memory, the store fails one call in ten.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.services.accounts import create_account
from accounts.services.schemas import drop_schema
from config.runtime import Servers, redis_urls
from jobs.models import Job, JobItem, SourceLink
from jobs.services.control import start_job
from patients.models import Company
from tests.jobs import kinds  # noqa: F401  registers them

ITEMS = 2_000
FEW = 600  # where the number makes no difference
KILLS = 30
SECONDS = 0.007  # an item
# How many items, and how often killed; tests below have the places that matter for either by name.
KINDS = {"make_companies": (ITEMS, KILLS), "make_companies_together": (FEW, 8)}
PATIENCE = 120  # seconds; far more than anything here takes
MADE = "(SELECT id FROM accounts_account WHERE schema_name = 'killed')"
LEFT = [
    f"DELETE FROM accounts_membership WHERE account_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_domain WHERE tenant_id IN {MADE}",  # noqa: S608
    "DELETE FROM accounts_account WHERE schema_name = 'killed'",
    "DELETE FROM accounts_user WHERE email LIKE '%@killed.test'",
]


@pytest.fixture
def clinic(django_db_setup, django_db_blocker):
    """A clinic whose rows are committed, so that other processes see them."""
    with django_db_blocker.unblock():
        account = create_account(
            schema_name="killed",
            name="Killed",
            domain="killed.localhost",
            admin_email="kay@killed.test",
        )
        try:
            cache.clear()
            with tenant_context(account):
                yield account
        finally:
            connection.set_schema_to_public()
            drop_schema("killed")
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("killed")


@pytest.fixture
def broker(folder):
    servers = Servers(folder / "broker", durable=False, postgres=False)
    servers.start()
    yield servers
    servers.stop()


def environment(folder):
    return {
        **os.environ,
        "TEST_DATABASE": connection.settings_dict["NAME"],
        "TEST_SCHEMA": "killed",
        "TEST_BROKER": redis_urls(folder / "broker")[0],
        "LOG_LEVEL": "ERROR",
    }


class Driver:
    """The process that forks those who work (tests/jobs/driver.py).

    One for all tests here: it loads everything, which takes seconds, and does nothing itself.
    """

    def __init__(self, folder):
        self.log = (folder / "driver.log").open("wb")
        self.begun = 0  # bytes of the log that are of earlier tests
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.driver", "serve"],
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n", self.story()

    def begin(self):
        self.begun = Path(self.log.name).stat().st_size

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self, pid):
        return self.tell("wait", pid)

    def story(self):
        return Path(self.log.name).read_bytes()[self.begun :].decode()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()


@pytest.fixture(scope="module")
def forking(django_db_setup, folder):
    found = Driver(folder)
    yield found
    found.stop()


@pytest.fixture
def driver(forking, clinic):
    forking.begin()
    return forking


def start(*, kind="make_companies", background=False, number=ITEMS, **parameters):
    return start_job(kind=kind, parameters={"number": number, **parameters}, background=background)


def finish(driver, job, threads=2):
    """Start again, as an operator does, until it says that it is through."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if Job.objects.get(pk=job.pk).state == "succeeded":
            return
        driver.wait(driver.tell("run", job.pk, threads))
    raise AssertionError(driver.story())


def assert_exactly_once(job, number=ITEMS):
    job.refresh_from_db()
    assert (job.state, job.total, job.failed) == ("succeeded", number, 0)
    assert (job.done, job.skipped) == (number, 0)
    assert not JobItem.objects.filter(job=job).exclude(state="done").exists()
    names = list(Company.objects.values_list("name", flat=True))
    assert sorted(names) == sorted(f"Company {n}" for n in range(number))
    assert SourceLink.objects.filter(job=job).count() == number


def at(job):
    """Say how far a job is."""
    job.refresh_from_db()
    return job.phase, job.done


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_kills_at_random_of_a_run_in_the_foreground(driver, clinic, kind):
    number, wanted = KINDS[kind]
    chance, kills, job = random.Random(7), 0, start(kind=kind, number=number, seconds=SECONDS)
    seen = {at(job)}
    while kills < wanted:
        pid = driver.tell("run", job.pk, 2)
        if kills % 3:  # while it works; else while it begins, or wherever it is by then
            until(lambda: at(job) not in seen, "it does not go on")
        time.sleep(chance.uniform(0.0, 0.03 if kills % 3 else 0.35))
        os.kill(pid, signal.SIGKILL)
        assert driver.wait(pid) == -signal.SIGKILL, driver.story()
        kills += 1
        seen.add(at(job))
        assert job.state in {"new", "running"}, "it was over before it was killed often enough"
    assert len(seen) > wanted / 2  # it was killed at different places
    finish(driver, job)
    assert_exactly_once(job, number)


@pytest.mark.parametrize("signals", [["SIGINT"], ["SIGTERM"], ["SIGINT", "SIGINT"]], ids="-".join)
def test_an_operator_stops_a_command_and_types_it_again(driver, signals):
    typed = ("command", "--number", FEW, "--seconds", 0.003, "--concurrency", 2)
    pid = driver.tell(*typed)
    deadline = time.monotonic() + PATIENCE
    while Company.objects.count() < 100:
        assert time.monotonic() < deadline, driver.story()
        time.sleep(0.02)
    for name in signals:
        os.kill(pid, getattr(signal, name))
    assert driver.wait(pid) != 0
    job = Job.objects.get()
    assert 100 <= Company.objects.count() < FEW
    if len(signals) == 1:
        assert "Stopping after the items in hand" in driver.story()
        assert (job.state, job.stop_code) == ("interrupted", "stopped")
        assert not JobItem.objects.filter(job=job, state="leased").exists()
    assert driver.wait(driver.tell(*typed)) == 0, driver.story()
    assert_exactly_once(job, FEW)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_between_the_effect_and_its_note(driver, tmp_path, kind):
    flag = tmp_path / "flag"
    job = start(kind=kind, number=FEW, after_effect="c7", flag=str(flag))
    assert driver.wait(driver.tell("run", job.pk, 1)) == 9
    assert flag.exists()
    assert SourceLink.objects.filter(source_id="c7").count() == 1
    assert JobItem.objects.get(job=job, source_id="c7").state == "leased"
    finish(driver, job)
    assert_exactly_once(job, FEW)


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_that_kills_every_worker_is_given_up(driver, kind):
    job = start_job(kind=kind, parameters={"number": 8, "faults": {"3": "exit:99"}})
    deaths = 0
    while (status := driver.wait(driver.tell("run", job.pk, 1))) == 9:
        deaths += 1
    # The first death in a chunk says of no item that it was its fault.
    assert (status, deaths) == (1, 6 if kind.endswith("together") else 5)
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == ("failed", 7, 1)
    assert JobItem.objects.get(job=job, state="failed").code == "worker_died"


def test_the_database_ends_connections_thirty_times(driver):
    chance, job = random.Random(11), start(seconds=0.001)
    pid = driver.tell("run", job.pk, 2)
    cut = 0
    while cut < KILLS:
        time.sleep(chance.uniform(0.02, 0.1))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN ("
                " SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend' LIMIT 1)"
            )
            cut += cursor.rowcount
        job.refresh_from_db()
        if job.state == "succeeded":
            break
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:  # it did not get over this one
            driver.wait(pid)
            pid = driver.tell("run", job.pk, 2)
    assert cut >= 5
    driver.wait(pid)
    finish(driver, job)
    assert_exactly_once(job)


def test_two_operators_start_the_same_at_once(driver):
    job = start(number=FEW)
    first, second = driver.tell("run", job.pk, 1), driver.tell("run", job.pk, 1)
    assert sorted([driver.wait(first), driver.wait(second)]) == [0, 3]  # one is told so
    assert "Another process is running this job" in driver.story()
    assert_exactly_once(job, FEW)


def test_a_stream_that_is_killed_inside_a_batch_does_it_once(driver, tmp_path):
    job = start_job(
        kind="stream_companies",
        parameters={"number": 500, "stop_at": 333, "flag": str(tmp_path / "flag")},
    )
    assert driver.wait(driver.tell("run", job.pk, 1)) == 9
    job.refresh_from_db()
    assert (job.done, job.position) == (330, {"line": 330})
    finish(driver, job, 1)
    names = sorted(Company.objects.values_list("name", flat=True))
    assert names == sorted(f"Company {n}" for n in range(500))


def celery(folder):
    log = (folder / f"celery-{time.monotonic_ns()}.log").open("wb")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.driver", "celery"],
        env=environment(folder),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def stop_all(process):
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    process.kill()
    process.wait()


def test_celery_workers_are_killed_and_the_broker_forgets(driver, broker, folder):
    chance, job = random.Random(3), start(background=True, seconds=0.004)
    worker = celery(folder)
    try:
        driver.wait(driver.tell("send", job.pk))

        def done():
            return Job.objects.get(pk=job.pk).done

        until(lambda: done() > 0, "the worker does not begin")
        kills = restarts = 0
        while kills < KILLS:
            time.sleep(chance.uniform(0.0, 0.2))
            if (
                worker.poll() is not None
            ):  # a supervisor's duty: it gives up when its first child dies
                worker = celery(folder)
                before = done()
                until(lambda before=before: done() > before, "the worker does not go on")
            children = psutil.Process(worker.pid).children()
            if children:
                chance.choice(children).kill()
                kills += 1
            if kills in {10, 20} and restarts < kills // 10:
                restarts += 1
                broker.stop()
                broker.start()  # its memory is gone, and with it every message
                cache.clear()
                stop_all(worker)
            driver.wait(driver.tell("tend"))
        assert restarts == 2
        assert done() < ITEMS, "it was over before it was killed thirty times"

        def over():
            nonlocal worker
            if worker.poll() is not None:
                worker = celery(folder)
            cache.clear()
            driver.wait(driver.tell("tend"))
            return Job.objects.get(pk=job.pk).state == "succeeded"

        until(over, "it does not end")
    finally:
        stop_all(worker)
    assert_exactly_once(job)
