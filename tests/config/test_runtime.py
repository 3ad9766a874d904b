"""The embedded servers: where they listen, what they refuse, who stops them."""

import os
import subprocess
import sys

import psycopg2
import pytest

from config import runtime
from config.runtime import BASE_DIR, RuntimeProblem, Servers


def test_sockets_lie_in_the_data_folder_while_their_path_is_short_enough(tmp_path):
    assert runtime.socket_dir(tmp_path / "v") == tmp_path / "v" / "run"


def test_a_deep_data_folder_gets_its_sockets_elsewhere_and_its_own(tmp_path):
    deep, deeper = tmp_path / ("d" * 120), tmp_path / ("e" * 120)
    found = {runtime.socket_dir(deep), runtime.socket_dir(deeper)}
    assert len(found) == 2
    assert all(len(os.fsencode(path)) <= runtime.SOCKET_PATH_LIMIT for path in found)


def test_a_folder_of_another_layout_is_refused(tmp_path):
    (tmp_path / "VERSION").write_text("99\n")
    with pytest.raises(RuntimeProblem, match="belongs to another version"):
        runtime.prepare_data_dir(tmp_path)


def test_a_folder_of_this_layout_is_taken(tmp_path):
    (tmp_path / "VERSION").write_text(runtime.LAYOUT_VERSION + "\n")
    assert runtime.prepare_data_dir(tmp_path) == tmp_path


def test_a_cluster_of_another_postgresql_is_refused(tmp_path):
    runtime.prepare_data_dir(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(RuntimeProblem, match="was made by PostgreSQL 16"):
        runtime.prepare_data_dir(tmp_path)


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    found = []
    for _ in range(2):
        monkeypatch.setenv("SECRET_KEY", "")
        runtime.prepare_environment()
        found.append(os.environ["SECRET_KEY"])
    assert found[0] == found[1]
    assert len(found[0]) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_production_gets_no_secret_invented(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DEBUG", "off")
    monkeypatch.setenv("SECRET_KEY", "")
    runtime.prepare_environment()
    assert os.environ["SECRET_KEY"] == ""
    assert not (tmp_path / "data").exists()


def test_a_second_user_of_the_servers_does_not_start_or_stop_them(tmp_path):
    first, second = Servers(tmp_path, durable=False), Servers(tmp_path, durable=False)
    first.start()
    try:
        second.start()
        assert (len(first.started), len(second.started)) == (2, 0)
        second.stop()
        connect(tmp_path).close()
    finally:
        first.stop()
    with pytest.raises(psycopg2.OperationalError):
        connect(tmp_path)


def connect(data):
    settings = runtime.database_settings(data)
    return psycopg2.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])


def test_nothing_starts_at_import(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings, config.runtime, config.run, config.celery"],
        cwd=BASE_DIR,
        env={**os.environ, "DATA_DIR": str(tmp_path / "unused")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "unused").exists()
