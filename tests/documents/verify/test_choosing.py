"""A sample, a day, named documents; what may be asked and what not; beginning anew."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.clock import today
from documents.job_kinds import verifying
from documents.models import Document
from documents.services import looking
from documents.storage import object_store
from jobs.errors import JobParametersError
from jobs.kinds import kind_of
from jobs.models import Job
from jobs.services.control import begin, start_job
from jobs.services.running import run_job, run_slice
from tests.documents.helpers import row
from tests.documents.verify.conftest import use
from tests.documents.verify.helpers import KIND, assert_sound, gaps, put, verify


@pytest.fixture
def stored(request, settings):
    return use(request, settings, "folder")


@pytest.fixture
def looked_at(monkeypatch):
    """Return the ids that were looked at since it was asked last."""
    look_at, looks = looking.look_at, []

    def look(one, **how):
        looks.append(str(one.pk))
        return look_at(one, **how)

    def since_then():
        found = set(looks)
        looks.clear()
        return found

    monkeypatch.setattr(looking, "look_at", look)
    return since_then


def test_a_sample_is_random_and_says_that_it_is_one(documents, looked_at):
    put("alpha/nobodys.txt")
    samples = set()
    for _ in range(8):
        job = verify(sample=2)
        samples.add(frozenset(looked_at()))
        assert_sound(job, 2)
        assert (job.report["scope"], job.report["looked_for_orphans"]) == ("sample", False)
        assert job.report["documents_now"] == 6
    assert len(samples) > 1
    assert {len(sample) for sample in samples} == {2}
    assert_sound(verify(sample=100), 6)


def test_a_sample_that_was_cut_off_goes_on_with_the_same(documents, world, looked_at, monkeypatch):
    monkeypatch.setattr(verifying, "CHUNK", 1)
    job = start_job(kind=KIND, parameters={"sample": 4})
    kind = kind_of(KIND)(job)
    drawn = [str(one.pk) for one in kind._drawn()[:4]]
    kind.open()
    batches = kind.read({})
    first = [next(batches) for _ in range(2)]
    kind.close()
    row(world)  # made since
    Job.objects.filter(pk=job.pk).update(position=first[-1].position)
    job = run_job(start_job(kind=KIND, parameters={"sample": 4}), concurrency=1)
    assert_sound(job, 2)
    assert looked_at() == set(drawn)


def test_what_came_in_since_a_day(documents, looked_at):
    put("alpha/nobodys.txt")
    day = today()
    old = timezone.now() - timedelta(days=10)
    Document.objects.filter(pk__in=[one.pk for one in documents[:4]]).update(created_at=old)
    job = verify(since=str(day))
    assert looked_at() == {str(one.pk) for one in documents[4:]}
    assert_sound(job, 2)
    assert job.report["scope"] == "since"
    assert_sound(verify(since=str(day - timedelta(days=30))), 6)
    assert_sound(verify(since=str(day - timedelta(days=30)), sample=1), 1)


def test_the_day_begins_when_it_does_at_the_clinic(documents, in_alpha, looked_at):
    in_alpha.time_zone = "Australia/Sydney"  # ten hours before UTC in June
    noon = datetime(2026, 6, 2, 12, tzinfo=UTC)
    Document.objects.update(created_at=noon - timedelta(days=9))
    Document.objects.filter(pk=documents[0].pk).update(created_at=noon.replace(day=1, hour=14))
    Document.objects.filter(pk=documents[1].pk).update(created_at=noon.replace(day=1, hour=13))
    verify(since="2026-06-02")
    assert looked_at() == {str(documents[0].pk)}


def test_named_documents_and_no_others(documents):
    object_store().remove(documents[0].s3_key)
    object_store().remove(documents[1].s3_key)
    named = [str(one.pk) for one in documents[1:3]]
    job = verify(documents=[*named, named[0].upper()])
    assert gaps(job) == {named[0]: "missing"}
    assert job.counts == {"missing": 1, "verified": 1}


@pytest.mark.parametrize("state", ["pending", "verifying", "purging"])
def test_what_is_on_its_way_is_not_judged(documents, state):
    object_store().remove(documents[1].s3_key)
    Document.objects.filter(pk=documents[1].pk).update(state=state)
    assert_sound(verify(), 5)
    job = verify(documents=[str(documents[1].pk)])
    assert (job.state, job.counts) == ("succeeded", {"on_its_way": 1})


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"sample": 0}, "sample"),
        ({"sample": -3}, "sample"),
        ({"sample": "5"}, "sample"),
        ({"sample": True}, "sample"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-02-30"}, "since"),
        ({"documents": []}, "documents"),
        ({"documents": "abc"}, "documents"),
        ({"documents": ["abc"]}, "documents"),
        ({"documents": [str(uuid4())]}, "documents"),
        ({"documents": [str(uuid4())] * 10_001}, "documents"),
        ({"documents": [str(uuid4())], "sample": 1}, "sample"),
        ({"documents": [str(uuid4())], "since": "2026-01-01"}, "since"),
        ({"reads": 0}, "reads"),
        ({"reads": 17}, "reads"),
        ({"concurrency": 2}, "concurrency"),
        ({"read_bytes": "no"}, "read_bytes"),
        ({"hash": False}, "hash"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(in_alpha, parameters, field):
    with pytest.raises(JobParametersError) as refused:
        start_job(kind=KIND, parameters=parameters)
    assert refused.value.field == field
    assert not Job.objects.exists()


def test_documents_of_the_other_clinic_are_none_of_ours(documents, beta):
    with tenant_context(beta), pytest.raises(JobParametersError) as refused:
        start_job(kind=KIND, parameters={"documents": [str(documents[0].pk)]})
    assert refused.value.field == "documents"


def test_after_gaps_it_begins_anew_and_after_an_interruption_it_goes_on(documents):
    content = documents[0].s3_key
    object_store().remove(content)
    first = verify()
    assert gaps(first) == {str(documents[0].pk): "missing"}
    object_store().remove(documents[1].s3_key)
    second = verify()
    assert second.pk != first.pk
    assert set(gaps(second).values()) == {"missing"}
    assert len(gaps(second)) == 2
    third = start_job(kind=KIND, parameters={})
    Job.objects.filter(pk=third.pk).update(state="interrupted")
    assert start_job(kind=KIND, parameters={}).pk == third.pk
    assert start_job(kind=KIND, parameters={"read_bytes": False}).pk != third.pk
    Job.objects.filter(pk=third.pk).update(updated_at=timezone.now() - timedelta(days=1))
    assert start_job(kind=KIND, parameters={}).pk != third.pk


def test_resumed_in_the_admin_it_looks_again_at_what_failed(documents):
    with object_store().read(documents[0].s3_key) as chunks:
        content = b"".join(chunks)
    object_store().remove(documents[0].s3_key)
    job = verify()
    assert job.failed == 1
    put(documents[0].s3_key, content)
    assert_sound(run_job(job, concurrency=1), 6)


def test_documents_that_nobody_has_looked_at_are_a_gap(documents):
    old = timezone.now() - timedelta(days=1)
    Document.objects.update(created_at=old, updated_at=old)
    job = start_job(kind=KIND, parameters={})
    # As if three had been looked at that were not.
    last = Document.objects.order_by("pk")[2].pk
    Job.objects.filter(pk=job.pk).update(position={"last": str(last), "looked": 0})
    job = run_job(job, concurrency=1)
    assert (job.state, job.counts) == ("failed", {"verified": 3})
    (gap,) = job.report["gaps"]
    assert gap == {"source_id": "documents", "code": "not_looked_at", "detail": "3 of them"}


def test_in_the_background_it_goes_by_slices(documents):
    object_store().remove(documents[0].s3_key)
    job = start_job(kind=KIND, parameters={"reads": 2}, background=True)
    begin(job)
    slices = 0
    while job.state == "running" and slices < 10:
        run_slice(job, seconds=5)
        job.refresh_from_db()
        slices += 1
    assert gaps(job) == {str(documents[0].pk): "missing"}
    assert (job.state, job.counts) == ("failed", {"missing": 1, "verified": 5})
