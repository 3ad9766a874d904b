"""Health: 200 when everything works, 503 naming what does not, and liveness without anything."""

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import DatabaseError
from django.test import Client

from config import health
from config.celery import app
from documents.storage import StoreError
from tests.clamd import serving

URL = "/api/v1/health"
NAMES = ("database", "broker", "worker", "store")


@pytest.fixture(autouse=True)
def _quick(_clean_slate, db, monkeypatch):
    monkeypatch.setattr(health, "WORKER_TIMEOUT", 0.5)


@pytest.fixture
def _worker(monkeypatch):
    monkeypatch.setattr(health, "check_worker", lambda: None)
    monkeypatch.setitem(health.CHECKS, "worker", lambda: None)


@pytest.mark.usefixtures("_worker")
@pytest.mark.parametrize("host", ["alpha.localhost", "localhost"])
def test_all_is_well(host):
    answer = Client(HTTP_HOST=host).get(URL)
    expected = {**dict.fromkeys(("status", *NAMES), "ok"), "scanner": "off"}
    assert (answer.status_code, answer.json()) == (200, expected)


@pytest.mark.usefixtures("_worker")
def test_a_scanner_that_is_away_is_said_and_stops_nothing(settings):
    """What comes in waits in the quarantine; everything else goes on."""
    with serving() as clamd:
        settings.CLAMAV_SOCKET = clamd.address
        assert health.health()["scanner"] == "ok"
        clamd.how = "cut at once"
        found = health.health()
    assert (found["status"], found["scanner"]) == ("ok", "failing")


def broken(error):
    def check():
        raise error

    return check


@pytest.mark.logs_errors  # a 503 is one
@pytest.mark.usefixtures("_worker")
@pytest.mark.parametrize("name", NAMES)
def test_what_fails_is_named_without_its_reason(monkeypatch, name):
    error = {"database": DatabaseError, "store": StoreError}.get(name, OSError)
    monkeypatch.setitem(health.CHECKS, name, broken(error("secret address")))
    answer = Client(HTTP_HOST="alpha.localhost").get(URL)
    expected = {
        **dict.fromkeys(NAMES, "ok"),
        "status": "failing",
        "scanner": "off",
        name: "failing",
    }
    assert (answer.status_code, answer.json()) == (503, expected)
    assert b"secret" not in answer.content


def test_a_broker_that_is_not_there_fails(monkeypatch, tmp_path):
    health.check_broker()
    dead = f"redis+socket://{tmp_path}/nobody.sock"
    real = app.connection_for_write
    monkeypatch.setattr(app, "connection_for_write", lambda **options: real(url=dead, **options))
    with pytest.raises(Exception, match=r"nobody\.sock|No such file"):
        health.check_broker()


def test_a_store_that_cannot_be_written_fails(settings, tmp_path):
    health.check_store()
    (tmp_path / "file").write_text("")
    documents = {**settings.STORAGES["documents"], "OPTIONS": {"location": str(tmp_path / "file")}}
    settings.STORAGES = {**settings.STORAGES, "documents": documents}
    with pytest.raises(StoreError):
        health.check_store()


def test_a_real_worker_answers_and_none_does_not(monkeypatch):
    with start_worker(app, perform_ping_check=False, pool="solo", loglevel="WARNING"):
        health.check_worker()
    monkeypatch.setattr(app.control, "ping", lambda **_: [])
    with pytest.raises(TimeoutError, match="no worker answers"):
        health.check_worker()


@pytest.mark.usefixtures("_worker")
def test_the_answer_is_remembered_for_a_moment(monkeypatch):
    client = Client(HTTP_HOST="alpha.localhost")
    assert client.get(URL).status_code == 200
    monkeypatch.setitem(health.CHECKS, "store", broken(StoreError("gone")))
    assert client.get(URL).status_code == 200
    assert health.health()["store"] == "failing"


@pytest.mark.parametrize("host", ["alpha.localhost", "gamma.localhost", "10.0.0.7", "evil.example"])
def test_liveness_needs_no_host_and_no_database(django_assert_num_queries, host):
    with django_assert_num_queries(0):
        answer = Client(HTTP_HOST=host).get("/api/v1/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
