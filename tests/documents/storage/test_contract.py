"""What every store can do: one contract, three stores."""

import contextlib
import hashlib
import io
import tempfile
import tracemalloc
from datetime import timedelta

import pytest
from django_tenants.utils import schema_context

from documents.storage.base import (
    ForeignKeyError,
    ObjectExistsError,
    ObjectMissingError,
    StoreError,
)
from documents.storage.filesystem import FileSystemObjectStore
from tests.documents.storage.conftest import s3

MB = 1024 * 1024
CONTENT = bytes(range(256)) * 4
FACTS = {"content_type": "application/pdf", "tags": {"retention": "clinical"}}


def put(store, key, content=CONTENT, **changes):
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **FACTS}
    return store.put(key, io.BytesIO(content), **{**facts, **changes})


def got(store, key, **span):
    with store.read(key, **span) as chunks:
        return b"".join(chunks)


def listed(store, prefix):
    return {info.key: info.size for info in store.keys(prefix)}


class TestContract:
    def test_what_was_put_is_there(self, store, key):
        info = put(store, key)
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        for found in (info, store.stat(key)):
            assert (found.key, found.size, found.metadata) == (key, 1024, {"sha256": sha256})
        assert got(store, key) == CONTENT

    def test_an_empty_object_is_an_object(self, store, key):
        put(store, key, b"")
        assert store.stat(key).size == 0
        assert got(store, key) == b""

    @pytest.mark.parametrize(
        ("span", "expected"),
        [
            ({"start": 0, "end": 9}, CONTENT[:10]),
            ({"start": 1000}, CONTENT[1000:]),
            ({"start": 1023, "end": 1023}, CONTENT[1023:]),
            ({"start": 10, "end": 5000}, CONTENT[10:]),
            ({"start": 0, "end": 0}, CONTENT[:1]),
        ],
        ids=["first ten", "the rest", "last byte", "beyond the end", "first byte"],
    )
    def test_a_span_is_read_alone(self, store, key, span, expected):
        put(store, key)
        assert got(store, key, **span) == expected

    def test_a_large_object_comes_in_small_pieces(self, store, key):
        put(store, key, CONTENT * 1024)
        with store.read(key) as chunks:
            lengths = {len(chunk) for chunk in chunks}
        assert max(lengths) <= 256 * 1024

    def test_it_is_never_replaced(self, store, key):
        put(store, key)
        with pytest.raises(ObjectExistsError):
            put(store, key, b"other")
        assert got(store, key) == CONTENT
        store.remove(key)
        put(store, key, b"other")
        assert got(store, key) == b"other"

    @pytest.mark.parametrize(
        "lie",
        [{"sha256": "0" * 64}, {"size": 1000}, {"size": 2000}],
        ids=["wrong hash", "too short", "too long"],
    )
    def test_bytes_that_are_not_what_was_said_are_not_kept(self, store, key, lie):
        with pytest.raises(StoreError):
            put(store, key, **lie)
        with pytest.raises(ObjectMissingError):
            store.stat(key)
        assert listed(store, key) == {}
        put(store, key)
        assert listed(store, key) == {key: 1024}

    def test_what_is_not_there_is_missing(self, store, key):
        with pytest.raises(ObjectMissingError):
            store.stat(key)
        with pytest.raises(ObjectMissingError), store.read(key):
            pass
        put(store, key)
        assert store.stat(key).size == 1024

    def test_removing_twice_is_fine(self, store, key):
        put(store, key)
        store.remove(key)
        store.remove(key)
        with pytest.raises(ObjectMissingError):
            store.stat(key)
        assert listed(store, key) == {}

    def test_the_list_is_what_lies_under_a_prefix_in_order(self, store, key):
        root = key.removesuffix(".pdf")
        names = [f"{root}/a-b/1.pdf", f"{root}/a/1.pdf", f"{root}/a/2.pdf", f"{root}/b/1.pdf"]
        for name in reversed(names):
            put(store, name)
        assert [info.key for info in store.keys(f"{root}/")] == names
        assert listed(store, f"{root}/a") == dict.fromkeys(names[:3], 1024)
        assert listed(store, f"{root}/a/") == dict.fromkeys(names[1:3], 1024)
        assert listed(store, f"{root}/none/") == {}

    @pytest.mark.parametrize(
        "foreign",
        ["beta/patients/documents/p/x.pdf", "alphabet/x.pdf", "x.pdf", "/alpha/x.pdf"],
    )
    def test_another_clinics_key_is_refused_in_every_call(self, store, key, foreign):
        with schema_context("beta"), contextlib.suppress(StoreError):
            put(store, foreign)
        for call in calls(store, foreign):
            with pytest.raises(ForeignKeyError):
                call()
        put(store, key)
        for call in calls(store, key)[1:]:
            call()

    @pytest.mark.parametrize(
        "way", ["alpha/../beta/x.pdf", "alpha/x/../../beta/x.pdf", "alpha//x.pdf", "alpha/.."]
    )
    def test_there_is_no_way_out_of_the_prefix(self, store, way):
        for call in calls(store, way):
            with pytest.raises(ForeignKeyError):
                call()
        assert "beta" not in {info.key.split("/")[0] for info in store.keys("alpha/")}

    def test_nothing_can_be_asked_in_the_shared_schema(self, store, key):
        put(store, key)
        with schema_context("public"):
            for call in calls(store, key):
                with pytest.raises(ValueError, match="shared schema"):
                    call()
        assert got(store, key) == CONTENT

    def test_the_check_is_content_with_a_store_that_works(self, store):
        assert store.check() is None


@pytest.fixture(params=["folder", "rclone"])
def outside(request, tmp_path, in_alpha):
    """The stores that keep their bytes outside this process; moto's are in its memory."""
    if request.param == "folder":
        return FileSystemObjectStore(location=str(tmp_path / "objects"))
    return s3(request.getfixturevalue("rclone"))


def test_memory_stays_flat(outside, key):
    blocks = [bytes([number]) * MB for number in range(6)]
    digest, again = hashlib.sha256(), hashlib.sha256()
    with tempfile.TemporaryFile() as large:
        for number in range(60):
            large.write(blocks[number % 6])
            digest.update(blocks[number % 6])
        large.seek(0)
        outside.check()  # so that boto3's own models are not counted
        tracemalloc.start()
        outside.put(key, large, size=60 * MB, sha256=digest.hexdigest(), **FACTS)
        with outside.read(key) as chunks:
            for chunk in chunks:
                again.update(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    outside.remove(key)
    assert again.hexdigest() == digest.hexdigest()
    assert peak < 8 * MB


def calls(store, key):
    """Every call there is with a key; the first one writes."""
    return [
        lambda: put(store, key),
        lambda: store.stat(key),
        lambda: got(store, key),
        lambda: list(store.keys(key)),
        lambda: store.link(
            key, ttl=timedelta(minutes=1), filename="a.pdf", content_type="application/pdf"
        ),
        lambda: store.remove(key),
    ]
