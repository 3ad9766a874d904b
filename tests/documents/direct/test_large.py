"""A large file is verified by the workers: 202 and `verifying` until it is over."""

import pytest

from documents.services import finishing, finishing_later
from documents.services.sweep import sweep_unfinished_uploads
from documents.storage import object_store
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from jobs.models import Job, JobItem
from jobs.services.running import run_slice
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import begin, complete, document_of, post, state, upload_of
from tests.documents.helpers import assert_problem, objects
from tests.documents.test_crash_points import Killed, after, die


@pytest.fixture
def large(world, priya, nobody, settings):
    settings.DIRECT_UPLOAD_VERIFY_AT_ONCE = len(minimal()) - 1
    begun = begin(priya, world)
    post(nobody, begun)
    return begun


def work():
    job = Job.objects.get()
    for _ in range(5):
        job.refresh_from_db()
        if job.state != "running":
            break
        run_slice(job, seconds=60)
    job.refresh_from_db()
    return job


def test_it_is_verified_by_the_workers(large, priya, world):
    for _ in range(2):
        answer = complete(priya, large)
        assert (answer.status_code, answer.json()["state"]) == (202, "verifying")
        assert state(priya, large) == answer.json()
    assert_problem(priya.get(f"/api/v1/files/{large['id']}"), 404, "not_found")
    assert priya.get(world.files).json()["results"] == []
    job = work()
    assert (job.state, job.counts, job.failed) == ("succeeded", {"available": 1}, 0)
    assert complete(priya, large).json()["state"] == "available"
    assert objects() == {document_of(large).s3_key}
    assert Job.objects.count() == 1


def test_what_fits_is_verified_at_once(large, priya, settings):
    settings.DIRECT_UPLOAD_VERIFY_AT_ONCE = len(minimal())
    assert complete(priya, large).status_code == 200
    assert not Job.objects.exists()


def test_wrong_bytes_are_told_when_asked(world, priya, nobody, settings):
    settings.DIRECT_UPLOAD_VERIFY_AT_ONCE = 0
    begun = begin(priya, world, sha256="0" * 64)
    post(nobody, begun)
    assert complete(priya, begun).status_code == 202
    assert work().counts == {"rejected": 1}
    assert_problem(complete(priya, begun), 422, "hash_differs", "file")
    assert state(priya, begun)["reason"] == "hash_differs"
    assert objects() == set()


def test_neither_the_state_nor_the_job_is_without_the_other(large, priya, monkeypatch):
    with monkeypatch.context() as patch:
        real = finishing_later.start_in_background
        patch.setattr(finishing_later, "start_in_background", after(real))
        with pytest.raises(Killed):
            complete(priya, large)
    assert (document_of(large).state, Job.objects.count()) == ("pending", 0)
    assert complete(priya, large).status_code == 202
    assert work().state == "succeeded"


def test_a_worker_that_dies_is_followed_by_another(large, priya, monkeypatch):
    complete(priya, large)
    for step in ("_verified", "show"):
        with monkeypatch.context() as patch:
            patch.setattr(finishing, step, die)
            with pytest.raises(Killed):
                work()
        assert document_of(large).state == "verifying"
    # In a test the dead worker's connection lives on, and so would its hold on the item.
    finishing.finish_upload(upload_of(large))
    assert document_of(large).state == "available"
    assert objects() == {document_of(large).s3_key}


def test_a_store_that_is_away_is_waited_for(large, priya, monkeypatch):
    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    complete(priya, large)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "fetch", away)
        work()
    assert document_of(large).state == "verifying"
    assert complete(priya, large).status_code == 202
    finishing.finish_upload(upload_of(large))
    assert document_of(large).state == "available"


def test_what_waits_to_be_verified_does_not_run_out(large, priya):
    from datetime import timedelta

    from django.utils import timezone

    from documents.models import DirectUpload

    DirectUpload.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    complete(priya, large)
    assert upload_of(large).expires_at > timezone.now() + timedelta(hours=23)
    assert sweep_unfinished_uploads() == 0
    assert priya.delete(f"/api/v1/files/{large['id']}/upload").status_code == 409


def test_bytes_that_are_gone_are_said_to_be(large, priya):
    complete(priya, large)
    object_store().remove(f"alpha/system/temp/uploads/{large['id']}")
    assert work().counts == {"rejected": 1}
    assert state(priya, large)["reason"] == "not_uploaded"


def test_a_file_that_kills_its_workers_is_not_read_again(large, priya):
    complete(priya, large)
    job = Job.objects.get()
    item = JobItem.objects.create(job=job, source_id=large["id"], state="failed", code="busy")
    assert complete(priya, large).status_code == 202
    JobItem.objects.filter(pk=item.pk).update(state="failed", code="worker_died")
    assert_problem(complete(priya, large), 422, "cannot_verify", "file")
    assert (document_of(large).state, objects()) == ("rejected", set())
