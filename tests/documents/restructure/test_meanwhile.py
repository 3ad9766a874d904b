"""What people, other runs and the store do meanwhile; and what a chunk costs."""

import pytest
from django.db import connection
from django.test import TestCase

from documents.models import Document
from documents.services.restructuring import moving
from documents.storage import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from jobs.models import Job, JobItem, SourceLink
from jobs.services import ledger
from jobs.services.control import start_job
from tests.documents.restructure.helpers import (
    age,
    bytes_of,
    delete_old,
    get_raw,
    key_of,
    keys,
    old_document,
    put_raw,
    restructure,
    rollback,
)
from tests.documents.verify.helpers import body


def after(monkeypatch, place, name, task):
    """Let something happen once, right after a step."""
    real, done = getattr(place, name), []

    def step(*args, **kwargs):
        result = real(*args, **kwargs)
        if not done:
            done.append(True)
            task()
        return result

    monkeypatch.setattr(place, name, step)


STEPS = (
    (FileSystemObjectStore, "put"),
    (FileSystemObjectStore, "remove"),
    (Document.objects, "bulk_update"),
    (ledger, "close_items"),
)


def test_people_read_every_document_at_every_step(in_folder, world, monkeypatch):
    """Through the same service as the API, of the move, of the deletion and of the rollback."""
    old = [old_document(world, n, f"alpha/patients/old-place/{n}.txt") for n in range(4)]
    past = "2020-01-01T00:00:00Z"
    Document.objects.filter(pk=old[1].pk).update(
        state="trashed", trashed_at=past, purge_after=past, legal_hold=False
    )
    Document.objects.filter(pk=old[2].pk).update(legal_hold=True, retain_until="2040-01-01")
    looks = []

    def looking(function):
        def step(*args, **kwargs):
            result = function(*args, **kwargs)
            looks.append([bytes_of(one) for one in old])
            return result

        return step

    for place, name in STEPS:
        monkeypatch.setattr(place, name, looking(getattr(place, name)))
    job = restructure()
    assert job.counts == {"moved": 4}
    age(job)
    assert delete_old(job).counts == {"deleted": 4}
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert rollback(job).counts == {"taken_back": 4}
    assert len(looks) > 20
    assert looks == [[body(n) for n in range(4)]] * len(looks)
    assert keys() == {one.s3_key for one in old}
    kept = Document.objects.get(pk=old[2].pk)
    assert (kept.legal_hold, f"{kept.retain_until}") == (True, "2040-01-01")


def test_a_document_is_purged_between_copy_and_row(in_folder, world, monkeypatch):
    from documents.services.purging import purge_document

    one = old_document(world, 1)
    past = "2010-01-01T00:00:00Z"

    def purge():
        Document.objects.filter(pk=one.pk).update(
            state="trashed", trashed_at=past, purge_after=past, uploaded_at=past, created_at=past
        )
        assert purge_document(Document.objects.get(pk=one.pk))

    after(monkeypatch, moving, "put_once", purge)
    job = restructure()
    assert job.counts == {"gone_meanwhile": 1}
    assert keys() == set()  # no copy of what people have purged is left, neither old nor new


def test_a_row_that_changes_meanwhile_is_looked_at_anew(in_folder, world, monkeypatch):
    monkeypatch.setattr(ledger, "BASE_WAIT", 0.001)
    one = old_document(world, 1)
    other = put_raw("images/other.txt", body(1))

    def change():
        Document.objects.filter(pk=one.pk).update(s3_key=other)

    after(monkeypatch, moving, "put_once", change)
    assert restructure().counts == {"moved": 1}
    assert key_of(one) == one.built
    assert SourceLink.objects.get().facts["old_key"] == other


