"""People work while documents are verified: nothing false is reported."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from documents.job_kinds import verifying
from documents.models import Document
from documents.services import looking, upload as uploading
from documents.services.trash import restore_document, trash_document
from documents.storage import object_store
from jobs.kinds import kind_of
from jobs.services.control import start_job
from jobs.services.running import run_job
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.helpers import upload
from tests.documents.verify.conftest import empty_store, use
from tests.documents.verify.helpers import KIND, assert_sound, body, gaps, put, verify


def purge(document):
    """As a purge will do it: the row, the bytes, the receipt."""
    Document.objects.filter(pk=document.pk).update(state="purging")
    object_store().remove(document.s3_key)
    Document.objects.filter(pk=document.pk).update(state="purged", updated_at=timezone.now())


class Staff(threading.Thread):
    """Uploads, deletes, restores and purges until it is told to stop."""

    def __init__(self, account, world):
        super().__init__()
        self.account, self.world = account, world
        self.over = threading.Event()
        self.uploaded, self.purged, self.error = 0, 0, None

    def run(self):
        try:
            with tenant_context(self.account):
                while not self.over.is_set():
                    self.work()
        except BaseException as error:  # noqa: BLE001  told by the test
            self.error = error
        finally:
            connection.close()

    def work(self):
        n = self.uploaded
        made = upload(self.world, body(n), name=f"{n}.txt", slug="patients", owner=self.world.amal)
        self.uploaded += 1
        if n % 3:
            trash_document(membership=member("priya"), document=made)
        if n % 3 == 1:
            restore_document(membership=member("priya"), document=made)
        if n % 3 == 2:
            purge(made)
            self.purged += 1


@pytest.mark.parametrize("name", ["folder", "moto", "rclone"])
def test_nothing_false_is_reported_while_people_upload_and_delete(
    committed, request, settings, name
):
    use(request, settings, name)
    with tenant_context(committed):
        empty_store("alpha")
        world = make_world()
        staff = Staff(committed, world)
        staff.start()
        try:
            runs = 0
            while (runs < 10 or staff.purged < 10) and staff.error is None:
                job = verify()
                assert (job.state, gaps(job), job.report["gaps"]) == ("succeeded", {}, [])
                runs += 1
        finally:
            staff.over.set()
            staff.join()
    assert staff.error is None
    assert staff.uploaded > staff.purged >= 10


# --- The same, at the very moment -----------------------------------------------------------------


@pytest.fixture
def stored(request, settings):
    return use(request, settings, "folder")


def before(monkeypatch, place, name, task):
    """Do something right before a function is called for the first time."""
    function, done = getattr(place, name), []

    def first(*args, **kwargs):
        if not done:
            done.append(True)
            task()
        return function(*args, **kwargs)

    monkeypatch.setattr(place, name, first)
    return done


def test_a_document_that_is_purged_before_it_is_looked_at(documents, monkeypatch):
    done = before(monkeypatch, looking, "look_at", lambda: purge(documents[0]))
    job = verify()
    assert done
    assert (job.state, gaps(job)) == ("succeeded", {})


def test_a_document_that_is_purged_between_two_looks(documents, monkeypatch):
    object_store().remove(documents[0].s3_key)
    look_at, looks = looking.look_at, []

    def look(one, **how):
        looks.append(one.pk)
        if looks.count(documents[0].pk) == 2:
            purge(documents[0])
        return look_at(one, **how)

    monkeypatch.setattr(looking, "look_at", look)
    job = verify()
    assert looks.count(documents[0].pk) == 2
    assert (job.state, job.counts) == ("succeeded", {"verified": 5, "gone_meanwhile": 1})


def test_a_look_that_fails_once_is_not_believed(documents, monkeypatch):
    look_at, looks = looking.look_at, []

    def look(one, **how):
        looks.append(one)
        return "hash_differs" if len(looks) == 3 else look_at(one, **how)

    monkeypatch.setattr(looking, "look_at", look)
    assert_sound(verify(), 6)
    assert len(looks) == 7


def test_a_document_whose_object_is_moved_meanwhile_is_looked_at_again(documents, monkeypatch):
    one = documents[0]
    key = one.s3_key.replace(".txt", ".csv")

    def move():
        put(key, body(0))
        Document.objects.filter(pk=one.pk).update(s3_key=key)
        object_store().remove(one.s3_key)

    before(monkeypatch, looking, "look_at", move)
    assert_sound(verify(), 6)


def test_an_orphan_that_is_gone_or_owned_when_it_is_looked_at_again(documents, monkeypatch):
    gone, owned = put("alpha/gone.txt"), put("alpha/owned.txt")

    def act():
        object_store().remove(gone)
        Document.objects.filter(pk=documents[0].pk).update(s3_key=owned)
        object_store().remove(documents[0].s3_key)

    before(monkeypatch, verifying, "is_there", act)
    job = verify()
    assert gaps(job) == {}
    assert job.counts == {"verified": 6, "gone_meanwhile": 1, "needed": 1}


def test_an_upload_under_way_is_no_orphan(documents, world, monkeypatch):
    """Its bytes are there and it is not shown yet."""
    found = []

    def look():
        found.append(verify())

    before(monkeypatch, uploading, "show", look)
    upload(world, body(7), name="7.txt", slug="patients", owner=world.amal)
    assert_sound(found[0], 6)
    assert_sound(verify(), 7)


def test_a_large_chunk_gives_way_after_a_while(documents, monkeypatch):
    """What has been looked at is noted then, so that asking to stop is heard."""
    monkeypatch.setattr(looking, "TURN", -1)
    monkeypatch.setattr(looking, "GROUP", 1)
    object_store().remove(documents[0].s3_key)
    batches = []
    kind = kind_of(KIND)
    process = kind.process_batch

    def noted(self, batch):
        batches.append(len(batch.rows))
        return process(self, batch)

    monkeypatch.setattr(kind, "process_batch", noted)
    job = run_job(start_job(kind=KIND, parameters={}), concurrency=1)
    assert gaps(job) == {str(documents[0].pk): "missing"}
    assert batches == [1] * 6
    assert job.counts == {"verified": 5, "missing": 1}


def test_a_document_that_is_uploaded_meanwhile_is_looked_at_too(documents, world, monkeypatch):
    before(
        monkeypatch,
        looking,
        "look_at",
        lambda: upload(world, body(7), name="7.txt", slug="patients", owner=world.amal),
    )
    job = verify()
    assert_sound(job, 7)
    assert (job.total, job.report["documents_now"]) == (6, 7)
    assert timezone.now() - job.started_at < timedelta(minutes=5)
