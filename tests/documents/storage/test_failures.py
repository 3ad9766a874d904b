"""A store that is away, full or interrupted."""

import hashlib
import io
import os

import pytest

from documents.storage.base import ObjectMissingError, StoreError
from documents.storage.filesystem import FileSystemObjectStore
from tests.documents.storage.conftest import s3
from tests.documents.storage.test_contract import CONTENT, calls, listed, put
from tests.s3_server import free_port

KEY = "alpha/patients/documents/p/d.pdf"


@pytest.fixture
def folder(tmp_path, in_alpha):
    return FileSystemObjectStore(location=str(tmp_path / "objects"))


@pytest.fixture
def nowhere(in_alpha, monkeypatch):
    from botocore.config import Config

    from documents.storage import s3 as module

    hasty = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    return s3(f"http://127.0.0.1:{free_port()}", client_config=module.CLIENT.merge(hasty))


def test_an_unreachable_store_says_so_without_its_address(nowhere):
    everything = [*calls(nowhere, KEY)[:4], calls(nowhere, KEY)[5], nowhere.check]
    for call in everything:
        with pytest.raises(StoreError) as raised:
            call()
        assert "127.0.0.1" not in str(raised.value)
        assert "alpha" not in str(raised.value)
        assert "cannot be reached" in str(raised.value)


def test_a_bucket_that_is_not_there_fails_the_check(moto, in_alpha):
    assert s3(moto).check() is None
    store = s3(moto)
    store.bucket_name = "another-bucket"
    with pytest.raises(StoreError):
        store.check()


def test_a_folder_that_is_a_file_fails_the_check(tmp_path, in_alpha):
    (tmp_path / "objects").write_text("no folder")
    store = FileSystemObjectStore(location=str(tmp_path / "objects"))
    for call in (store.check, lambda: put(store, KEY)):
        with pytest.raises(StoreError) as raised:
            call()
        assert str(tmp_path) not in str(raised.value)
    (tmp_path / "objects").unlink()
    assert store.check() is None


def test_a_full_disk_is_a_store_error_and_leaves_nothing(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        put(folder, KEY)
    monkeypatch.undo()
    assert listed(folder, "alpha/") == {}
    put(folder, KEY)
    assert listed(folder, "alpha/") == {KEY: 1024}


class Breaking(io.BytesIO):
    """Content that can be read once, and then no more."""

    def __init__(self, error):
        super().__init__(CONTENT)
        self.error = error
        self.reads = 0

    def read(self, size=-1):
        self.reads += 1
        if self.reads > 1:
            raise self.error
        return super().read(16)


def send(store, content):
    store.put(
        KEY,
        content,
        size=len(CONTENT),
        content_type="application/pdf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        tags={},
    )


class Killed(BaseException):
    """What nobody catches."""


@pytest.mark.parametrize("error", [ValueError("broken"), Killed()], ids=["error", "death"])
def test_a_crash_in_the_middle_leaves_nothing_to_be_seen(folder, error):
    with pytest.raises(type(error)):
        send(folder, Breaking(error))
    assert listed(folder, "alpha/") == {}
    with pytest.raises(ObjectMissingError):
        folder.stat(KEY)
    send(folder, io.BytesIO(CONTENT))
    assert listed(folder, "alpha/") == {KEY: 1024}


def test_what_a_killed_process_left_goes_with_the_object(folder, monkeypatch, tmp_path):
    """Nothing runs after SIGKILL, not even `finally`."""
    from pathlib import Path

    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(Killed):
        send(folder, Breaking(Killed()))
    monkeypatch.undo()
    left = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert len(left) == 1
    assert listed(folder, "alpha/") == {}
    folder.remove(KEY)
    assert list((tmp_path / "objects").rglob("*")) == []


@pytest.mark.parametrize("part", ["alpha", "alpha/patients", "alpha/patients/documents/p", KEY])
def test_no_link_leads_out_of_the_folder(folder, tmp_path, part):
    put(folder, KEY)
    place = tmp_path / "objects" / part
    kept = place.rename(tmp_path / "elsewhere")
    place.symlink_to(kept)
    everything = calls(folder, KEY)
    for call in (*everything[:3], everything[5]):  # the others open no object
        with pytest.raises(StoreError, match="leads out"):
            call()
    place.unlink()
    kept.rename(tmp_path / "objects" / "kept")
    place.symlink_to(tmp_path / "objects" / "kept")  # inside, as an operator may have moved it
    with folder.read(KEY) as chunks:
        assert b"".join(chunks) == CONTENT


def test_the_folder_may_be_a_link_itself_and_another_one_later(folder, tmp_path):
    root, moved = tmp_path / "objects", tmp_path / "moved"
    put(folder, KEY)
    root.rename(moved)
    root.symlink_to(moved)
    for _ in range(2):
        with folder.read(KEY) as chunks:
            assert b"".join(chunks) == CONTENT
        root.unlink()
        moved.rename(tmp_path / "again")
        moved = tmp_path / "again"
        root.symlink_to(moved)
