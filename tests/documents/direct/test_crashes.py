"""Death, a second request and the sweep at each step of an upload's end: nothing lost or doubled."""

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.errors import ProblemError
from documents.errors import UploadIncompleteError
from documents.keys import staging_key
from documents.models import DirectUpload, Document
from documents.policies import get_upload_for
from documents.registry import policy_for_slug
from documents.services import direct_uploads, finishing, sweep
from documents.services.direct_uploads import Announced, begin_upload
from documents.services.finishing import complete_upload
from documents.services.sweep import sweep_unfinished_uploads
from documents.storage import object_store
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from documents.storage.folder_uploads import PARTS
from tests.conftest import member
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import (
    ask_begin,
    begin,
    document_of,
    expire,
    post,
    sign,
    state,
    upload_of,
)
from tests.documents.helpers import assert_problem, objects, temporary
from tests.documents.test_crash_points import Killed, after, die

# The steps of finishing; what happens between two of them happens after the first.
STEPS = ("_join_parts", "_verified", "_copied", "_write", "show", "clear_staging")
POINTS = [(STEPS[0], "before"), *((step, "after") for step in STEPS)]
SHOWN = {(step, "after") for step in STEPS[-2:]}  # the row was faster than what happens


@contextmanager
def at(monkeypatch, step, when, act):
    """Let something happen once before or after a step."""
    real, acted = getattr(finishing, step), []

    def stepping(*args, **kwargs):
        if when == "before" and not acted:
            acted.append(1)
            act()
        found = real(*args, **kwargs)
        if when == "after" and not acted:
            acted.append(1)
            act()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(finishing, step, stepping)
        yield
    assert acted, "the step was not taken"


def finish(begun, who="priya"):
    upload = get_upload_for(member(who), begun["id"])
    return complete_upload(membership=member(who), upload=upload).document.state


def finish_or_say(begun):
    """Finish; what was sent may have gone from the staging place meanwhile, and nothing else."""
    try:
        return finish(begun)
    except UploadIncompleteError:
        return document_of(begun).state


def assert_whole(begun, number=1):
    """It is available once, with its bytes, and nothing lies elsewhere."""
    document = document_of(begun)
    assert document.state == "available"
    assert Document.objects.count() == DirectUpload.objects.count() == number
    with object_store().fetch(document.s3_key) as (info, chunks):
        assert b"".join(chunks) == minimal()
    assert info.metadata == {"sha256": document.sha256}
    assert temporary() == []


@pytest.fixture
def sent(world):
    """An upload whose bytes are there, made without HTTP."""
    body = minimal()
    upload = begin_upload(
        membership=member("priya"),
        policy=policy_for_slug("lab-results"),
        owner=world.blood,
        announced=Announced(filename="scan.pdf", size=len(body)),
    )
    object_store().receive(staging_key(upload.document_id), [body], size=len(body))
    return {"id": str(upload.document_id)}


@pytest.mark.parametrize(("step", "when"), POINTS, ids=lambda text: text)
def test_death_and_then_it_is_completed_again(step, when, sent, monkeypatch):
    with at(monkeypatch, step, when, die), pytest.raises(Killed):
        finish(sent)
    for _ in range(2):
        assert finish(sent) == "available"
    assert_whole(sent)
    sweep_unfinished_uploads()
    expire(sent)
    clear_links(sent)
    sweep_unfinished_uploads()
    assert_whole(sent)
    assert objects() == {document_of(sent).s3_key}


def clear_links(begun):
    """As if its links had been dead for long."""
    DirectUpload.objects.filter(document_id=begun["id"]).update(
        links_until=timezone.now() - timedelta(hours=2)
    )


@pytest.mark.parametrize(("step", "when"), POINTS, ids=lambda text: text)
def test_death_and_then_nobody_comes_back(step, when, sent, monkeypatch):
    shown = (step, when) in SHOWN
    with at(monkeypatch, step, when, die), pytest.raises(Killed):
        finish(sent)
    assert sweep_unfinished_uploads() == 0, "its time is not over"
    expire(sent)
    clear_links(sent)
    assert sweep_unfinished_uploads() == (0 if shown else 1)
    assert sweep_unfinished_uploads() == 0
    document = document_of(sent)
    assert document.state == ("available" if shown else "rejected")
    assert objects() == ({document.s3_key} if shown else set())
    assert upload_of(sent).cleared_at is not None
    if not shown:
        assert document.state_reason == "unfinished"
        assert finish(sent) == "rejected"


@pytest.mark.parametrize(("step", "when"), POINTS, ids=lambda text: text)
def test_another_request_does_it_meanwhile(step, when, sent, monkeypatch):
    """As if the lock were lost: a connection has it once more for itself."""

    def another():
        assert finish(sent, "ada") == "available"

    with at(monkeypatch, step, when, another):
        finish_or_say(sent)
    assert_whole(sent)
    assert objects() == {document_of(sent).s3_key}


