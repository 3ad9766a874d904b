"""What never completes goes after its time; links that live on bring nothing back for long."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from documents.models import DirectUpload
from documents.services.finishing import complete_upload
from documents.services.ownership import stored_objects
from documents.services.staging import is_needed
from documents.services.sweep import role_of, sweep_unfinished_uploads
from documents.storage import object_store
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from jobs.services.workers import only_one
from tests.conftest import member
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import (
    begin,
    complete,
    document_of,
    expire,
    post,
    put,
    sign,
    state,
    upload_of,
)
from tests.documents.direct.test_crashes import clear_links
from tests.documents.helpers import objects
from tests.documents.verify.helpers import assert_sound, gaps, verify


def test_an_hour_is_not_its_time(world, priya, nobody):
    begun = begin(priya, world)
    post(nobody, begun)
    assert sweep_unfinished_uploads(older_than=timedelta(0)) == 0
    assert document_of(begun).state == "pending"
    assert upload_of(begun).expires_at > timezone.now() + timedelta(hours=23)


def test_after_its_time_everything_goes(world, priya, nobody, settings):
    settings.DIRECT_UPLOAD_PARTS_ABOVE, settings.DIRECT_UPLOAD_PART_SIZE = 1, 200
    parts = begin(priya, world)
    put(nobody, sign(priya, parts, 1)[1], minimal()[:200])
    settings.DIRECT_UPLOAD_PARTS_ABOVE = 10_000
    whole, empty = begin(priya, world), begin(priya, world)
    post(nobody, whole)
    assert len(objects()) == 2
    for begun in (parts, whole, empty):
        expire(begun)
    assert sweep_unfinished_uploads() == 3
    assert objects() == set()
    for begun in (parts, whole, empty):
        found = state(priya, begun)
        assert (found["state"], found["reason"]) == ("rejected", "unfinished")
        assert "not completed in time" in found["detail"]
        assert complete(priya, begun).json()["code"] == "unfinished"
    assert sweep_unfinished_uploads() == 0


def test_what_is_being_finished_is_left_alone(world, priya, nobody, django_db_blocker):
    """Another connection holds the lock, as a worker does that reads a large file."""
    from threading import Event, Thread

    from django.db import connection

    begun = begin(priya, world)
    post(nobody, begun)
    expire(begun)
    held, over = Event(), Event()

    def hold():
        try:
            with schema_context("alpha"), only_one(role_of(document_of_id)) as ours:
                assert ours
                held.set()
                over.wait(30)
        finally:
            connection.close()

    document_of_id = document_of(begun).pk
    thread = Thread(target=hold)
    thread.start()
    try:
        assert held.wait(30)
        assert sweep_unfinished_uploads() == 0
        assert document_of(begun).state == "pending"
        answer = complete(priya, begun)
        assert (answer.status_code, answer.json()["state"]) == (202, "pending")
        assert priya.delete(f"/api/v1/files/{begun['id']}/upload").status_code == 409
    finally:
        over.set()
        thread.join()
    assert complete(priya, begun).status_code == 200


def test_what_is_sent_afterwards_goes_when_the_links_are_dead(world, priya, nobody):
    begun = begin(priya, world)
    post(nobody, begun)
    complete(priya, begun)
    key = f"alpha/system/temp/uploads/{begun['id']}"
    kept = objects()
    object_store().receive(key, [minimal()], size=len(minimal()))  # S3 looks at the link only
    sweep_unfinished_uploads()
    assert objects() == {*kept, key}, "they may be sending still"
    clear_links(begun)
    sweep_unfinished_uploads()
    assert objects() == kept
    assert upload_of(begun).cleared_at is not None


def test_a_store_that_is_away_is_tried_again(world, priya, nobody, monkeypatch):
    begun = begin(priya, world)
    post(nobody, begun)
    expire(begun)

    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        assert sweep_unfinished_uploads() == 0
    assert (document_of(begun).state, len(objects())) == ("purging", 1)
    assert state(priya, begun)["state"] == "rejected"
    assert sweep_unfinished_uploads() == 1
    clear_links(begun)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        sweep_unfinished_uploads()
    assert upload_of(begun).cleared_at is None
    sweep_unfinished_uploads()
    assert upload_of(begun).cleared_at is not None


def test_what_is_waited_for_is_needed_and_an_orphan_afterwards(world, priya, nobody):
    begun = begin(priya, world)
    post(nobody, begun)
    key = f"alpha/system/temp/uploads/{begun['id']}"
    assert is_needed(key)
    assert_sound(verify(), 0, "needed")
    assert not is_needed(key[:-1] + ("0" if key[-1] != "0" else "1"))
    with schema_context("beta"):
        assert not is_needed(key)
    complete(priya, begun)
    object_store().receive(key, [minimal()], size=len(minimal()))
    assert is_needed(key), "the sweep removes it"
    clear_links(begun)
    DirectUpload.objects.update(links_until=timezone.now() - timedelta(days=1))
    assert not is_needed(key)
    assert [one.info.key for one in stored_objects() if one.is_orphan] == [key]
    assert gaps(verify()) == {key: "orphan"}


def test_a_clinic_sweeps_its_own(world, priya):
    begun = begin(priya, world)
    expire(begun)
    with schema_context("beta"):
        assert sweep_unfinished_uploads() == 0
        assert not DirectUpload.objects.exists()
    assert document_of(begun).state == "pending"


@pytest.mark.parametrize("who", ["ada", "priya"])
def test_a_service_asks_the_role_too(who, world, priya, nobody):
    from accounts.errors import NotPermittedError
    from accounts.roles import Role

    begun = begin(priya, world)
    post(nobody, begun)
    caller = member(who)
    caller.role = Role.DEVELOPER
    with pytest.raises(NotPermittedError):
        complete_upload(membership=caller, upload=upload_of(begun))
    assert document_of(begun).state == "pending"
    complete_upload(membership=member(who), upload=upload_of(begun))
    assert document_of(begun).state == "available"
