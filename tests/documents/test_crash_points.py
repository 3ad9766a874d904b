"""Death at every point of an upload: nothing is shown too early, nothing is lost, all is cleared."""

from datetime import timedelta

import pytest

from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document
from documents.services import upload as module
from documents.services.showing import UNFINISHED
from documents.services.sweep import sweep_unfinished_uploads
from documents.storage import object_store
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import assert_problem, objects, send, upload

NOW = timedelta(0)


class Killed(BaseException):
    """Like SIGKILL: nobody catches it."""


def die(*_, **__):
    raise Killed


def after(function):
    """Do it, then die."""

    def both(*args, **kwargs):
        function(*args, **kwargs)
        raise Killed

    return both


def in_the_middle(handle, _):
    yield handle.read(16)
    raise Killed


# what dies, and what it leaves: rows by state, number of objects
POINTS = {
    "before the announcement": (lambda m: m.setattr(module, "announce", die), [], 0),
    "after the announcement": (
        lambda m: m.setattr(module, "announce", after(module.announce)),
        ["pending"],
        0,
    ),
    "before the bytes": (lambda m: m.setattr(module, "store_bytes", die), ["pending"], 0),
    "in the middle of the bytes": (
        lambda m: m.setattr("documents.storage.filesystem._chunks", in_the_middle),
        ["pending"],
        0,
    ),
    "after the bytes": (
        lambda m: m.setattr(module, "store_bytes", after(module.store_bytes)),
        ["pending"],
        1,
    ),
    "before it is shown": (lambda m: m.setattr(module, "show", die), ["pending"], 1),
    "after it is shown": (
        lambda m: m.setattr(module, "show", after(module.show)),
        ["available"],
        1,
    ),
}


def states():
    return list(Document.objects.order_by("pk").values_list("state", flat=True))


def shown(client, world):
    return [found["id"] for found in client.get(world.files).json()["results"]]


@pytest.mark.parametrize(("arm", "rows", "kept"), POINTS.values(), ids=POINTS)
def test_death_shows_and_leaves_nothing_that_is_not_whole(
    arm, rows, kept, world, priya, monkeypatch
):
    before = upload(world)
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            upload(world)
    left = Document.objects.exclude(pk=before.pk)
    whole = [str(pk) for pk in left.filter(state="available").values_list("pk", flat=True)]
    assert [one.state for one in left] == rows
    assert len(objects()) == 1 + kept
    assert set(shown(priya, world)) == {str(before.pk), *whole}
    for document in left.exclude(state="available"):
        answer = priya.get(f"/api/v1/files/{document.pk}/download")
        assert_problem(answer, 404, "not_found")

    for cleared in (len(rows) - len(whole), 0):  # the second time there is nothing to do
        assert sweep_unfinished_uploads(older_than=NOW) == cleared
    assert states() == ["available", *("available" if whole else "rejected" for _ in rows)]
    assert objects() == {one.s3_key for one in Document.objects.filter(state="available")}
    assert set(shown(priya, world)) == {str(before.pk), *whole}
    upload(world)
    assert len(shown(priya, world)) == 2 + len(whole)


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_a_worker_that_is_told_to_stop_leaves_nothing_for_long(error, world, monkeypatch):
    def stop(*_):
        raise error

    monkeypatch.setattr(module, "show", stop)
    with pytest.raises(type(error)):
        upload(world)
    assert (states(), len(objects())) == (["pending"], 1)
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert (states(), objects()) == (["rejected"], set())


def test_death_inside_the_request_answers_nothing_false(world, client_of, monkeypatch):
    monkeypatch.setattr(module, "show", die)
    priya = client_of("priya")
    with pytest.raises(Killed):
        send(priya, world.files)
    assert shown(priya, world) == []
    monkeypatch.undo()


def test_an_upload_that_is_under_way_is_left_alone(world, monkeypatch):
    monkeypatch.setattr(module, "show", die)
    with pytest.raises(Killed):
        upload(world)
    assert sweep_unfinished_uploads() == 0
    assert (states(), len(objects())) == (["pending"], 1)
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert (states(), objects()) == (["rejected"], set())


