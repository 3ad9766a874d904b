"""Previews lie in the store beside their documents, and go with them, whatever dies when."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.utils import timezone
from django_tenants.utils import tenant_context

from documents.errors import StoreUnavailableError
from documents.models import Document
from documents.preview_models import Preview
from documents.rendering.running import RendererBusyError
from documents.services import preview_removal, previews
from documents.services.preview_removal import clear_previews, sweep_previews, withdraw_previews
from documents.services.previews import make_previews
from documents.services.purging import purge_document
from documents.services.reporting import report_on_bucket
from documents.services.trash import restore_document, trash_document
from documents.storage import StoreError, object_store
from documents.storage.filesystem import FileSystemObjectStore
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.helpers import objects, upload
from tests.documents.verify.conftest import empty_store
from tests.documents.verify.helpers import assert_sound, verify


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


def die(*_, **__):
    raise Killed


def after(function):
    def both(*args, **kwargs):
        function(*args, **kwargs)
        raise Killed

    return both


def away(*_, **__):
    raise StoreError("The store cannot be reached.")


def keys():
    return {info.key for info in object_store().keys("alpha/")}


def states():
    return sorted(Preview.objects.values_list("state", flat=True))


def due(document):
    """Put it into the trash, long enough ago."""
    trash_document(membership=member("ada"), document=document)
    Document.objects.filter(pk=document.pk).update(
        uploaded_at=timezone.now() - timedelta(days=8 * 365), purge_after=timezone.now()
    )
    return Document.objects.get(pk=document.pk)


def age(**filters):
    """Let rows be older than any writer's last write."""
    long_ago = timezone.now() - 2 * preview_removal.GRACE
    Preview.objects.filter(**filters).update(updated_at=long_ago)


@pytest.fixture
def document(world, photo, in_process):
    return upload(world, photo, name="foot.jpg")


def test_made_kept_known_and_removed_in_each_store(stored, world, photo):
    empty_store("alpha")
    document = upload(world, photo, name="foot.jpg")
    rows = make_previews(document)
    assert [(row.edge, row.state, row.mime, row.pages) for row in rows] == [
        (200, "made", "image/jpeg", 1),
        (800, "made", "image/jpeg", 1),
    ]
    assert keys() == {document.s3_key, *(row.s3_key for row in rows)}
    for row in rows:
        assert row.s3_key.startswith(f"alpha/previews/{document.pk}/")
        assert object_store().stat(row.s3_key).size == row.size
        with object_store().read(row.s3_key) as chunks:
            assert b"".join(chunks).startswith(b"\xff\xd8\xff")
    assert make_previews(document) == rows, "what there is is not made again"
    assert_sound(verify(), 1)
    report = report_on_bucket().report()
    assert report["retention"]["(preview)"]["files"] == 2
    assert report["folders"]["previews"]["files"] == 2
    assert report["orphans"]["files"] == 0
    assert purge_document(due(document))
    assert (keys(), states()) == (set(), [])


def test_an_object_in_their_folder_that_no_row_names_is_an_orphan(document):
    rows = make_previews(document)
    Preview.objects.filter(pk=rows[0].pk).delete()
    job = verify()
    assert (job.state, job.counts) == ("failed", {"orphan": 1, "verified": 1})


POINTS = {  # what dies; the states of rows; the objects beside the document
    "while rendering": (lambda m: m.setattr(previews, "render", die), [], 0),
    "before the announcement": (lambda m: m.setattr(previews, "_announce", die), [], 0),
    "after the announcement": (lambda m: m.setattr(previews, "_write", die), ["making"] * 2, 0),
    "between the two": (
        lambda m: m.setattr(FileSystemObjectStore, "put", after(FileSystemObjectStore.put)),
        ["making"] * 2,
        1,
    ),
    "before it is shown": (lambda m: m.setattr(previews, "_show", die), ["making"] * 2, 2),
    "after it is shown": (
        lambda m: m.setattr(previews, "clear_previews", die),
        ["made"] * 2,
        2,
    ),
}


@pytest.mark.parametrize(("arm", "left", "kept"), POINTS.values(), ids=POINTS)
def test_a_maker_that_dies_leaves_nothing_unknown_and_the_next_makes_them(
    arm, left, kept, document, monkeypatch
):
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            make_previews(document)
    assert (states(), len(objects())) == (left, 1 + kept)
    assert_sound(verify(), 1)
    rows = make_previews(document)
    assert [row.state for row in rows] == ["made"] * 2
    assert sweep_previews() == 0, "a maker may be at work still"
    age(state="making")
    assert sweep_previews() == left.count("making")
    assert objects() == {document.s3_key, *(row.s3_key for row in rows)}
    assert states() == ["made"] * 2


REMOVALS = {
    "after the row": ("purging", lambda m: m.setattr(FileSystemObjectStore, "remove", die)),
    "after the document's bytes": (
        "purging",
        lambda m: m.setattr("documents.services.purging.clear_previews", die),
    ),
    "after one preview": (
        "purging",
        lambda m: m.setattr(preview_removal, "_clear", after(preview_removal._clear)),
    ),
}


@pytest.mark.parametrize(("state", "arm"), REMOVALS.values(), ids=REMOVALS)
def test_a_purge_that_dies_is_gone_on_with(state, arm, document, monkeypatch):
    make_previews(document)
    document = due(document)
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            purge_document(document)
    document.refresh_from_db()
    assert document.state == state
    assert not Preview.objects.filter(state="made").exists(), "nobody is shown them any more"
    assert purge_document(document)
    assert (objects(), states()) == (set(), [])


