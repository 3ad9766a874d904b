"""The same over HTTP with two S3 servers: moto takes forms, rclone looks at signatures."""

import errno
import io

import boto3
import pytest
import requests
from django.core.files.storage import storages

from documents.models import DirectUpload, Document
from documents.services import finishing
from documents.services.reading import stored_bytes
from documents.services.sweep import sweep_unfinished_uploads
from documents.storage import object_store
from documents.storage.s3 import CLIENT
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import (
    MIB,
    begin,
    complete,
    document_of,
    expire,
    pieces,
    sign,
    state,
)
from tests.documents.direct.test_crashes import at, clear_links
from tests.documents.helpers import assert_problem, send
from tests.s3_server import BUCKET, KEYS, storage

LINES = b"A line of a long letter.\n" * (5 * MIB // 25 + 40)


def client_for(endpoint):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
        config=CLIENT,
    )


@pytest.fixture(scope="session")
def versions(moto):
    """A bucket that keeps versions, as configure_bucket sets it up."""
    client = client_for(moto)
    client.create_bucket(Bucket="versions")
    client.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    return "versions"


@pytest.fixture(scope="session")
def made():
    return {}


@pytest.fixture
def use(settings, made):
    """Choose a store; each is made once, as its client takes long to make."""

    def choose(endpoint, bucket=BUCKET):
        found = storage(endpoint)
        found["OPTIONS"]["bucket_name"] = bucket
        settings.STORAGES = {**settings.STORAGES, "documents": found}
        storages._storages["documents"] = made.setdefault(
            (endpoint, bucket), made.get((endpoint, bucket)) or object_store()
        )

    return choose


def post(begun, body):
    return requests.post(
        begun["url"], data=begun["fields"], files={"file": ("blob", body)}, timeout=30
    )


def stored(key):
    store = object_store()
    head = store.client.head_object(Bucket=store.bucket_name, Key=key)
    tags = store.client.get_object_tagging(Bucket=store.bucket_name, Key=key)["TagSet"]
    with store.read(key) as chunks:
        return b"".join(chunks), head["ContentType"], head["Metadata"], tags


def ours():
    return [info.key for info in object_store().keys("alpha/system/temp/uploads/")]


@pytest.mark.parametrize("versioned", [False, True], ids=["put again", "copied"])
def test_a_form_makes_the_same_object_as_an_ordinary_upload(
    versioned, world, priya, moto, versions, use, monkeypatch
):
    use(moto, versions if versioned else BUCKET)
    twin = Document.objects.get(pk=send(priya, world.files).json()["id"])
    begun = begin(priya, world)
    assert begun["url"].startswith(moto)
    assert begun["fields"]["key"] == f"alpha/system/temp/uploads/{begun['id']}"
    assert_problem(complete(priya, begun), 409, "not_uploaded")
    assert post(begun, minimal()).status_code == 204
    if versioned:  # the bytes are not sent once more

        def refuse(*_):
            raise AssertionError("sent")

        monkeypatch.setattr(finishing, "put_bytes", refuse)
    assert complete(priya, begun).json()["state"] == "available"
    assert stored(document_of(begun).s3_key) == stored(twin.s3_key)
    assert ours() == []


@pytest.mark.parametrize("versioned", [False, True], ids=["put again", "copied"])
def test_what_is_sent_after_the_look_is_not_what_is_kept(
    versioned, world, priya, moto, versions, use, monkeypatch
):
    use(moto, versions if versioned else BUCKET)
    begun = begin(priya, world, sha256=None)
    post(begun, minimal())
    other = minimal().replace(b"1.4", b"1.5", 1)
    with at(monkeypatch, "_verified", "after", lambda: post(begun, other)):
        assert complete(priya, begun).json()["state"] == "available"
    assert stored(document_of(begun).s3_key)[0] == minimal()


def test_the_policy_names_key_and_exact_size(world, priya, moto, use):
    """moto enforces neither, S3 does both; so the policy itself is looked at."""
    import base64
    import json

    use(moto)
    begun = begin(priya, world)
    policy = json.loads(base64.b64decode(begun["fields"]["policy"]))
    assert ["content-length-range", len(minimal()), len(minimal())] in policy["conditions"]
    assert {"key": f"alpha/system/temp/uploads/{begun['id']}"} in policy["conditions"]
    assert {"bucket": BUCKET} in policy["conditions"]