@pytest.mark.parametrize(("step", "when"), POINTS, ids=lambda text: text)
def test_the_sweep_comes_meanwhile(step, when, sent, monkeypatch):
    """As if the lock were lost; the row decides who was first, and the bytes follow."""

    def swept():
        expire(sent)
        sweep_unfinished_uploads()

    with at(monkeypatch, step, when, swept):
        found = finish_or_say(sent)
    document = document_of(sent)
    assert found == document.state
    shown = (step, when) in SHOWN
    assert found == ("available" if shown else "rejected")
    assert objects() == ({document.s3_key} if shown else set())


def test_other_bytes_after_the_first_were_written(world, priya, nobody, monkeypatch):
    """It died with bytes at the document's key, and the client has sent others since."""
    first, other = minimal(), minimal().replace(b"1.4", b"1.5", 1)
    assert len(first) == len(other)
    assert first != other
    begun = begin(priya, world, sha256=None)
    post(nobody, begun)
    with at(monkeypatch, "_write", "after", die), pytest.raises(Killed):
        finish(begun)
    assert post(nobody, begun, other).status_code == 204
    assert finish(begun) == "rejected"
    assert (state(priya, begun)["reason"], objects()) == ("bytes_changed", set())


def test_it_dies_while_it_begins(world, priya, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(direct_uploads, "announce", after(direct_uploads.announce))
        with pytest.raises(Killed):
            begin(priya, world)
    assert not Document.objects.exists(), "one transaction for both rows"
    begin(priya, world)


def test_it_dies_between_the_stores_upload_and_its_note(world, priya, settings, monkeypatch):
    settings.DIRECT_UPLOAD_PARTS_ABOVE, settings.DIRECT_UPLOAD_PART_SIZE = 1, 200
    begun = begin(priya, world)
    with monkeypatch.context() as patch:
        patch.setattr(
            FileSystemObjectStore, "begin_multipart", after(FileSystemObjectStore.begin_multipart)
        )
        with pytest.raises(Killed):
            sign(priya, begun, 1)
    assert sign(priya, begun, 1)
    assert priya.delete(f"/api/v1/files/{begun['id']}/upload").status_code == 204
    root = Path(settings.STORAGES["documents"]["OPTIONS"]["location"], PARTS)
    staging = root / "alpha/system/temp/uploads"
    assert [*staging.iterdir()] == [], "neither of the two"


@pytest.mark.parametrize("dies", ["clear", "remove", "clear_staging"])
def test_it_dies_while_it_is_refused(dies, world, priya, nobody, monkeypatch):
    begun = begin(priya, world, sha256="0" * 64)
    post(nobody, begun)
    with monkeypatch.context() as patch:
        if dies == "remove":
            patch.setattr(FileSystemObjectStore, "remove", after(FileSystemObjectStore.remove))
        elif dies == "clear":
            patch.setattr(finishing, "clear", die)
        else:
            patch.setattr(sweep, "clear_staging", after(sweep.clear_staging))
        with pytest.raises(Killed):
            finish(begun)
    found = state(priya, begun)
    assert (found["state"], found["reason"]) == ("rejected", "hash_differs")
    assert document_of(begun).state == "purging"
    assert sweep_unfinished_uploads() == 1
    assert (document_of(begun).state_reason, objects()) == ("hash_differs", set())
    assert state(priya, begun) == found


def test_a_store_that_is_away_keeps_the_upload(sent, monkeypatch):
    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    for call in ("stat", "fetch", "copy"):
        with monkeypatch.context() as patch:
            patch.setattr(FileSystemObjectStore, call, away)
            with pytest.raises(ProblemError) as caught:
                finish(sent)
        assert caught.value.code == "store_unavailable"
        assert document_of(sent).state == "pending"
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        assert finish(sent) == "available", "what was sent is cleared later"
    assert len(objects()) == 2
    clear_links(sent)
    sweep_unfinished_uploads()
    assert_whole(sent)
    assert objects() == {document_of(sent).s3_key}


def test_bytes_that_break_off_are_no_refusal(sent, monkeypatch):
    real = FileSystemObjectStore.fetch

    @contextmanager
    def short(self, key):
        with real(self, key) as (info, chunks):
            yield info, (chunk[:10] for chunk in chunks)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "fetch", short)
        with pytest.raises(ProblemError) as caught:
            finish(sent)
    assert caught.value.code == "store_unavailable"
    assert finish(sent) == "available"
    assert_whole(sent)


@pytest.mark.logs_errors
def test_a_form_that_cannot_be_made_leaves_no_place_taken(world, priya, monkeypatch):
    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "presign_post", away)
        assert_problem(ask_begin(priya, world), 503, "store_unavailable")
    assert Document.objects.get().state == "rejected"
