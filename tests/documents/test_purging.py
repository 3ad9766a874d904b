"""What has lain in the trash long enough goes for good, and nothing else, whatever dies when."""

import io
import json
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document
from documents.services import purging
from documents.services.holds import hold_document
from documents.services.purging import purge_document, to_purge
from documents.services.sweep import sweep_unfinished_uploads
from documents.services.trash import restore_document, trash_document
from documents.storage import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from documents.tasks import purge_trash_everywhere
from jobs.models import Job
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.helpers import objects, upload


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


def trashed(world, *, due=True, **fields):
    """A document in the trash, old enough to be purged or not."""
    document = upload(world)
    document = trash_document(membership=member("priya"), document=document)
    if due:
        long_ago = timezone.now() - timedelta(days=8 * 365)
        fields = {"uploaded_at": long_ago, "purge_after": timezone.now(), **fields}
    Document.objects.filter(pk=document.pk).update(**fields)
    return Document.objects.get(pk=document.pk)


def command(*arguments):
    out, code = io.StringIO(), 0
    try:
        call_command("purge_trash", "--tenant", "alpha", "--json", *arguments, stdout=out)
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())


def state(document):
    document.refresh_from_db()
    return document.state


def test_the_bytes_go_and_the_receipt_stays(world):
    document, kept = trashed(world), upload(world)
    assert purge_document(document)
    assert state(document) == "purged"
    assert document.purged_at is not None
    assert document.sha256 == kept.sha256
    assert objects() == {kept.s3_key}
    assert not to_purge().exists()
    assert purge_document(document) is False


def test_a_dry_run_only_shows_it(world):
    document = trashed(world)
    code, report = command()
    assert (code, report["state"], report["dry_run"]) == (0, "succeeded", True)
    assert report["codes"] == {"purged": 1}
    assert state(document) == "trashed"
    assert objects() == {document.s3_key}


def test_the_command_purges_what_is_due_and_says_what_it_keeps(world):
    due = [trashed(world) for _ in range(3)]
    kept = [
        trashed(world, due=False),
        trashed(world, purge_after=timezone.now() + timedelta(hours=1)),
        trashed(world, retention="filemaker"),
        trashed(world, retain_until=timezone.now().date() + timedelta(days=1)),
        trashed(world, uploaded_at=timezone.now() - timedelta(days=6 * 365)),
        trashed(world, legal_hold=True),
        upload(world),
    ]
    code, report = command("--apply")
    assert (code, report["state"]) == (0, "succeeded")
    assert report["codes"] == {"purged": 3}
    assert [state(one) for one in due] == ["purged"] * 3
    assert [state(one) for one in kept] == ["trashed"] * 6 + ["available"]
    assert objects() == {one.s3_key for one in kept}
    code, report = command("--apply")
    assert (code, report["counts"]["total"]) == (0, 0)


def test_the_same_file_can_be_sent_again_before_and_after(world):
    document = trashed(world)
    again = upload(world)
    assert again.sha256 == document.sha256
    assert purge_document(document)
    assert upload(world).s3_key not in {document.s3_key, again.s3_key}
    assert again.s3_key in objects()


POINTS = {
    "after the row": ("purging", lambda m: m.setattr(FileSystemObjectStore, "remove", die), 1),
    "in the middle of the bytes": (
        "purging",
        lambda m: m.setattr("documents.storage.filesystem.FileSystemObjectStore._prune", die),
        0,
    ),
    "before the receipt": ("purging", lambda m: m.setattr(purging, "object_store", Dying), 0),
}


def die(*_, **__):
    raise Killed


class Dying:
    def remove(self, key):
        from documents.storage import object_store

        object_store().remove(key)
        raise Killed


@pytest.mark.parametrize(("left", "arm", "bytes_left"), POINTS.values(), ids=POINTS)
def test_a_death_is_gone_on_with(left, arm, bytes_left, world, monkeypatch):
    document = trashed(world)
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            purge_document(document)
    assert state(document) == left
    assert len(objects()) == bytes_left
    assert sweep_unfinished_uploads(older_than=timedelta(0)) == 0  # that is not its business
    with pytest.raises(DocumentStateError):
        restore_document(membership=member("priya"), document=document)
    code, _ = command("--apply")
    assert (code, state(document), objects()) == (0, "purged", set())


def test_a_store_that_is_away_is_said_and_tried_again(world, monkeypatch):
    documents = [trashed(world) for _ in range(2)]

    def away(*_):
        raise StoreError("away")

    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.001)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", away)
        with pytest.raises(StoreUnavailableError):
            purge_document(documents[0])
        code, report = command("--apply")
    assert code == 1
    assert {failure["code"] for failure in report["failures"]} == {"store_unavailable"}
    assert {gap["code"] for gap in report["gaps"]} == {"purging"}
    assert [state(one) for one in documents] == ["purging"] * 2
    assert len(objects()) == 2
    code, report = command("--apply")
    assert (code, objects()) == (0, set())


def test_what_is_restored_or_held_meanwhile_is_left(world, monkeypatch):
    """Between the list and the turn of a document somebody restores one and holds another."""
    restored, held, gone = (trashed(world) for _ in range(3))
    from documents.job_kinds.purging import PurgeTrash

    list_items = PurgeTrash.list_items

    def and_then(self):
        yield from list_items(self)
        restore_document(membership=member("priya"), document=restored)
        hold_document(membership=member("ada"), document=held, reason="A claim")

    monkeypatch.setattr(PurgeTrash, "list_items", and_then)
    code, report = command("--apply")
    assert (code, report["codes"]) == (0, {"kept": 2, "purged": 1})
    assert [state(one) for one in (restored, held, gone)] == ["available", "trashed", "purged"]
    assert objects() == {restored.s3_key, held.s3_key}


def test_the_database_refuses_to_purge_what_is_held(world):
    document = trashed(world, legal_hold=True)
    for wanted in ("purging", "purged"):
        with pytest.raises(InternalError), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(state=wanted)


def test_two_at_once_purge_each_once(committed):
    together, found = threading.Barrier(2), []
    with tenant_context(committed):
        documents = [trashed(make_world()) for _ in range(8)]

        def purge():
            try:
                with tenant_context(committed):
                    together.wait()
                    found.append([purge_document(one) for one in documents])
            finally:
                connection.close()

        threads = [threading.Thread(target=purge) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(found) == 2
        assert all(any(pair) for pair in zip(*found, strict=True))
        assert {state(one) for one in documents} == {"purged"}
        assert objects() == set()


def test_beat_starts_it_where_there_is_something_to_purge(world, alpha, beta, monkeypatch):
    sent = []
    monkeypatch.setattr("jobs.services.background.send_job", lambda job: sent.append(job.kind))
    trashed(world)
    with monkeypatch.context() as patch:
        patch.setattr("documents.tasks.purge_trash.delay", lambda: started(sent))
        purge_trash_everywhere()
    assert sent == [("alpha", "purge"), "documents_purge_trash"]
    assert Job.objects.get().state == "running"


def started(sent):
    from documents.tasks import purge_trash

    sent.append((connection.schema_name, "purge"))
    purge_trash()


def test_beat_leaves_a_purge_that_somebody_paused(world):
    from documents.tasks import purge_trash

    trashed(world)
    job = Job.objects.get(pk=purge_trash())
    for state, then in (("interrupted", "running"), ("paused", "paused")):
        Job.objects.filter(pk=job.pk).update(state=state)
        assert purge_trash() == str(job.pk)
        job.refresh_from_db()
        assert job.state == then
