"""What stores do for direct uploads: parts, forms and copies, alike in each of them."""

import io
from datetime import timedelta

import pytest
import requests
from django_tenants.utils import schema_context

from documents.storage.base import (
    ForeignKeyError,
    ObjectExistsError,
    ObjectMissingError,
    StoreError,
)
from documents.storage.filesystem import FileSystemObjectStore
from tests.documents.helpers import sha
from tests.documents.storage.conftest import s3
from tests.documents.storage.test_contract import CONTENT, FACTS, got, listed, put

MINUTE = timedelta(minutes=1)
SHA = sha(CONTENT)


def send_part(store, key, upload_id, number, body):
    links = store.sign_parts(key, upload_id, {number: len(body)}, ttl=MINUTE)
    if links is None:
        store.receive_part(key, upload_id, number, [body], size=len(body))
    else:
        assert requests.put(links[number], data=body, timeout=10).status_code == 200


def test_a_part_becomes_the_object(store, key, request):
    upload_id = store.begin_multipart(key)
    assert store.list_parts(key, upload_id) == []
    if "rclone" not in request.node.name:  # which takes each part once only
        send_part(store, key, upload_id, 1, b"first")
    send_part(store, key, upload_id, 1, CONTENT)
    parts = store.list_parts(key, upload_id)
    assert [(part.number, part.size) for part in parts] == [(1, len(CONTENT))]
    assert listed(store, key) == {}, "it is no object yet"
    store.complete_multipart(key, upload_id, parts)
    assert got(store, key) == CONTENT
    with pytest.raises(ObjectMissingError):
        store.list_parts(key, upload_id)
    store.remove(key)


def test_what_is_ended_is_gone_and_may_be_ended_again(store, key):
    noted, unnoted = store.begin_multipart(key), store.begin_multipart(key)
    neighbour = store.begin_multipart(f"{key}-2")
    send_part(store, key, noted, 1, CONTENT)
    for _ in range(2):
        store.abort_multipart(key, noted)
    for gone in (noted, unnoted):
        with pytest.raises(ObjectMissingError):
            store.list_parts(key, gone)
    assert store.list_parts(f"{key}-2", neighbour) == []
    store.abort_multipart(f"{key}-2", neighbour)
    assert listed(store, key) == {}


def test_another_clinics_key_is_refused_in_every_call(store, key):
    put(store, key)
    info = store.stat(key)
    with schema_context("beta"):
        for call in (
            lambda: store.presign_post(key, size=1, ttl=MINUTE),
            lambda: store.begin_multipart(key),
            lambda: store.sign_parts(key, "0" * 32, {1: 1}, ttl=MINUTE),
            lambda: store.list_parts(key, "0" * 32),
            lambda: store.complete_multipart(key, "0" * 32, []),
            lambda: store.abort_multipart(key),
        ):
            with pytest.raises(ForeignKeyError):
                call()
    store.remove(info.key)


def test_a_copy_is_what_put_would_have_written(moto, key, in_alpha):
    store = s3(moto)
    store.bucket_name = "copies"
    store.client.create_bucket(Bucket="copies")
    store.client.put_bucket_versioning(
        Bucket="copies", VersioningConfiguration={"Status": "Enabled"}
    )
    put(store, f"{key}-source")
    source = store.stat(f"{key}-source")
    store.remove(source.key)
    put(store, source.key, CONTENT[::-1])  # what was read is copied, not what lies there now
    with schema_context("beta"), pytest.raises(ForeignKeyError):
        store.copy(source, key, sha256=SHA, **FACTS)
    made = store.copy(source, key, sha256=SHA, **FACTS)
    assert (made.size, made.metadata) == (len(CONTENT), {"sha256": SHA})
    assert got(store, key) == CONTENT
    with pytest.raises(ObjectExistsError):
        store.copy(source, key, sha256=SHA, **FACTS)


def test_without_versions_nothing_is_copied(store, key):
    put(store, f"{key}-source")
    assert store.copy(store.stat(f"{key}-source"), key, sha256=SHA, **FACTS) is None
    assert list(listed(store, key)) == [f"{key}-source"]


@pytest.mark.parametrize("chunks", [[b"x" * 9], [b"x" * 5, b"x" * 6], []])
def test_a_folder_keeps_just_the_bytes_that_were_said(chunks, key, tmp_path, in_alpha):
    store = FileSystemObjectStore(location=str(tmp_path / "objects"))
    upload_id = store.begin_multipart(key)
    with pytest.raises(StoreError):
        store.receive(key, chunks, size=10)
    with pytest.raises(StoreError):
        store.receive_part(key, upload_id, 1, chunks, size=10)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(ObjectMissingError):
        store.receive_part(key, "../x", 1, [b""], size=0)


@pytest.mark.parametrize("ttl", [timedelta(days=7, seconds=1), timedelta(0)])
def test_a_form_lives_at_most_a_week(ttl, linking, key):
    with pytest.raises(StoreError):
        linking.presign_post(key, size=1, ttl=ttl)
    with pytest.raises(StoreError):
        linking.sign_parts(key, "id", {1: 1}, ttl=ttl)
    assert linking.presign_post(key, size=1, ttl=MINUTE).fields["key"] == key


def test_links_name_the_address_that_browsers_know(moto, in_alpha, key):
    outside = s3(moto, public_endpoint_url="https://files.clinic.example")
    assert outside.presign_post(key, size=1, ttl=MINUTE).url.startswith(
        "https://files.clinic.example/"
    )
    assert outside.sign_parts(key, "id", {1: 1}, ttl=MINUTE)[1].startswith(
        "https://files.clinic.example/"
    )


def test_an_object_may_be_empty_but_not_without_parts(key, tmp_path, in_alpha):
    store = FileSystemObjectStore(location=str(tmp_path / "objects"))
    upload_id = store.begin_multipart(key)
    with pytest.raises(StoreError):
        store.complete_multipart(key, upload_id, [])
    assert store.receive(key, io.BytesIO(), size=0)
    assert store.stat(key).size == 0
