"""Real processes, real commits, SIGKILL at random moments: each file comes in exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.services.accounts import create_account
from accounts.services.schemas import drop_schema
from documents.models import Document
from documents.services.sweep import sweep_unfinished_uploads
from jobs.models import Job
from tests.documents.helpers import objects, temporary
from tests.filemaker.emulator import Emulator
from tests.filemaker.helpers import assert_all_here, available, codes, made, make_patients

SCHEMA = "fmkilled"
KILLS = 8  # at random; test_deaths.py has every place by name
ROWS = 270  # a run does many more than are waited for before its kill arrives
FARTHEST = 12  # items between two kills
PATIENCE = 300  # seconds; far more than anything here takes
MADE = f"(SELECT id FROM accounts_account WHERE schema_name = '{SCHEMA}')"  # noqa: S608
LEFT = [
    f"DELETE FROM accounts_membership WHERE account_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_domain WHERE tenant_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_account WHERE schema_name = '{SCHEMA}'",  # noqa: S608
    f"DELETE FROM accounts_user WHERE email LIKE '%@{SCHEMA}.test'",  # noqa: S608
]


@pytest.fixture
def clinic(django_db_setup, django_db_blocker):
    """A clinic whose rows are committed, so that other processes see them."""
    with django_db_blocker.unblock():
        account = create_account(
            schema_name=SCHEMA,
            name="Killed",
            domain=f"{SCHEMA}.localhost",
            admin_email=f"kay@{SCHEMA}.test",
        )
        try:
            cache.clear()
            with tenant_context(account):
                yield account
        finally:
            connection.set_schema_to_public()
            drop_schema(SCHEMA)
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)


@pytest.fixture
def fm(monkeypatch):
    with Emulator(docs=ROWS, pictures=ROWS, patients=9) as emulator:
        emulator.habits.most_sessions = 10_000  # those of killed processes end by themselves
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator
    assert emulator.errors == []


class Driver:
    """The process that forks those who import (tests/filemaker/driver.py)."""

    def __init__(self, tmp_path):
        self.log = (tmp_path / "driver.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.filemaker.driver"],
            env={
                **os.environ,
                "TEST_DATABASE": connection.settings_dict["NAME"],
                "TEST_SCHEMA": SCHEMA,
                "TEST_OBJECTS": settings.STORAGES["documents"]["OPTIONS"]["location"],
                "TEST_TEMP": settings.FILE_UPLOAD_TEMP_DIR,
                "LOG_LEVEL": "ERROR",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n", self.story()

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def story(self):
        return Path(self.log.name).read_text()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()


@pytest.fixture
def driver(clinic, fm, tmp_path):
    found = Driver(tmp_path)
    yield found
    found.stop()


def wait_for(driver, job, done):
    """Wait until so many items are done, whatever time that takes here."""
    deadline = time.monotonic() + PATIENCE
    while Job.objects.get(pk=job.pk).done < done:
        assert time.monotonic() < deadline, driver.story()
        time.sleep(0.005)


@pytest.mark.parametrize("area", ["documents", "images"])
def test_kills_at_random_moments_lose_and_double_nothing(driver, fm, area):
    make_patients(fm)
    chance, job = random.Random(area), made(area)
    kills = 0
    while kills < KILLS and job.done + FARTHEST < ROWS:
        pid = driver.tell("run", job.pk, 3)
        wait_for(driver, job, job.done + chance.randint(1, FARTHEST))
        os.kill(pid, signal.SIGKILL)
        assert driver.tell("wait", pid) == -signal.SIGKILL, driver.story()
        job.refresh_from_db()
        kills += 1
    assert job.state == "running"
    assert kills > KILLS / 2, "it was over before it was killed often enough"
    deadline = time.monotonic() + PATIENCE
    while Job.objects.get(pk=job.pk).state != "succeeded":
        assert time.monotonic() < deadline, driver.story()
        driver.tell("wait", driver.tell("run", job.pk, 3))
    job.refresh_from_db()
    rows = fm.rows["API_Docs" if area == "documents" else "API_Images"]
    assert (job.total, job.done, job.skipped, job.failed) == (len(rows), len(rows), 0, 0)
    assert codes(job)["imported"] == len([row for row in rows if row.best])
    assert_all_here(fm, area)
    Document.objects.filter(state="pending").update(state="purging", state_reason="unfinished")
    sweep_unfinished_uploads()
    assert_all_here(fm, area)
    assert objects() == {one.s3_key for one in available().values()}
    assert temporary() == []
