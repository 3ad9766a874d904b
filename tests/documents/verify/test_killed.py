"""A verification that is killed anywhere, again and again, ends with every item looked at once."""

import itertools
import os
import random
import signal

import pytest
from django_tenants.utils import tenant_context

from documents.job_kinds import verifying
from documents.services import looking
from documents.storage import object_store
from jobs.models import Job
from jobs.services import running, streaming
from jobs.services.control import start_job
from tests.documents.conftest import make_world
from tests.documents.helpers import upload
from tests.documents.verify.conftest import empty_store, use
from tests.documents.verify.helpers import KIND, body, gaps, put
from tests.legacy.test_crashes import ended, forked, run

POINTS = (
    (verifying, "stored_objects"),
    (looking, "expected"),
    (looking, "look_at"),
    (verifying, "owned"),
    (verifying, "RowFailure"),
    (streaming, "_commit"),
    (streaming, "_count"),
    (running, "_finish"),
)


def dying(job, rng):
    """Run in a process that is killed before or after its n-th step of any sort."""
    steps, last, after = itertools.count(1), rng.randint(1, 12), rng.random() < 0.5

    def killing(function):
        def counted(*args, **kwargs):
            step = next(steps)  # others count on in their threads meanwhile
            if step == last and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args, **kwargs)
            if step == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted

    def task():
        verifying.CHUNK = 4
        for place, name in POINTS:
            setattr(place, name, killing(getattr(place, name)))
        return run(job)

    return ended(forked(task))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["folder", "moto"])
def test_killed_again_and_again_it_finds_every_gap_once(committed, request, settings, name, seed):
    use(request, settings, name)
    with tenant_context(committed):
        empty_store("alpha")
        world = make_world()
        made = [
            upload(world, body(n), name=f"{n}.txt", slug="patients", owner=world.amal)
            for n in range(30)
        ]
        object_store().remove(made[7].s3_key)
        object_store().remove(made[19].s3_key)
        orphans = [put(f"alpha/nobodys/{n}.txt") for n in range(5)]
        rng, ways, job = random.Random(seed), [], start_job(kind=KIND, parameters={})
        while set(ways) <= {-signal.SIGKILL} and len(ways) < 100:
            again = start_job(kind=KIND, parameters={})
            assert again.pk == job.pk  # typed again, it goes on
            ways.append(dying(job, rng))
        assert ways[-1] == 1  # there are gaps
        assert len(ways) > 2
        job = Job.objects.get(pk=job.pk)
        assert gaps(job) == {
            str(made[7].pk): "missing",
            str(made[19].pk): "missing",
            **dict.fromkeys(orphans, "orphan"),
        }
        assert (job.state, job.total, job.done, job.skipped) == ("failed", 35, 28, 0)
        assert job.counts == {"verified": 28, "missing": 2, "orphan": 5}
