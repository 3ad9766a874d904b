"""The three stores: a folder, moto's S3, and rclone's, which checks signatures."""

import hashlib

import boto3
import pytest
from moto.server import ThreadedMotoServer

from documents.storage.filesystem import FileSystemObjectStore
from documents.storage.s3 import CLIENT, S3ObjectStore
from tests.s3_server import BUCKET, KEYS, serve, storage

KEY = "alpha/patients/documents/p/{}.pdf"


def make_bucket(endpoint: str) -> None:
    boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
        config=CLIENT,
    ).create_bucket(Bucket=BUCKET)


@pytest.fixture(scope="session")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    make_bucket(f"http://{host}:{port}")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def rclone(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("rclone")) as address:
        yield address


def s3(endpoint: str, **more) -> S3ObjectStore:
    return S3ObjectStore(**storage(endpoint)["OPTIONS"], **more)


@pytest.fixture(params=["folder", "moto", "rclone"])
def store(request, tmp_path, in_alpha):
    if request.param == "folder":
        return FileSystemObjectStore(location=str(tmp_path / "objects"))
    return s3(request.getfixturevalue(request.param))


@pytest.fixture(params=["moto", "rclone"])
def linking(request, in_alpha):
    return s3(request.getfixturevalue(request.param))


@pytest.fixture
def key(request):
    """A key of this test's own: the servers' buckets outlive it."""
    return KEY.format(hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:24])
