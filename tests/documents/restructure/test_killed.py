"""Killed anywhere, and twice at once: nothing is lost, nothing is doubled."""

import os
import random
import signal
import threading

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from documents.job_kinds import restructuring
from documents.models import Document
from documents.services.restructuring import copying, deleting, moving, taking_in
from jobs.models import Job, JobItem, SourceLink
from jobs.services import ledger
from jobs.services.control import start_job
from jobs.services.running import run_job
from tests.documents.conftest import make_world
from tests.documents.restructure.helpers import (
    empty_bucket,
    everything,
    failures,
    get_raw,
    key_of,
    keys,
    old_document,
    put_raw,
    write_map,
)
from tests.documents.verify.conftest import use
from tests.documents.verify.helpers import assert_sound, body, sha, verify
from tests.legacy.test_crashes import ended, forked, run

POINTS = (
    (moving, "claims_on"),
    (moving, "keep"),
    (moving, "put_once"),
    (moving.Mover, "_note"),
    (moving.Mover, "_remember"),
    (copying, "stored_hash"),
    (taking_in, "keep"),
    (taking_in, "import_documents"),
    (deleting, "look_at"),
    (ledger, "lease"),
    (ledger, "close_items"),
    (ledger, "finish_item"),
    (restructuring, "unowned_objects"),
)


def dying(job, rng):
    """Run in a process that is killed before or after its n-th step of any sort."""
    left, after = [rng.randint(1, 60)], rng.random() < 0.5

    def killing(function):
        def counted(*args, **kwargs):
            left[0] -= 1
            dies = left[0] == 0
            if dies and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args, **kwargs)
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted

    def task():
        restructuring.RestructureBucket.chunk = 4
        for place, name in POINTS:
            setattr(place, name, killing(getattr(place, name)))
        return run(job)

    return ended(forked(task))


def until_it_ends(start, rng, check):
    """Kill a job and type it again until it is over; return it and how often it was killed."""
    job, ways = start(), []
    while set(ways) <= {-signal.SIGKILL} and len(ways) < 100:
        again = start()
        assert again.pk == job.pk  # typed again, it goes on
        ways.append(dying(job, rng))
        check()
        # The test kills far more often than what gives an item up.
        JobItem.objects.filter(job=job).update(attempts=0)
    assert ways[-1] == 0, failures(job)
    return Job.objects.get(pk=job.pk), len(ways)


@pytest.mark.parametrize(("name", "seed"), [("folder", 1), ("moto", 3)])
def test_killed_again_and_again_everything_is_there_once(
    committed, request, settings, tmp_path, name, seed
):
    use(request, settings, name)
    rng, number = random.Random(seed), 14 if name == "folder" else 5  # a server takes its time
    with tenant_context(committed):
        empty_bucket()
        world = make_world()
        old = [old_document(world, n) for n in range(number)]
        lines = [
            {"old_key": put_raw(f"images/{n}.txt", body(n)), "slug": "patients",
             "owner_id": world.amal.pk} for n in range(20, 23)
        ]  # fmt: skip
        path, before = write_map(tmp_path / "map.csv", *lines), everything()

        def readable():
            """By the row's key there are bytes, whatever has happened."""
            assert [get_raw(key_of(one)) for one in old] == [body(n) for n in range(number)]
            for one in Document.objects.filter(state="available"):
                assert sha(get_raw(one.s3_key)) == one.sha256

        parameters = {"map": path}
        job, times = until_it_ends(
            lambda: start_job(kind="restructure_bucket", parameters=parameters), rng, readable
        )
        assert times > 2
        assert (job.counts["moved"], job.counts["imported"]) == (number, 3)
        assert [key_of(one) for one in old] == [one.built for one in old]
        assert Document.objects.filter(state="available").count() == number + 3
        assert SourceLink.objects.count() == number + 3
        assert {key: get_raw(key) for key in before} == before
        archived = [key for key in keys() if key.startswith("alpha/archive/")]
        assert len(archived) == number + 3

        gone, _ = until_it_ends(
            lambda: start_job(kind="restructure_delete_old", parameters={"job": str(job.pk)}),
            rng,
            readable,
        )
        assert gone.counts["deleted"] == number + 3
        assert not set(before) & keys()
        assert failures(verify()) == {}


def test_two_at_once_move_each_once(committed, in_folder, tmp_path):
    """Two different jobs over the same documents, in threads of their own."""
    with tenant_context(committed):
        two_at_once(committed, tmp_path)


def two_at_once(committed, tmp_path):
    world = make_world()
    old = [old_document(world, n) for n in range(12)]
    line = {"old_key": put_raw("images/9.txt", body(9)), "slug": "patients",
            "owner_id": world.amal.pk}  # fmt: skip
    path = write_map(tmp_path / "map.csv", line)
    jobs = [
        start_job(kind="restructure_bucket", parameters={}),
        start_job(kind="restructure_bucket", parameters={"map": path}),
    ]
    barrier, errors = threading.Barrier(2), []

    def task(job):
        try:
            with tenant_context(committed):
                barrier.wait(20)
                run_job(Job.objects.get(pk=job.pk), concurrency=2)
        except Exception as error:  # noqa: BLE001  told below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=task, args=(job,)) for job in jobs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert errors == []
    found = [Job.objects.get(pk=job.pk) for job in jobs]
    assert [job.failed for job in found] == [0, 0]
    assert sum(job.counts.get("moved", 0) for job in found) == 12
    assert [key_of(one) for one in old] == [one.built for one in old]
    assert SourceLink.objects.count() == 13
    assert len([key for key in keys() if "/archive/" in key]) == 13
    assert_sound(verify(), 13)