@pytest.mark.parametrize("body", [minimal() + b"\n", minimal()[:-1]], ids=["more", "less"])
def test_a_store_that_lets_in_another_size_is_found_out(body, world, priya, moto, use):
    use(moto)
    begun = begin(priya, world)
    assert post(begun, body).status_code == 204
    assert_problem(complete(priya, begun), 422, "size_differs", "file")
    assert ours() == []


def test_a_store_without_forms_has_no_bytes(world, priya, rclone, use):
    """rclone knows no POST: what is to be sent to it goes in parts."""
    use(rclone)
    begun = begin(priya, world)
    assert post(begun, minimal()).status_code >= 400
    assert_problem(complete(priya, begun), 409, "not_uploaded")
    assert priya.delete(f"/api/v1/files/{begun['id']}/upload").status_code == 204


@pytest.mark.parametrize("server", ["moto", "rclone"])
def test_parts_go_to_the_store_and_make_the_file(server, world, priya, use, settings, request):
    use(request.getfixturevalue(server))
    settings.DIRECT_UPLOAD_PARTS_ABOVE = settings.DIRECT_UPLOAD_PART_SIZE = 5 * MIB
    begun = begin(priya, world, LINES, filename="letter.txt")
    sent = pieces(LINES, 5 * MIB)
    assert (begun["method"], begun["parts"]) == ("multipart", 2)
    for number, url in sign(priya, begun, *sent).items():
        if server == "rclone":  # the length is signed; moto does not look
            assert requests.put(url, data=sent[number][:-1], timeout=30).status_code == 403
        assert requests.put(url, data=sent[number], timeout=30).status_code == 200
        arrived = priya.get(f"/api/v1/files/{begun['id']}/parts").json()["arrived"]
        assert arrived[-1] == {"number": number, "size": len(sent[number])}
        if number == 1:
            missing = assert_problem(complete(priya, begun), 409, "parts_missing")["missing"]
            assert missing == [2]
    assert complete(priya, begun).json()["state"] == "available", state(priya, begun)
    document = document_of(begun)
    with stored_bytes(document) as chunks:
        assert b"".join(chunks) == LINES
    assert ours() == []


def test_it_dies_when_the_parts_are_joined(world, priya, moto, use, settings, monkeypatch):
    from tests.documents.test_crash_points import Killed, die

    use(moto)
    settings.DIRECT_UPLOAD_PARTS_ABOVE = 1
    begun = begin(priya, world)
    requests.put(sign(priya, begun, 1)[1], data=minimal(), timeout=30)
    priya.raise_request_exception = True
    with at(monkeypatch, "_has_its_size", "before", die), pytest.raises(Killed):
        complete(priya, begun)
    assert complete(priya, begun).json()["state"] == "available"


@pytest.mark.parametrize("server", ["moto", "rclone"])
def test_uploads_in_parts_are_ended_in_the_store(server, world, priya, use, settings, request):
    use(request.getfixturevalue(server))
    settings.DIRECT_UPLOAD_PARTS_ABOVE = 1
    store = object_store()

    def open_uploads():
        answer = store.client.list_multipart_uploads(Bucket=BUCKET, Prefix="alpha/system/")
        return len(answer.get("Uploads", []))

    taken, stale = begin(priya, world), begin(priya, world)
    for begun in (taken, stale):
        requests.put(sign(priya, begun, 1)[1], data=minimal(), timeout=30)
        # One more, that died before it could note what it had begun.
        store.begin_multipart(f"alpha/system/temp/uploads/{begun['id']}")
    assert open_uploads() == 4
    assert priya.delete(f"/api/v1/files/{taken['id']}/upload").status_code == 204
    assert open_uploads() == 2
    expire(stale)
    assert sweep_unfinished_uploads() == 1
    assert open_uploads() == 0
    for begun in (taken, stale):
        clear_links(begun)
    sweep_unfinished_uploads()
    assert not DirectUpload.objects.filter(cleared_at=None).exists()


@pytest.mark.logs_errors
def test_a_disk_that_is_full_is_no_refusal(world, priya, moto, use, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    use(moto)
    begun = begin(priya, world)
    post(begun, minimal())
    with monkeypatch.context() as patch:
        patch.setattr(finishing.tempfile, "TemporaryFile", lambda **_: Full())
        assert_problem(complete(priya, begun), 503, "store_unavailable")
    assert document_of(begun).state == "pending"
    assert complete(priya, begun).status_code == 200
