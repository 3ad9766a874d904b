"""`make run`: the embedded servers, a web server and a worker, until Ctrl-C.

Everything it starts ends with it, however it ends.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from config import runtime
from config.runtime import BASE_DIR, RuntimeProblem, Servers

PLATFORM_HOST = os.environ.get("PLATFORM_HOST", "localhost")
STOP_WITHIN = 20.0  # seconds
READY_WITHIN = 60.0  # seconds


class Stop(Exception):  # noqa: N818  no error: somebody pressed Ctrl-C
    """Somebody asked us to end."""


def port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004
        raise RuntimeProblem(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def require_free(number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            raise RuntimeProblem(
                f"Port {number} cannot be used ({error.strerror}); choose another with PORT."
            ) from error


def spawn(*command: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=BASE_DIR,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=runtime.die_with_parent(signal.SIGTERM),  # noqa: PLW1509  one thread
        )


def start_processes(data: Path, number: int) -> dict[str, subprocess.Popen[bytes]]:
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    return {
        "web": spawn(
            *("gunicorn", "-c", "config/gunicorn.py", "--bind", f"127.0.0.1:{number}"),
            *("--workers", "2", "--threads", "8", "config.wsgi:application"),
            log=logs / "web.log",
        ),
        "worker": spawn(
            *("celery", "-A", "config", "worker", "--beat", "--loglevel", "INFO"),
            *("--concurrency", "2", "--schedule", str(data / "beat-schedule")),
            log=logs / "worker.log",
        ),
    }


def stop_processes(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each to end, then each whole group: a worker's children must not outlive it."""
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for process in processes.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # nobody of the group is left, as it should be


def prepare() -> None:
    """Migrate, and on the first start build the demo clinics."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate_tenants")
    from django.conf import settings

    if settings.DEBUG:
        call_command("build_demo")


def wait_until_ready(
    processes: dict[str, subprocess.Popen[bytes]], data: Path, number: int
) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        for name, process in processes.items():
            if process.poll() is not None:
                raise RuntimeProblem(f"The {name} process ended; see {data / 'logs' / name}.log.")
        if answers(number):
            return
        time.sleep(0.2)
    raise RuntimeProblem(f"Web server or worker do not get healthy; see {data / 'logs'}.")


def answers(number: int) -> bool:
    """Say whether web server, worker, database and store all work."""
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=10)
    try:
        connection.request("GET", "/api/v1/health", headers={"Host": PLATFORM_HOST})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def announce(number: int) -> None:
    from config.demo import LOGINS, PASSWORD

    lines = ["", "Chartvault runs. Ctrl-C stops it."]
    for title, host in (("Demo Clinic", "demo."), ("North Clinic", "north.")):
        lines.append(f"  {title:<13} http://{host}localhost:{number}/ (staff also /admin/)")
    lines.append(f"  {'Platform':<13} http://localhost:{number}/admin/")
    lines += [f"  {'API':<13} http://demo.localhost:{number}/api/v1/docs", "", "Logins:"]
    lines += [f"  {email:<22} {what}" for email, what in LOGINS]
    lines += [f"  password of each: {PASSWORD}", ""]
    print("\n".join(lines), flush=True)  # noqa: T201


def watch(processes: dict[str, subprocess.Popen[bytes]], data: Path) -> None:
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                raise RuntimeProblem(f"The {name} process ended; see {data / 'logs' / name}.log.")
        time.sleep(0.5)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise Stop


def main() -> None:
    os.environ.setdefault("DEBUG", "on")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _stop)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    servers: Servers | None = None
    try:
        number = port()
        require_free(number)
        runtime.prepare_environment()
        servers = runtime.servers_for(runtime.data_dir())
        servers.start()
        prepare()
        processes = start_processes(servers.data, number)
        wait_until_ready(processes, servers.data, number)
        announce(number)
        watch(processes, servers.data)
    except Stop:
        print("\nStopping …", flush=True)  # noqa: T201
    except (RuntimeProblem, ImproperlyConfigured) as problem:
        sys.exit(f"chartvault: {problem}")
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        stop_processes(processes)
        if servers is not None:
            servers.stop()


if __name__ == "__main__":
    main()