def test_a_store_that_is_away_purges_later(document, monkeypatch):
    make_previews(document)
    document = due(document)
    with monkeypatch.context() as patch:
        patch.setattr(preview_removal, "object_store", Away)
        with pytest.raises(StoreUnavailableError):
            purge_document(document)
    assert len(objects()) == 2
    assert purge_document(document)
    assert (objects(), states()) == (set(), [])


class Away:
    remove = staticmethod(away)


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_what_is_purged_while_it_is_made_is_not_shown_and_not_left(dies, document, monkeypatch):
    """The purge comes between announcement and bytes: they must not outlive their document."""
    write = previews._write

    def late(rows, pictures):
        assert purge_document(due(document))
        assert states() == ["abandoned"] * 2, "they are known until the last write has ended"
        write(rows, pictures)

    with monkeypatch.context() as patch:
        patch.setattr(previews, "_write", late)
        if dies:
            patch.setattr(previews, "_show", die)
            with pytest.raises(Killed):
                make_previews(document)
        else:
            assert make_previews(document) == []
    assert len(objects()) == (2 if dies else 0)
    assert_sound(verify(), 0)
    assert sweep_previews() == 0
    assert (objects(), states()) == (set(), ["abandoned"] * 2)
    age()
    assert sweep_previews() == 2
    assert states() == []


def test_a_writer_whose_rows_are_gone_removes_what_it_has_written(document, monkeypatch):
    write = previews._write

    def late(rows, pictures):
        withdraw_previews([document.pk])
        clear_previews([document.pk], at_once=True)
        write(rows, pictures)

    monkeypatch.setattr(previews, "_write", late)
    assert make_previews(document) == []
    assert (objects(), states()) == ({document.s3_key}, [])


def test_a_store_that_fails_leaves_nothing_for_good(document, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        with pytest.raises(StoreUnavailableError):
            make_previews(document)
    assert states() == ["abandoned"] * 2
    assert [row.state for row in make_previews(document)] == ["made"] * 2
    age(state="abandoned")
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        assert sweep_previews() == 0
    assert sweep_previews() == 2
    assert states() == ["made"] * 2


def test_the_trash_keeps_them_and_a_document_that_is_there_cannot_lose_its_row(document):
    rows = make_previews(document)
    trash_document(membership=member("ada"), document=document)
    assert sweep_previews() == 0
    restore_document(membership=member("ada"), document=document)
    assert make_previews(document) == rows
    with pytest.raises(ProtectedError):
        document.delete()


def test_the_sweep_clears_up_behind_who_has_forgotten_them(document):
    make_previews(document)
    Document.objects.filter(pk=document.pk).update(state="purged")
    assert sweep_previews() == 2
    assert (objects(), states()) == ({document.s3_key}, [])


def test_a_better_renderer_makes_them_anew(document, monkeypatch):
    before = make_previews(document)
    monkeypatch.setattr(previews, "VERSION", previews.VERSION + 1)
    rows = make_previews(document)
    assert {row.version for row in rows} == {previews.VERSION}
    assert not {row.s3_key for row in rows} & {row.s3_key for row in before}
    assert objects() == {document.s3_key, *(row.s3_key for row in rows)}


def test_what_cannot_be_rendered_is_noted_and_not_tried_each_time(document, monkeypatch):
    Document.objects.filter(pk=document.pk).update(file_type="application/pdf")
    document.refresh_from_db()
    rows = make_previews(document)
    assert {(row.state, row.reason, row.s3_key) for row in rows} == {("failed", "damaged", None)}
    monkeypatch.setattr(previews, "render", die)
    assert make_previews(document) == rows
    age()
    assert make_previews(document) == rows, "the file is no better another day"


@pytest.mark.parametrize("reason", sorted(previews.PASSING))
def test_what_may_pass_is_tried_again_another_day_five_times(reason, document, monkeypatch):
    def fail(*_, **__):
        raise previews.CannotRenderError(reason)

    with monkeypatch.context() as patch:
        patch.setattr(previews, "render", fail)
        for attempt in (1, 2):
            assert {row.attempts for row in make_previews(document)} == {attempt}
            assert {row.attempts for row in make_previews(document)} == {attempt}, "not at once"
            Preview.objects.update(updated_at=timezone.now() - 2 * previews.RETRY_AFTER)
    assert [row.state for row in make_previews(document)] == ["made"] * 2
    assert states() == ["made"] * 2
    Preview.objects.all().delete()
    with monkeypatch.context() as patch:
        patch.setattr(previews, "render", fail)
        make_previews(document)
    many = previews.MOST_ATTEMPTS
    Preview.objects.update(attempts=many, updated_at=timezone.now() - 2 * previews.RETRY_AFTER)
    assert {row.attempts for row in make_previews(document)} == {many}, "and then no more"


def test_a_document_whose_bytes_are_lost_is_not_tried_again_at_once(document):
    object_store().remove(document.s3_key)
    assert {row.reason for row in make_previews(document)} == {"no_bytes"}


def test_two_makers_at_once_make_them_once(committed, photo):
    with tenant_context(committed):
        document = upload(make_world(), photo, name="foot.jpg")
    start, results = threading.Barrier(3), []

    def run():
        with tenant_context(committed):
            start.wait()
            try:
                results.append([str(row.pk) for row in make_previews(document)])
            except RendererBusyError:
                results.append("busy")
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_context(committed):
        there = [str(pk) for pk in Preview.objects.order_by("edge").values_list("pk", flat=True)]
        assert len(there) == 2
        assert there in results
        assert all(one in ("busy", there) for one in results), results
        assert len(objects()) == 3