def test_the_sweep_survives_a_store_that_is_away(world, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "show", die)
        for _ in range(2):
            with pytest.raises(Killed):
                upload(world)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        assert sweep_unfinished_uploads(older_than=NOW) == 0
    assert (states(), len(objects())) == (["purging"] * 2, 2)
    assert sweep_unfinished_uploads(older_than=NOW) == 2
    assert (states(), objects()) == (["rejected"] * 2, set())


def away(*_, **__):
    raise StoreError("The store cannot be reached.")


def test_one_object_that_cannot_be_removed_does_not_stop_the_others(world, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "show", die)
        for _ in range(3):
            with pytest.raises(Killed):
                upload(world)
    stuck = Document.objects.order_by("pk").first()
    remove = FileSystemObjectStore.remove

    def some(self, key):
        if key == stuck.s3_key:
            away()
        remove(self, key)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", some)
        assert sweep_unfinished_uploads(older_than=NOW) == 2
    assert objects() == {stuck.s3_key}
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert objects() == set()


def test_the_sweep_killed_in_the_middle_goes_on_the_next_time(world, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "show", die)
        with pytest.raises(Killed):
            upload(world)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", after(FileSystemObjectStore.remove))
        with pytest.raises(Killed):
            sweep_unfinished_uploads(older_than=NOW)
    assert (states(), objects()) == (["purging"], set())
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert states() == ["rejected"]


def test_what_was_swept_meanwhile_is_not_shown_and_not_kept(world, monkeypatch):
    """The sweep comes between announcement and bytes: the object must not outlive its row."""
    put = module.store_bytes

    def late(document, content):
        assert sweep_unfinished_uploads(older_than=NOW) == 1
        put(document, content)

    with monkeypatch.context() as patch:
        patch.setattr(module, "store_bytes", late)
        with pytest.raises(DocumentStateError):
            upload(world)
    assert (states(), objects()) == (["rejected"], set())
    upload(world)
    assert (states(), len(objects())) == (["rejected", "available"], 1)


def test_what_was_swept_and_cannot_be_removed_is_swept_again(world, monkeypatch):
    put = module.store_bytes

    def late(document, content):
        sweep_unfinished_uploads(older_than=NOW)
        put(document, content)

    with monkeypatch.context() as patch:
        patch.setattr(module, "store_bytes", late)
        patch.setattr(FileSystemObjectStore, "remove", removes_once(FileSystemObjectStore.remove))
        with pytest.raises(DocumentStateError):
            upload(world)
    assert (states(), len(objects())) == (["purging"], 1)
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert (states(), objects()) == (["rejected"], set())


def removes_once(remove):
    calls = []

    def once(self, key):
        calls.append(key)
        if len(calls) > 1:
            away()
        remove(self, key)

    return once


@pytest.mark.logs_errors
def test_a_store_that_fails_keeps_nothing_and_says_so(world, priya, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        assert_problem(send(priya, world.files), 503, "store_unavailable")
    assert (states(), objects()) == (["rejected"], set())
    assert send(priya, world.files).status_code == 201
    assert shown(priya, world) == [str(Document.objects.get(state="available").pk)]


def test_a_store_that_fails_for_good_is_cleared_later(world, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        patch.setattr(FileSystemObjectStore, "remove", away)
        with pytest.raises(StoreUnavailableError):
            upload(world)
    assert states() == ["pending"]
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert states() == ["rejected"]


def test_other_removals_are_none_of_the_sweeps_business(world):
    document = upload(world)
    Document.objects.filter(pk=document.pk).update(state="purging", state_reason="retention")
    assert sweep_unfinished_uploads(older_than=NOW) == 0
    with object_store().read(document.s3_key) as chunks:
        assert b"".join(chunks) == minimal()
    Document.objects.filter(pk=document.pk).update(state_reason=UNFINISHED)
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert objects() == set()
