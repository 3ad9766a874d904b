"""Objects with what is noted of them in one call, and listings in the order of the keys."""

import contextlib
import hashlib
import tracemalloc

import pytest
from django_tenants.utils import schema_context

from documents.storage.base import ForeignKeyError, ObjectMissingError
from documents.storage.filesystem import FileSystemObjectStore
from tests.documents.storage.conftest import s3
from tests.documents.storage.test_contract import CONTENT, put


def test_an_object_comes_with_what_is_noted_of_it(store, key):
    put(store, key)
    with store.fetch(key) as (info, chunks):
        content = b"".join(chunks)
    assert content == CONTENT
    assert info == store.stat(key)
    assert info.metadata == {"sha256": hashlib.sha256(CONTENT).hexdigest()}


def test_what_is_not_there_and_what_is_not_ours(store, key):
    with pytest.raises(ObjectMissingError), store.fetch(f"{key}.none"):
        pass
    put(store, key)
    with schema_context("beta"), pytest.raises(ForeignKeyError), store.fetch(key):
        pass


def test_a_large_object_comes_in_small_pieces(store, key):
    put(store, key, CONTENT * 1024)
    with store.fetch(key) as (_, chunks):
        assert max(len(chunk) for chunk in chunks) <= 256 * 1024


NAMES = ["a/x", "a-b/x", "a.txt", "a", "ab/x", "a/b/c", "a/b-c", "Ä/x", "z/漢", "a+/y", "a/b/c/d"]


@pytest.mark.parametrize("name", ["folder", "moto"])
def test_keys_come_in_their_order(request, tmp_path, in_alpha, name, key):
    if name == "folder":
        store = FileSystemObjectStore(location=str(tmp_path / "objects"))
    else:
        store = s3(request.getfixturevalue("moto"))
    prefix = key.removesuffix(".pdf")
    made = []
    for one in NAMES:  # in a folder, a name is either an object or a folder
        with contextlib.suppress(Exception):
            put(store, f"{prefix}/{one}")
            made.append(f"{prefix}/{one}")
    assert len(made) >= 9
    assert [info.key for info in store.keys(f"{prefix}/")] == sorted(made)
    within = [one for one in sorted(made) if one.startswith(f"{prefix}/a/b")]
    assert len(within) >= 2
    assert [info.key for info in store.keys(f"{prefix}/a/b")] == within


def test_many_objects_take_no_more_memory_than_few(tmp_path, in_alpha):
    """Each folder has forty; a listing holds the names of one path of folders."""
    store = FileSystemObjectStore(location=str(tmp_path))

    def peak(folders):
        for n in range(folders):
            folder = tmp_path / "alpha" / f"{folders}" / f"{n // 20:03}" / f"{n:05}"
            folder.mkdir(parents=True)
            for m in range(40):
                (folder / f"{m}.pdf").touch()
        return min(listed(folders) for _ in range(3))  # other threads are counted too

    def listed(folders):
        tracemalloc.start()
        number = sum(1 for _ in store.keys(f"alpha/{folders}/"))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert number == folders * 40
        return used

    few = peak(20)
    assert peak(200) < few + 64 * 1024
