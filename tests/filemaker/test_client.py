"""The client against each habit and each fault of FileMaker's Data API, by name."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from filemaker.client import ATTEMPTS, Client
from filemaker.environment import read_settings
from filemaker.errors import RecordMissingError
from filemaker.limiter import RateLimiter
from jobs.errors import ItemError, StopRunError, TransientError
from tests.filemaker.emulator import DATABASE, PASSWORD, USER

SORT = {"sort": "id"}


def first_page(client, layout="API_Docs", limit=5):
    return client.page(layout, offset=1, limit=limit, sort="id")


def ids_of(rows):
    return sorted(row.id for row in rows)


def test_a_page_is_sorted_by_its_key_and_counts_all(client, fm):
    page = client.page("API_Docs", offset=6, limit=5, sort="id")
    wanted = ids_of(fm.docs)[5:10]
    assert [record.fields["id"] for record in page.records] == wanted
    assert page.found == 20
    assert {type(record.record_id) for record in page.records} == {str}


def test_the_login_is_sent_once_and_given_back_at_the_end(fm):
    client = Client(read_settings())
    for _ in range(3):
        first_page(client)
    assert (fm.requests["login"], len(fm.sessions)) == (1, 1)
    client.close()
    assert (fm.requests["logout"], fm.sessions) == (1, {})


def test_a_client_that_never_asked_logs_nobody_out(fm):
    Client(read_settings()).close()
    assert fm.requests == {}


def test_the_connection_is_kept_alive(client, fm):
    for _ in range(5):
        first_page(client)
    assert fm.requests["connections"] == 1


def test_a_database_name_with_space_slash_and_umlaut_is_encoded(client, fm):
    first_page(client)
    paths = {path for _, path, _ in fm.seen}
    assert all("/databases/Clinic%20Files%2F%C3%BC/" in path for path in paths)
    assert DATABASE == "Clinic Files/ü"


def test_no_charset_stands_in_the_content_type(client, fm):
    client.find("API_Docs", field="id", values=[fm.docs[0].id])
    sent = {headers["Content-Type"] for _, _, headers in fm.seen if "Content-Type" in headers}
    assert sent == {"application/json"}


@pytest.mark.parametrize("status", [500, 404, 401])
def test_an_empty_table_is_an_empty_page_whatever_the_status(client, fm, status):
    fm.habits.nothing_found_status = status
    fm.docs.clear()
    page = first_page(client)
    assert (page.records, page.found) == ((), 0)
    assert len(first_page(client, "API_Images").records) == 5


@pytest.mark.parametrize("status", [500, 404, 401])
def test_a_find_without_a_hit_is_an_empty_page_and_one_with_a_hit_is_not(client, fm, status):
    fm.habits.nothing_found_status = status
    assert client.find("API_Docs", field="id", values=["nobody"]).records == ()
    hit = client.find("API_Docs", field="id", values=[fm.docs[3].id.lower()]).records
    assert [record.record_id for record in hit] == [str(fm.docs[3].record_id)]


def test_what_a_find_would_take_for_an_operator_is_escaped(client, fm):
    fm.docs[2].fields["id"] = 'A*b@c#"=='
    hit = client.find("API_Docs", field="id", values=['A*b@c#"==']).records
    assert [record.record_id for record in hit] == ["3"]


def test_an_offset_behind_the_last_record_is_an_empty_page(client):
    assert client.page("API_Docs", offset=21, limit=5, sort="id").records == ()


def test_a_record_that_is_gone_says_so_and_one_that_is_there_comes(client, fm):
    with pytest.raises(RecordMissingError):
        client.record("API_Docs", "999")
    assert client.record("API_Docs", "7").fields["id"] == fm.docs[6].id


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("9", "login_refused"),
        ("102", "field_missing"),
        ("105", "layout_missing"),
        ("212", "login_refused"),
        ("953", "quota_used_up"),
    ],
)
def test_what_a_person_must_mend_stops_the_run_at_once(client, fm, waits, code, says):
    first_page(client)
    fm.faults.codes = [code]
    with pytest.raises(StopRunError) as stopped:
        first_page(client)
    assert (stopped.value.code, waits) == (says, [])
    assert len(first_page(client).records) == 5


def test_a_wrong_password_is_not_tried_twice(fm, monkeypatch):
    monkeypatch.setenv("FILEMAKER_PASSWORD", "wrong")
    client = Client(read_settings(), pause=lambda _: None)
    with pytest.raises(StopRunError) as stopped:
        first_page(client)
    assert stopped.value.code == "login_refused"
    assert fm.requests["login"] == 1
    assert "wrong" not in str(stopped.value)


def test_an_unknown_layout_or_sort_field_stops_the_run(client):
    with pytest.raises(StopRunError, match="layout"):
        first_page(client, "Nothing")
    with pytest.raises(StopRunError, match="field"):
        client.page("API_Docs", offset=1, limit=5, sort="nothing")


@pytest.mark.parametrize("code", ["301", "802", "812", "956"])
def test_what_passes_is_tried_again_with_longer_waits(client, fm, waits, code):
    fm.faults.codes = [code] * (ATTEMPTS - 1)
    assert len(first_page(client).records) == 5
    assert len(waits) == ATTEMPTS - 1
    assert fm.requests["login"] == 1


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("301", "record_in_use"),
        ("802", "database_closed"),
        ("812", "server_full"),
        ("956", "too_many_sessions"),
    ],
)
def test_what_does_not_pass_is_given_up_for_now(client, fm, waits, code, says):
    fm.faults.codes = [code] * ATTEMPTS
    with pytest.raises(TransientError) as failed:
        first_page(client)
    assert (failed.value.code, len(waits)) == (says, ATTEMPTS - 1)
    assert len(first_page(client).records) == 5


def test_a_code_that_nobody_foresaw_is_named(client, fm):
    first_page(client)
    fm.faults.codes = ["1630"]
    with pytest.raises(ItemError) as failed:
        first_page(client)
    assert (failed.value.code, failed.value.permanent) == ("filemaker_1630", True)


def test_html_and_502_are_tried_again(client, fm, waits):
    fm.faults.engine_down = 2
    assert len(first_page(client).records) == 5
    assert len(waits) == 2
    fm.faults.engine_down = ATTEMPTS
    with pytest.raises(TransientError) as failed:
        first_page(client)
    assert failed.value.code == "engine_down"


def test_a_server_that_is_away_is_told_from_one_that_refuses(fm, waits, monkeypatch):
    monkeypatch.setenv("FILEMAKER_URL", "http://127.0.0.1:1")
    client = Client(read_settings(), pause=waits.append)
    with pytest.raises(TransientError) as failed:
        first_page(client)
    assert (failed.value.code, len(waits)) == ("connection_failed", ATTEMPTS - 1)


def test_an_ended_session_is_begun_again_once(client, fm, waits):
    first_page(client)
    fm.sessions.clear()
    assert len(first_page(client).records) == 5
    assert (fm.requests["login"], waits) == (2, [])


def test_sessions_that_end_after_two_calls_are_no_hindrance(client, fm):
    fm.habits.session_calls = 2
    for _ in range(7):
        first_page(client)
    assert fm.requests["login"] == 4


def test_a_session_that_ends_with_each_call_is_given_up_for_now(client, fm, waits):
    fm.faults.lost_sessions = 1_000
    with pytest.raises(TransientError) as failed:
        first_page(client)
    assert (failed.value.code, len(waits)) == ("session_ended", ATTEMPTS - 1)


def test_threads_share_one_session_also_when_it_ends_under_all_of_them(client, fm):
    first_page(client)
    fm.sessions.clear()
    together = threading.Barrier(8)

    def ask(number):
        together.wait()
        return len(client.page("API_Docs", offset=number + 1, limit=2, sort="id").records)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [2] * 8
    assert (fm.requests["login"], len(fm.sessions)) == (2, 1)


def test_a_body_of_another_shape_is_refused_in_words(client, fm, monkeypatch):
    monkeypatch.setattr(type(fm), "as_json", lambda *_: {"unexpected": 1})
    with pytest.raises(TransientError) as failed:
        first_page(client)
    assert failed.value.code == "answer_unreadable"


def test_a_logout_that_fails_is_logged_without_the_token(fm, caplog):
    client = Client(read_settings())
    first_page(client)
    (token,) = fm.sessions
    fm.faults.codes = ["812"]
    client.close()
    assert [
        record.getMessage() for record in caplog.records if record.name.startswith("filemaker")
    ] == [
        "The session with FileMaker could not be logged out: server_full"
    ] or fm.sessions  # the emulator answered the logout with its own code
    assert token not in caplog.text


def test_nothing_secret_is_logged_even_at_the_lowest_level(fm, caplog):
    caplog.set_level("DEBUG")
    for name in ("urllib3", "urllib3.connectionpool"):
        caplog.set_level("DEBUG", name)
    client = Client(read_settings())
    record = first_page(client).records[0]
    client.read_container(
        record,
        address_in=lambda found: found.fields["Doc"],
        again=lambda: record,
        limit=10**6,
    )[1].content.close()
    (token,) = fm.sessions
    client.close()
    streams = {path for _, path, _ in fm.seen if "Streaming" in path}
    for secret in (token, USER + ":", PASSWORD, "Clinic%20Files", record.fields["id"], *streams):
        assert secret not in caplog.text


def test_the_rate_is_shared_and_even():
    now, slept = [100.0], []

    def pause(seconds):
        slept.append(round(seconds, 3))

    limiter = RateLimiter(4, clock=lambda: now[0], pause=pause)
    for _ in range(4):
        limiter.wait()
    assert slept == [0.25, 0.5, 0.75]
    now[0] += 10
    limiter.wait()
    assert slept == [0.25, 0.5, 0.75]


def test_without_a_rate_nobody_waits():
    slept = []
    limiter = RateLimiter(None, pause=slept.append)
    for _ in range(50):
        limiter.wait()
    assert slept == []


def test_each_request_waits_for_its_turn(fm, monkeypatch):
    turns = []
    monkeypatch.setattr(RateLimiter, "wait", lambda self: turns.append(self._gap))
    client = Client(read_settings(), rate=2)
    first_page(client)
    client.close()
    assert turns == [0.5, 0.5, 0.5]  # login, page, logout


def test_a_login_that_fails_for_an_unforeseen_reason_stops_the_run(client, fm):
    fm.faults.codes = ["1234"]
    with pytest.raises(StopRunError) as stopped:
        first_page(client)
    assert stopped.value.code == "filemaker_1234"
    assert len(first_page(client).records) == 5
