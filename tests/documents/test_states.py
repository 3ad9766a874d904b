"""Every arrow of a document's life, killed at each of its steps; then what beat runs mends it.

A step is a statement that writes documents' rows, or a call of the store that writes or removes,
and a death may come before or after it: after the last one of a transaction is at its commit. The
steps are counted in a run that is not killed, so none can be forgotten.
"""

import io
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from documents.errors import StoreUnavailableError
from documents.models import Document
from documents.registry import policy_for_slug
from documents.scanning import Verdict
from documents.services import showing, upload as uploading
from documents.services.importing import import_document
from documents.services.purging import purge_document
from documents.services.quarantine import (
    delete_quarantined,
    quarantine_document,
    release_quarantined,
    rescan_document,
)
from documents.services.reconciling import reconcile, sweep_late_bytes
from documents.services.trash import restore_document, trash_document
from documents.services.upload import NewDocument
from documents.storage import StoreError, object_store
from documents.storage.filesystem import FileSystemObjectStore
from documents.tasks import sweep_unfinished_uploads, sweep_unfinished_uploads_everywhere
from jobs.services.control import start_job
from tests.clamd import serving
from tests.conftest import member
from tests.documents.helpers import objects, upload
from tests.documents.import_kind import AttachLetters
from tests.documents.scanning.helpers import BAD, GOOD, INFECTED, stored

NOW = timedelta(0)
WITH_BYTES = {"available", "trashed", "quarantined"}
AT_REST = WITH_BYTES | {"rejected", "purged"}


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


class Steps:
    """Counts the steps of what is done inside, and dies at one of them."""

    def __init__(self, dies_at=None):
        self.dies_at, self.passed = dies_at, []

    def step(self, name):
        self.passed.append(name)
        if len(self.passed) - 1 == self.dies_at:
            raise Killed(name)

    @contextmanager
    def watched(self, monkeypatch):
        with monkeypatch.context() as patch, connection.execute_wrapper(self._statement):
            for name in ("put", "remove"):
                real = getattr(FileSystemObjectStore, name)
                patch.setattr(FileSystemObjectStore, name, self._call(name, real))
            yield

    def _statement(self, execute, sql, *rest):
        if not sql.startswith(('INSERT INTO "documents_document"', 'UPDATE "documents_document"')):
            return execute(sql, *rest)
        self.step(f"before {sql[:6]}")
        result = execute(sql, *rest)
        self.step(f"after {sql[:6]}")
        return result

    def _call(self, name, real):
        def call(*args, **options):
            self.step(f"before {name}")
            real(*args, **options)
            self.step(f"after {name}")

        return call


@pytest.fixture(scope="module")
def server():
    with serving() as found:
        yield found


@pytest.fixture
def clamd(server, settings):
    settings.CLAMAV_SOCKET = server.address
    server.how, server.finds = "scan", {BAD: "Eicar-Test-Signature"}
    return server


def good(world):
    return upload(world, GOOD, name="good.txt")


def bad(world):
    return upload(world, BAD, name="bad.txt")


def in_trash(world):
    return trash_document(membership=member("ada"), document=good(world))


def due(world):
    document, long_ago = in_trash(world), timezone.now() - timedelta(days=9000)
    Document.objects.filter(pk=document.pk).update(uploaded_at=long_ago, purge_after=long_ago)
    return document


def store_away(document):
    """An upload whose bytes the store does not take."""

    def away(*_, **__):
        raise StoreError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showing, "put_bytes", away)
        with pytest.raises(StoreUnavailableError):
            upload(document, GOOD, name="good.txt")


def imported(world):
    kind = AttachLetters(start_job(kind=AttachLetters.name, parameters={}))
    new = NewDocument(content=io.BytesIO(GOOD), filename="letter.txt", size=len(GOOD))
    policy = policy_for_slug("patients")
    import_document(kind=kind, source_id="letter/0", policy=policy, owner=world.amal, new=new)


def cleared(document, clamd):
    clamd.finds = {}
    rescan_document(membership=member("ada"), document=document)


def unfinished(world):
    def die(*_):
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploading, "show", die)
        with pytest.raises(Killed):
            good(world)
    return Document.objects.get(state="pending")


# arrow: what there is before, what is done, the states that there may be after a death and its
# mending, and the state in the end
ARROWS = {
    "pending → available": (None, lambda w, *_: good(w), {"available", "rejected"}, "available"),
    "pending → quarantined": (
        *(None, lambda w, *_: bad(w), {"quarantined", "rejected"}, "quarantined"),
    ),
    "pending → rejected": (None, lambda w, *_: store_away(w), {"rejected"}, "rejected"),
    "pending → available, imported": (
        *(None, lambda w, *_: imported(w), {"available", "rejected"}, "available"),
    ),
    "available → trashed": (
        good,
        lambda _w, one, _c: trash_document(membership=member("ada"), document=one),
        {"available", "trashed"},
        "trashed",
    ),
    "trashed → available": (
        in_trash,
        lambda _w, one, _c: restore_document(membership=member("ada"), document=one),
        {"available", "trashed"},
        "available",
    ),
    "trashed → purging → purged": (
        due,
        lambda _w, one, _c: purge_document(one),
        {"trashed", "purged"},
        "purged",
    ),
    "available → quarantined": (
        good,
        lambda _w, one, _c: quarantine_document(one, Verdict(INFECTED)),
        {"available", "quarantined"},
        "quarantined",
    ),
    "quarantined → available, by a scan": (
        bad,
        lambda _w, one, clamd: cleared(one, clamd),
        {"available", "quarantined"},
        "available",
    ),
    "quarantined → available, by force": (
        bad,
        lambda _w, one, _c: release_quarantined(
            membership=member("ada"), document=one, reason="x", force=True
        ),
        {"available", "quarantined"},
        "available",
    ),
    "quarantined → purging → purged": (
        bad,
        lambda _w, one, _c: delete_quarantined(membership=member("ada"), document=one),
        {"quarantined", "purged"},
        "purged",
    ),
    "purging → rejected": (
        unfinished,
        lambda *_: reconcile(older_than=NOW),
        {"rejected"},
        "rejected",
    ),
}


