"""A store that is away, gives one object not out, or holds names that nobody of us gave."""

import os
import threading
from pathlib import Path

import pytest

from documents.services import looking
from documents.storage import StoreError, object_store
from documents.storage.filesystem import FileSystemObjectStore
from jobs.services.control import start_job
from jobs.services.running import run_job
from tests.documents.verify.conftest import use
from tests.documents.verify.helpers import KIND, assert_sound, body, gaps, overwrite, verify


@pytest.fixture
def stored(request, settings):
    return use(request, settings, "folder")


class Failing(FileSystemObjectStore):
    """Fails at some keys, or altogether after some calls."""

    at, calls_left = "", None

    def fetch(self, key):
        self._perhaps()
        if type(self).at == key:
            raise StoreError("The store answered AccessDenied.")
        return super().fetch(key)

    def keys(self, prefix):
        self._perhaps()
        yield from super().keys(prefix)

    def _perhaps(self):
        cls = type(self)
        if cls.calls_left is not None:
            cls.calls_left -= 1
            if cls.calls_left < 0:
                raise StoreError("The store cannot be reached (EndpointConnectionError).")


@pytest.fixture
def failing(documents, settings, monkeypatch):
    monkeypatch.setattr(looking, "PAUSE", 0)
    monkeypatch.setattr(Failing, "at", "")
    monkeypatch.setattr(Failing, "calls_left", None)
    options = settings.STORAGES["documents"]["OPTIONS"]
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {"BACKEND": f"{__name__}.Failing", "OPTIONS": options},
    }
    return Failing


def test_an_object_that_is_not_given_out_is_named_and_the_rest_verified(failing, documents):
    failing.at = documents[2].s3_key
    job = verify()
    assert gaps(job) == {str(documents[2].pk): "unreadable"}
    assert job.counts == {"verified": 5, "unreadable": 1}


@pytest.mark.parametrize("calls", range(8))
def test_a_store_that_goes_away_interrupts_and_nothing_is_called_missing(failing, documents, calls):
    failing.calls_left = calls
    job = verify()
    assert (job.state, job.stop_code, job.failed) == ("interrupted", "store_unavailable", 0)
    failing.calls_left = None
    again = start_job(kind=KIND, parameters={})
    assert again.pk == job.pk
    assert_sound(run_job(again, concurrency=1), 6)


def test_a_bucket_that_is_not_there_is_no_loss_of_documents(request, settings, world, moto):
    use(request, settings, "moto")
    settings.STORAGES["documents"]["OPTIONS"]["bucket_name"] = "no-such-bucket"
    settings.STORAGES = {**settings.STORAGES}
    for parameters in ({}, {"read_bytes": False}):
        job = verify(**parameters)
        assert (job.state, job.stop_code) == ("interrupted", "store_unavailable")


def test_names_that_are_no_text_are_told_as_far_as_they_can_be(documents):
    root = Path(object_store().location) / "alpha"
    (root / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    (root / "two\nlines.txt").write_bytes(b"x")
    (root / " space ").write_bytes(b"x")
    assert gaps(verify()) == {
        "'alpha/caf\\udce9.txt'": "orphan",
        "alpha/two\nlines.txt": "orphan",
        "alpha/ space ": "orphan",
    }


def test_what_is_no_object_is_not_listed(documents):
    root = Path(object_store().location) / "alpha"
    (root / "empty folder").mkdir()
    (root / "link").symlink_to(root / "empty folder")
    (root / "nowhere").symlink_to(root / "gone")
    (root / ".partial-x").write_bytes(b"x")
    os.mkfifo(root / "pipe")
    assert_sound(verify(), 6)


def test_a_note_that_cannot_be_read_is_told(documents, monkeypatch):
    monkeypatch.setattr(looking, "PAUSE", 0)
    notes = (b"{", b"\xff", b"[1]")
    for one, note in zip(documents, notes, strict=False):
        (Path(object_store().location) / f"{one.s3_key}.meta").write_bytes(note)
    expected = {str(one.pk): "unreadable" for one in documents[:3]}
    assert gaps(verify()) == expected


def test_it_only_reads(documents, monkeypatch):
    root = Path(object_store().location)

    def files():
        return {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in root.rglob("*")}

    before = files()
    for name in ("put", "remove"):
        monkeypatch.setattr(FileSystemObjectStore, name, None)
    assert_sound(verify(), 6)
    assert files() == before


def test_several_objects_are_read_at_a_time_and_each_gap_is_its_own(failing, documents):
    failing.at = documents[2].s3_key
    overwrite(documents[4].s3_key, body(9), noted="0" * 64)
    object_store().remove(documents[5].s3_key)
    job = verify(reads=3)
    assert gaps(job) == {
        str(documents[2].pk): "unreadable",
        str(documents[4].pk): "hash_differs",
        str(documents[5].pk): "missing",
    }
    assert job.counts["verified"] == 3
    assert [one.name for one in threading.enumerate() if one.name.startswith("verify")] == []
