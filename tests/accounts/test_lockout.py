"""Guessing is stopped after five wrong passwords: that login from that address, for a while."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.accounts.logins import app_login, browser_login, form_login, visitor
from tests.conftest import PASSWORD

WRONG = "wrong-horse-battery"
HERE, ELSEWHERE = {"REMOTE_ADDR": "203.0.113.1"}, {"REMOTE_ADDR": "203.0.113.2"}
MINUTES = 15
DOORS = {"form": (form_login, 302), "browser": (browser_login, 200), "app": (app_login, 200)}
doors = pytest.mark.parametrize(("login", "success"), DOORS.values(), ids=DOORS)


@pytest.fixture(autouse=True)
def _database(db):
    pass


def guess(login, times, name="priya", **extra):
    return [login(visitor(), name, WRONG, **(extra or HERE)).status_code for _ in range(times)]


@doors
def test_the_fifth_wrong_password_locks(login, success):
    refused = 200 if login is form_login else 400  # the form is shown again
    assert guess(login, 4) == [refused] * 4
    answer = login(visitor(), "priya", WRONG, **HERE)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(MINUTES * 60))
    if login is form_login:
        assert answer.content == b"Too many failed logins. Try again in 15 minutes."
        assert answer["Content-Type"] == "text/plain"
    else:
        assert answer["Content-Type"] == "application/problem+json"
        body = answer.json()
        assert (body["status"], body["code"]) == (429, "login_locked")
        assert body["detail"] == "Too many failed logins. Try again in 15 minutes."
    assert guess(login, 4) == [429] * 4, "and stays so, in the same words"


@doors
def test_the_right_password_does_not_open_a_lock_but_the_others_get_in(login, success):
    guess(login, 5)
    assert login(visitor(), "priya", **HERE).status_code == 429
    assert login(visitor(), "priya", **ELSEWHERE).status_code == success
    assert login(visitor(), "paul", **HERE).status_code == success


def test_all_doors_count_together():
    assert guess(form_login, 2) + guess(browser_login, 1) + guess(app_login, 1) == [
        *(200, 200),
        *(400, 400),
    ]
    assert app_login(visitor(), "priya", WRONG, **HERE).status_code == 429
    assert form_login(visitor(), "priya", **HERE).status_code == 429


@doors
def test_a_success_begins_the_count_anew(login, success):
    guess(login, 4)
    assert login(visitor(), "priya", **HERE).status_code == success
    assert 429 not in guess(login, 4)
    assert guess(login, 1) == [429]


@doors
def test_a_lock_ends(login, success):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        guess(login, 5)
        clock.shift(timedelta(minutes=MINUTES, seconds=1))
        assert login(visitor(), "priya", **HERE).status_code == success


def test_a_lock_lasts_and_each_try_begins_it_anew():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        guess(app_login, 5)
        clock.shift(timedelta(minutes=MINUTES, seconds=-1))
        assert app_login(visitor(), "priya", **HERE).status_code == 429
        clock.shift(timedelta(seconds=2))
        assert app_login(visitor(), "priya", **HERE).status_code == 429
        clock.shift(timedelta(minutes=MINUTES, seconds=1))
        assert app_login(visitor(), "priya", **HERE).status_code == 200


def test_an_unknown_address_is_locked_like_a_known_one():
    assert guess(app_login, 5, "priya") == guess(app_login, 5, "zoe", **ELSEWHERE)


def test_a_forged_forwarded_address_opens_no_lock(settings):
    guess(app_login, 5)
    forged = {**HERE, "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    assert app_login(visitor(), "priya", **forged).status_code == 429
    settings.TRUSTED_PROXY_COUNT = 1
    assert app_login(visitor(), "priya", **forged).status_code == 200, "our proxy says so"


def test_behind_a_proxy_people_are_told_apart(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    here = {**HERE, "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    there = {**HERE, "HTTP_X_FORWARDED_FOR": "198.51.100.8"}
    assert guess(app_login, 5, "priya", **here)[-1] == 429
    assert app_login(visitor(), "priya", **here).status_code == 429
    assert app_login(visitor(), "priya", **there).status_code == 200


def test_one_address_cannot_try_many_logins_fast():
    names = [f"guess{number}" for number in range(12)]
    found = [app_login(visitor(), name, PASSWORD, **HERE) for name in names]
    assert [answer.status_code for answer in found] == [400] * 10 + [429] * 2
    assert found[-1]["Retry-After"] == "60"
    assert found[-1].json()["detail"] == "Too many failed logins. Try again in 1 minute."
    assert app_login(visitor(), "priya", **ELSEWHERE).status_code == 200


def test_a_morning_of_logins_from_one_address_is_no_attack():
    assert [app_login(visitor(), "priya", **HERE).status_code for _ in range(12)] == [200] * 12
