"""A clinic of its own behind a real web server, in processes and a folder that go with it.

`running(module)` starts `python -m tests.running FOLDER MODULE`, which starts PostgreSQL, Valkey, gunicorn
and a Celery worker there, has the module build the clinic and says on one line of JSON where everything
is. It ends, and removes the folder, when its standard input ends: however the tests end, nothing is left.

The module has `build()`. `RUNNING_WITH` names another one, with `servers()`, a context manager for what is
to run beside it; that yields what the environment then says.
"""

import contextlib
import fcntl
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from cryptography.fernet import Fernet

from config.runtime import BASE_DIR


def environment(data):
    return {
        "DATA_DIR": str(data),
        "CHARTVAULT_TEST_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "off",  # as in production: a fault is a 500 of ours, not a page of Django's
        "HTTPS": "off",
        "TRUSTED_PROXY_COUNT": "1",  # so that each request can come from elsewhere (known.py)
        "PLATFORM_HOST": "localhost",
        "ALLOWED_HOSTS": ".localhost",
        "SECRET_KEY": "only-for-these-tests-" * 3,
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "FILE_UPLOAD_TEMP_DIR": str(data / "temp"),
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }


def copy_migrated(data):
    """Put a migrated database into `data`: migrated for the first who asks, copied for the others.

    Migrating every schema takes longer than all else that a clinic needs to begin. It is only done
    here where the tests' own folder is known, and lies there.
    """
    shared = os.environ.get("TESTS_DATA")
    if not shared:
        return
    from config.runtime import prepare_data_dir

    base = Path(shared) / "migrated"
    base.mkdir(exist_ok=True)
    with (base / "gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (base / "done").exists():
            _migrate(base / "data")
            (base / "done").touch()
    prepare_data_dir(data)
    # with owners: PostgreSQL has a user of its own where the tests run as root
    subprocess.run(["cp", "-a", str(base / "data" / "postgres"), str(data)], check=True)


def _migrate(data):
    from config.runtime import Servers

    servers = Servers(data, durable=False)
    servers.start()
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate_tenants", "--verbosity=0"],
            cwd=BASE_DIR,
            env={**os.environ, "DATA_DIR": str(data), "CHARTVAULT_TEST_DATA": str(data)},
            check=True,
            stdout=sys.stderr,
        )
    finally:
        servers.stop()


@contextlib.contextmanager
def running(module, **more):
    """Yield what `build` says of a running clinic, with `url` and `data`; stop and remove it after.

    `more` is said in the environment.
    """
    data = Path(tempfile.mkdtemp(prefix="chartvault-running-"))
    (data / "temp").mkdir()
    foreign = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "AWS_STORAGE_BUCKET_NAME")
    env = {name: value for name, value in os.environ.items() if name not in foreign}
    log = data / "server.log"
    try:
        with log.open("wb") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "tests.running", str(data), module],
                cwd=BASE_DIR,
                env={
                    **env,
                    "TESTS_DATA": env.get("CHARTVAULT_TEST_DATA", ""),
                    **environment(data),
                    **more,
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        try:
            line = server.stdout.readline()
            assert line, log.read_text(errors="replace")[-4000:]
            yield {**json.loads(line), "data": data}
        finally:
            server.stdin.close()
            server.wait(60)
            server.stdout.close()
    finally:
        shutil.rmtree(data, ignore_errors=True)  # what it could not remove itself


def beside():
    name = os.environ.get("RUNNING_WITH")
    return importlib.import_module(name).servers() if name else contextlib.nullcontext({})


def serve(data, name):
    from config.run import start_processes, stop_processes, wait_until_ready
    from config.runtime import Servers
    from tests.bench import free_port

    servers, processes = Servers(data, durable=False), {}
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: sys.exit(1))
    try:
        with beside() as said:
            os.environ.update(said)
            copy_migrated(data)
            servers.start()
            with contextlib.redirect_stdout(sys.stderr):  # ours holds one line
                django.setup()
                found = importlib.import_module(name).build()
            port = free_port()
            processes = start_processes(data, port)
            wait_until_ready(processes, data, port)
            print(json.dumps({**found, "url": f"http://127.0.0.1:{port}"}), flush=True)  # noqa: T201
            sys.stdin.read()
            stop_processes(processes)
    finally:
        stop_processes(processes)
        servers.stop()
    shutil.rmtree(data)  # after a fault not: the tests show the log, and remove it then


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