def assert_sound(allowed):
    """Nothing is between two states; what has bytes has its own, and nobody else has any."""
    rows = list(Document.objects.all())
    assert {row.state for row in rows} <= allowed <= AT_REST
    kept = [row for row in rows if row.state in WITH_BYTES]
    assert objects() == {row.s3_key for row in kept}
    for row in kept:
        assert len(stored(row)) == row.file_size


@pytest.mark.parametrize(("before", "act", "allowed", "last"), ARROWS.values(), ids=ARROWS)
def test_killed_at_each_step_it_is_mended(before, act, allowed, last, world, clamd, monkeypatch):
    steps = number = 0
    while number <= steps:  # the first time it is not killed, which counts the steps
        document = before(world) if before else None
        watch = Steps(number - 1 if number else None)
        with ExitStack() as stack:
            stack.enter_context(watch.watched(monkeypatch))
            if number:
                stack.enter_context(pytest.raises(Killed))
            act(world, document, clamd)
        if number == 0:
            steps = len(watch.passed)
            assert steps >= 2, "it has no steps that it could be killed at"
            assert_sound({last})
        reconcile(older_than=NOW)
        assert_sound(allowed)
        assert reconcile(older_than=NOW) == 0  # the second time there is nothing to do
        clamd.finds = {BAD: "Eicar-Test-Signature"}
        _forget()
        number += 1


def _forget():
    """Begin anew: rows are receipts that cannot be deleted, so they go with all there is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM jobs_sourcelink")
        cursor.execute("DELETE FROM documents_document")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    for key in objects():
        object_store().remove(key)


# --- What only the reconciler meets --------------------------------------------------------------


def test_bytes_that_came_after_their_row_was_rejected_go(world, monkeypatch):
    """The sweep was faster than a slow upload, which wrote and died before it could clear up."""

    def late(document, content):
        assert reconcile(older_than=NOW) == 1
        put(document, content)
        raise Killed

    put = uploading.store_bytes
    with monkeypatch.context() as patch:
        patch.setattr(uploading, "store_bytes", late)
        with pytest.raises(Killed):
            good(world)
    document, kept = Document.objects.get(), good(world)
    assert (document.state, objects()) == ("rejected", {document.s3_key, kept.s3_key})
    assert reconcile() == 0  # it may be on its way still
    assert sweep_late_bytes(older_than=NOW) == 1
    assert objects() == {kept.s3_key}
    assert sweep_late_bytes(older_than=NOW) == 0  # each is looked at once more, and then no more


def test_a_store_that_is_away_stops_nothing_else(world, monkeypatch):
    stuck, other = due(world), due(world)
    Document.objects.filter(pk__in=[stuck.pk, other.pk]).update(
        state="purging", state_reason="trash"
    )
    remove = FileSystemObjectStore.remove

    def some(self, key):
        if key == stuck.s3_key:
            raise StoreError("away")
        remove(self, key)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "remove", some)
        assert reconcile(older_than=NOW) == 1
    assert objects() == {stuck.s3_key}
    assert reconcile(older_than=NOW) == 1
    assert_sound({"purged"})


def test_what_is_under_way_is_left_alone(world):
    document = due(world)
    Document.objects.filter(pk=document.pk).update(
        state="purging", state_reason="trash", updated_at=timezone.now()
    )
    assert sweep_unfinished_uploads() == 0
    assert objects() == {document.s3_key}


def test_a_removal_of_another_kind_is_left_to_it(world):
    document = good(world)
    Document.objects.filter(pk=document.pk).update(state="purging", state_reason="erasure")
    assert reconcile(older_than=NOW, late_after=NOW) == 0
    assert objects() == {document.s3_key}


def test_a_broker_that_is_away_costs_one_round(world, alpha, beta, monkeypatch):
    """Beat's message is lost, and comes twice the next time: it is mended once."""
    document = unfinished(world)
    long_ago = timezone.now() - timedelta(hours=2)
    Document.objects.filter(pk=document.pk).update(created_at=long_ago, updated_at=long_ago)

    def away():
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr("documents.tasks.sweep_unfinished_uploads.delay", away)
        with pytest.raises(OperationalError):
            sweep_unfinished_uploads_everywhere()
    document.refresh_from_db()
    assert document.state == "pending"
    found = []
    monkeypatch.setattr(
        "documents.tasks.sweep_unfinished_uploads.delay",
        lambda: found.append((connection.schema_name, sweep_unfinished_uploads())),
    )
    sweep_unfinished_uploads_everywhere()
    sweep_unfinished_uploads_everywhere()
    assert sorted(found) == [("alpha", 0), ("alpha", 1), ("beta", 0), ("beta", 0)]
    assert_sound({"rejected"})
