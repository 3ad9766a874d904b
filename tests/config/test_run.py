"""`make run` as a newcomer meets it: real processes, a folder of their own, the README's lines."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from config.runtime import BASE_DIR

READY = 420.0  # seconds, on a machine that runs other tests at the same time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """One `make run`; `text` is what it has printed."""

    def __init__(self, data: Path, port: int) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DEBUG"}
        }
        self.data = data
        self.output = Path(tempfile.mkstemp(prefix="chartvault-run-")[1])
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.run"],
                cwd=BASE_DIR,
                env={**environment, "DATA_DIR": str(data), "PORT": str(port)},
                stdout=output,
                stderr=output,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        begun = time.monotonic()
        while "password of each" not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() - begun < READY, self.text
            time.sleep(0.2)

    def everything(self) -> list[psutil.Process]:
        """Return all processes that it started, however deep."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, signum: int) -> list[psutil.Process]:
        """End it with a signal; return what still lives afterwards."""
        started = self.everything()
        self.process.send_signal(signum)
        self.process.wait(60)
        _, alive = psutil.wait_procs(started, timeout=30)
        return alive


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="chartvault-demo-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_newcomer_gets_a_working_clinic_and_keeps_it(data):
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    demo = {"Host": "demo.localhost"}

    first = Running(data, port)
    first.wait_until_ready()
    made = [
        tuple(map(int, numbers))
        for numbers in re.findall(
            r": (\d+) patients, (\d+) lab results, (\d+) documents of (\d+) types;"
            r" (\d+) read back and hash-checked",
            first.text,
        )
    ]
    assert len(made) == 2
    assert sum(row[0] for row in made) >= 200
    assert sum(row[2] for row in made) >= 400
    assert min(row[3] for row in made) >= 8
    assert all(row[2] == row[4] for row in made)

    health = requests.get(f"{base}/api/v1/health", headers=demo, timeout=20)
    names = ("status", "database", "broker", "worker", "store")
    expected = {**dict.fromkeys(names, "ok"), "scanner": "off"}
    assert (health.status_code, health.json()) == (200, expected)
    assert run_the_readme(port) == "potassium;4.1\n"
    assert first.end(signal.SIGINT) == []

    second = Running(data, port)
    second.wait_until_ready()
    assert "hash-checked" not in second.text  # nothing is made anew
    documents = [int(n) for n in re.findall(r"(\d+) documents", second.text)]
    assert documents == [made[0][2] + 1, made[1][2]]  # the README's file is still there
    # Killed without a chance to clear up, it still takes everything with it.
    assert second.end(signal.SIGKILL) == []


def run_the_readme(port: int) -> str:
    """Paste the README's curl lines into a shell; return what the last one prints."""
    text = (BASE_DIR / "README.md").read_text()
    lines = re.search(r"```sh\n(B=.*?)```", text, re.DOTALL).group(1)
    lines = lines.replace("localhost:8000", f"localhost:{port}")
    assert len(lines.strip().splitlines()) == 9
    curl = "curl() { command curl --resolve '*:" + f'{port}:127.0.0.1\' "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl + lines + "\n"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout[-len("potassium;4.1\n") :]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({"PORT": "none"}, "PORT must be a number", id="port-no-number"),
        pytest.param({"PORT": "70000"}, "PORT must be a number", id="port-too-high"),
        pytest.param({"DATA_DIR": "/proc/nowhere"}, "Cannot use the data folder", id="no-folder"),
        pytest.param({"DATABASE_URL": "nonsense"}, "DATABASE_URL", id="database-url"),
        pytest.param({"SECRET_KEY": "short", "DEBUG": "off"}, "SECRET_KEY", id="short-key"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(tmp_path, environment, said):
    base = {**os.environ, "DATA_DIR": str(tmp_path), "PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-m", "config.run"],
        cwd=BASE_DIR,
        env={**base, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("chartvault: ")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_taken_port_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.run"],
            cwd=BASE_DIR,
            env={**os.environ, "DATA_DIR": str(tmp_path), "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"chartvault: Port {port} cannot be used")
    assert not (tmp_path / "postgres").exists()
