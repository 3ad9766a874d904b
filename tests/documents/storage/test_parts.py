"""What is too large for one PUT goes in parts: whole, or not at all."""

import io
import os

import pytest

from documents.storage import StoreError, parts
from documents.storage.base import ObjectExistsError
from tests.documents.helpers import sha

MB = 1024**2


@pytest.fixture
def small(monkeypatch):
    """Parts as small as S3 takes them, and from the first byte on."""
    monkeypatch.setattr(parts, "ONE_PUT", 0)
    monkeypatch.setattr(parts, "PART", 5 * MB)


def put(store, key, content, **other):
    said = {"size": len(content), "sha256": sha(content), **other}
    more = {"content_type": "application/zip", "tags": {"retention": "temp"}}
    return store.put(key, io.BytesIO(content), **said, **more)


@pytest.mark.usefixtures("small")
def test_the_bytes_and_what_is_noted_with_them(linking, key):
    content = os.urandom(11 * MB)
    info = put(linking, key, content)
    assert (info.size, info.metadata["sha256"]) == (len(content), sha(content))
    with linking.read(key) as chunks:
        assert sha(b"".join(chunks)) == info.metadata["sha256"]
    with pytest.raises(ObjectExistsError):
        put(linking, key, b"other")
    linking.remove(key)


@pytest.mark.usefixtures("small")
def test_other_bytes_than_were_said_leave_nothing(linking, key):
    with pytest.raises(StoreError):
        put(linking, key, b"x" * 6 * MB, sha256=sha(b"y"))
    assert list(linking.keys(key)) == []
    left = linking.client.list_multipart_uploads(Bucket=linking.bucket_name)
    assert not [one for one in left.get("Uploads", []) if one["Key"] == key]


def test_more_than_all_parts_is_refused(linking, key, monkeypatch):
    monkeypatch.setattr(parts, "ONE_PUT", 0)
    monkeypatch.setattr(parts, "PART", 1)
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    with pytest.raises(StoreError, match="larger"):
        put(linking, key, b"abc")