def test_what_would_pull_the_rug_away_waits(in_folder, world):
    """A move, a deletion and a rollback do not run beside each other."""
    one = old_document(world, 1)
    job = restructure()
    old_document(world, 2)
    others = {
        "restructure_bucket": lambda: delete_old(job),
        "restructure_delete_old": restructure,
        "rollback": restructure,
    }
    for kind, task in others.items():
        at_work = Job.objects.create(
            kind=kind, state="running", parameters={"job": str(job.pk)}
        )  # fmt: skip
        stopped = task()
        assert (stopped.state, stopped.stop_code) == ("interrupted", "another_run")
        assert str(at_work.pk) in stopped.stop_detail
        if kind == "restructure_bucket":
            assert rollback(job).stop_code == "another_run"
        Job.objects.filter(pk=at_work.pk).update(state="succeeded")
    # A rollback of something else, and a look, are in nobody's way.
    at_work = Job.objects.create(kind="attach_letters", state="succeeded")
    Job.objects.create(kind="rollback", state="running", parameters={"job": str(at_work.pk)})
    Job.objects.create(kind="restructure_bucket", state="running", dry_run=True)
    assert delete_old(job).counts == {"deleted": 1}
    assert restructure().counts == {"moved": 1}
    assert key_of(one) == one.built


def test_a_rollback_that_comes_first_leaves_nothing_to_delete(in_folder, world, monkeypatch):
    """Between the listing of a deletion and its first object."""
    one = old_document(world, 1)
    job = restructure()
    after(monkeypatch, ledger, "lease", lambda: rollback(job))
    assert delete_old(job).counts == {"taken_back": 1}
    assert get_raw(key_of(one)) == body(1)


class Failing(FileSystemObjectStore):
    calls_left = None

    def put(self, *args, **options):
        self._perhaps()
        return super().put(*args, **options)

    def keys(self, prefix):
        if type(self).calls_left is not None and type(self).calls_left < 0:
            raise StoreError("The store cannot be reached.")
        yield from super().keys(prefix)

    def _perhaps(self):
        if type(self).calls_left is not None:
            type(self).calls_left -= 1
            if type(self).calls_left < 0:
                raise StoreError("The store cannot be reached.")


@pytest.mark.parametrize("calls", range(6))
def test_a_store_that_goes_away_interrupts_and_it_goes_on(
    in_folder, world, settings, monkeypatch, calls
):
    old = [old_document(world, n) for n in range(3)]
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {**settings.STORAGES["documents"], "BACKEND": f"{__name__}.Failing"},
    }
    monkeypatch.setattr(Failing, "calls_left", calls)
    job = restructure()
    assert (job.state, job.stop_code) == ("interrupted", "store_unavailable")
    assert {get_raw(key_of(one)) for one in old} == {body(n) for n in range(3)}
    Failing.calls_left = None
    again = restructure()
    assert (again.pk, again.counts) == (job.pk, {"moved": 3})
    assert [bytes_of(one) for one in old] == [body(n) for n in range(3)]


def test_moved_again_since_it_is_not_rolled_back(in_folder, world):
    one = old_document(world, 1)
    job = restructure()
    Document.objects.filter(pk=one.pk).update(s3_key=f"alpha/patients/documents/{one.pk}.txt")
    assert failures_of(rollback(job)) == {"changed_since"}
    assert delete_old(job).counts == {"missing": 1}  # its bytes are not where the row says
    assert get_raw(one.s3_key) == body(1)


def failures_of(job):
    return set(JobItem.objects.filter(job=job, state="failed").values_list("code", flat=True))


# --- What it costs --------------------------------------------------------------------------------


def test_a_chunk_costs_the_same_number_of_queries_whatever_its_size(
    in_folder, world, tmp_path, django_assert_num_queries
):
    from django.test.utils import CaptureQueriesContext

    from jobs.kinds import WorkItem, kind_of

    def cost(number, start):
        old = [old_document(world, n) for n in range(start, start + number)]
        lines = [
            {"old_key": put_raw(f"images/{n}.txt", body(n)), "slug": "patients",
             "owner_id": str(world.amal.pk)} for n in range(start, start + number)
        ]  # fmt: skip
        job = start_job(kind="restructure_bucket", parameters={})
        kind = kind_of("restructure_bucket")(job)
        moves = [WorkItem(f"document {one.pk}", {"document": str(one.pk)}) for one in old]
        taken = [WorkItem(f"object {line['old_key']}", line) for line in lines]
        costs = []
        for items in (moves, taken):
            with CaptureQueriesContext(connection) as captured:
                results = [one for _, one in kind.process_together(items)]
            assert {one.code for one in results} <= {"moved", "imported"}
            costs.append(len(captured))
        return costs

    assert cost(3, 0) == cost(18, 100)
