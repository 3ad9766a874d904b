"""A second factor: asked for after the password, good once, at one clinic at a time."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from accounts.services.members import add_member, set_membership
from tests.accounts.codes import (
    DOORS,
    SECOND_STEP,
    STEP,
    TOTP,
    Page,
    Program,
    clock,
    code_of,
    codes_of,
    flows,
    sessions,
    set_up_app,
)
from tests.accounts.logins import asks_me, bearer, visitor
from tests.conftest import member

NOBODY = (401, "not_authenticated")
WRONG = (400, ["incorrect_code"])
__all__ = ["clock"]


@pytest.fixture(autouse=True)
def _stopped(clock):
    """Let every test here stand still in time."""


def me(client):
    return client.get("/api/v1/me").json()["second_factor"]


def waiting(door, host="alpha"):
    """Return somebody whose password was right and who is asked for the code."""
    found = door(host)
    answer = found.login("priya")
    assert answer.status_code == 401
    return found


@DOORS
def test_the_password_alone_is_not_enough_any_more(door):
    page, secret, _ = set_up_app("priya")
    assert me(page.client) is True
    other = door()
    answer = other.login("priya")
    assert answer.status_code == 401
    assert "access_token" not in answer.json()["meta"]
    pending = [flow for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]
    assert pending == [
        {"id": "mfa_authenticate", "is_pending": True, "types": ["recovery_codes", "totp"]}
    ]
    if door is Page:
        assert asks_me(other.client) == NOBODY
        assert other.client.get("/admin/").status_code == 302
    answer = other.post(SECOND_STEP, {"code": code_of(secret)})
    assert answer.status_code == 200
    methods = [one["method"] for one in answer.json()["data"]["methods"]]
    assert methods == ["password", "mfa"]
    if door is Page:
        assert asks_me(other.client) == Role.PROVIDER
    else:
        token = answer.json()["meta"]["access_token"]
        assert asks_me(visitor(), **bearer(token)) == Role.PROVIDER


def test_a_pending_program_gets_nothing_for_its_session_token():
    set_up_app("priya")
    pending = waiting(Program)
    answer = pending.post("account/authenticators/totp", {"code": "123456"})
    assert answer.status_code == 401
    answer = pending.post("tokens/refresh", {"refresh_token": pending.token})
    assert answer.status_code == 400
    assert asks_me(visitor(), HTTP_X_SESSION_TOKEN=pending.token) == NOBODY
    assert asks_me(visitor(), **bearer(pending.token)) == (401, "authentication_failed")


@DOORS
def test_those_without_one_log_in_as_before(door):
    set_up_app("priya")
    assert door().login("paul").status_code == 200


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_codes_of_another_time_are_wrong(clock, steps):
    _, secret, _ = set_up_app("priya")
    clock.shift(STEP * 10)
    assert codes_of(waiting(Page).post(SECOND_STEP, {"code": code_of(secret, steps)})) == WRONG


@pytest.mark.parametrize("code", ["000000", "", "x" * 10_000, "１２３４５６", "\x00", " "])
def test_what_is_no_code_is_refused_and_the_login_still_waits(code):
    _, secret, _ = set_up_app("priya")
    page = waiting(Page)
    answer = page.post(SECOND_STEP, {"code": code})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == "code"
    assert asks_me(page.client) == NOBODY
    assert page.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def test_a_code_may_be_typed_with_a_space_in_it():
    _, secret, _ = set_up_app("priya")
    code = code_of(secret)
    answer = waiting(Page).post(SECOND_STEP, {"code": f" {code[:3]} {code[3:]} "})
    assert answer.status_code == 200


def test_a_clock_may_be_half_a_minute_off(clock):
    _, secret, _ = set_up_app("priya")
    for steps in (-1, 0, 1):
        clock.shift(STEP * 10)
        assert waiting(Page).post(SECOND_STEP, {"code": code_of(secret, steps)}).status_code == 200


@DOORS
def test_a_code_is_good_once(door, clock):
    _, secret, _ = set_up_app("priya")
    code = code_of(secret, 1)  # good for a minute and a half, were it not used
    assert waiting(Page).post(SECOND_STEP, {"code": code}).status_code == 200
    assert codes_of(waiting(door).post(SECOND_STEP, {"code": code})) == WRONG
    clock.shift(STEP)
    assert codes_of(waiting(door).post(SECOND_STEP, {"code": code})) == WRONG
    clock.shift(STEP)
    assert codes_of(waiting(door).post(SECOND_STEP, {"code": code})) == WRONG


def test_an_earlier_code_than_the_last_is_not_good_either():
    _, secret, _ = set_up_app("priya")
    assert waiting(Page).post(SECOND_STEP, {"code": code_of(secret, 1)}).status_code == 200
    assert codes_of(waiting(Page).post(SECOND_STEP, {"code": code_of(secret)})) == WRONG


def test_the_code_that_set_the_app_up_opens_no_login():
    _, secret, _ = set_up_app("priya")
    assert codes_of(waiting(Page).post(SECOND_STEP, {"code": code_of(secret, -1)})) == WRONG


def test_a_code_used_at_one_clinic_is_not_good_at_the_other(beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    _, secret, codes = set_up_app("priya")
    for code in (code_of(secret), codes[0]):
        assert waiting(Page).post(SECOND_STEP, {"code": code}).status_code == 200
        assert codes_of(waiting(Page, "beta").post(SECOND_STEP, {"code": code})) == WRONG
    fresh = code_of(secret, 1)
    assert waiting(Page, "beta").post(SECOND_STEP, {"code": fresh}).status_code == 200


@DOORS
def test_a_login_that_waits_at_one_clinic_is_not_completed_at_another(door, beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    _, secret, _ = set_up_app("priya")
    here = waiting(door)
    there = door("beta")
    if door is Page:
        there.client.cookies["sessionid"] = here.client.cookies["sessionid"].value
    else:
        there.token = here.token
    answer = there.post(SECOND_STEP, {"code": code_of(secret)})
    assert answer.status_code in {401, 410}
    assert "mfa_authenticate" not in flows(answer)
    assert here.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def test_a_recovery_code_is_good_once(clock):
    _, _, codes = set_up_app("priya")
    assert (len(codes), len(set(codes))) == (10, 10)
    assert waiting(Page).post(SECOND_STEP, {"code": codes[3]}).status_code == 200
    assert codes_of(waiting(Page).post(SECOND_STEP, {"code": codes[3]})) == WRONG
    clock.shift(timedelta(days=400))
    assert codes_of(waiting(Program).post(SECOND_STEP, {"code": codes[3]})) == WRONG
    assert waiting(Program).post(SECOND_STEP, {"code": codes[4]}).status_code == 200


def test_guessing_ends_after_five_codes_at_all_clinics_together(beta, clock):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    _, secret, codes = set_up_app("priya")
    for number in range(5):
        door, host = ((Page, "alpha"), (Program, "beta"))[number % 2]
        found = waiting(door, host).post(SECOND_STEP, {"code": f"00000{number}"})
        assert codes_of(found) == WRONG
    for code in (code_of(secret), codes[0]):
        for door, host in ((Page, "alpha"), (Page, "beta"), (Program, "alpha")):
            answer = waiting(door, host).post(SECOND_STEP, {"code": code})
            assert (answer.status_code, answer.json()["code"]) == (429, "login_locked")
            assert answer["Retry-After"] == "900"
            assert answer.json()["detail"] == "Too many wrong codes. Try again in 15 minutes."
    clock.shift(timedelta(minutes=15, seconds=1))
    assert waiting(Page).post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def test_a_lock_out_lasts_a_quarter_of_an_hour_however_slowly_it_was_guessed(clock):
    _, secret, _ = set_up_app("priya")
    page = waiting(Page)
    for number in range(4):
        page.post(SECOND_STEP, {"code": f"00000{number}"})
    clock.shift(timedelta(minutes=14))
    page.post(SECOND_STEP, {"code": "000004"})
    clock.shift(timedelta(minutes=2))
    answer = waiting(Page).post(SECOND_STEP, {"code": code_of(secret)})
    assert (answer.status_code, answer["Retry-After"]) == (429, "780")
    assert answer.json()["detail"] == "Too many wrong codes. Try again in 13 minutes."
    clock.shift(timedelta(minutes=13, seconds=1))
    assert waiting(Page).post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def test_a_right_code_begins_the_count_anew_and_others_have_their_own():
    _, secret, _ = set_up_app("priya")
    set_up_app("paul")
    page = waiting(Page)
    for number in range(4):
        page.post(SECOND_STEP, {"code": f"00000{number}"})
    assert page.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200
    page = waiting(Page)
    for number in range(4):
        assert codes_of(page.post(SECOND_STEP, {"code": f"00000{number}"})) == WRONG
    assert page.post(SECOND_STEP, {"code": code_of(secret, 1)}).status_code == 200


def test_wrong_passwords_are_counted_as_before_and_a_half_login_forgives_none():
    _, secret, _ = set_up_app("priya")
    for _ in range(4):
        assert Page().login("priya", "wrong-horse-battery").status_code == 400
    page = waiting(Page)
    assert Page().login("priya", "wrong-horse-battery").status_code == 429
    assert page.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def change_password():
    user = User.objects.get(email="priya@alpha.test")
    user.set_password("another-horse-battery")
    user.save()


def deactivate():
    set_membership(member=member("priya"), is_active=False)


def deactivate_for_a_moment():
    set_membership(member=member("priya"), is_active=False)
    set_membership(member=member("priya"), is_active=True)


@DOORS
@pytest.mark.parametrize("end", [change_password, deactivate, deactivate_for_a_moment])
def test_a_login_that_waits_ends_with_what_it_stood_on(door, end):
    _, secret, _ = set_up_app("priya")
    pending = waiting(door)
    end()
    answer = pending.post(SECOND_STEP, {"code": code_of(secret)})
    assert answer.status_code == 401
    assert flows(answer) == ["login"]
    if door is Page:
        assert asks_me(pending.client) == NOBODY


def test_a_login_waits_a_quarter_of_an_hour(clock):
    _, secret, _ = set_up_app("priya")
    page = waiting(Page)
    clock.shift(timedelta(minutes=15, seconds=1))
    assert page.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 401


def test_the_session_key_changes_with_the_second_step():
    _, secret, _ = set_up_app("priya")
    page = waiting(Page)
    before = page.client.cookies["sessionid"].value
    page.post(SECOND_STEP, {"code": code_of(secret)})
    assert page.client.cookies["sessionid"].value != before


def test_secrets_lie_encrypted():
    _, secret, codes = set_up_app("priya")
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM public.mfa_authenticator")
        lying = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT row_to_json(e)::text FROM public.accounts_secondfactorevent e")
        history = " ".join(row[0] for row in cursor.fetchall())
    assert len(history) > 0
    for hidden in (secret, *codes):
        assert hidden not in lying + history + sessions()


def test_the_history_tells_what_came_and_went_and_who_did_it(clock):
    page, _, _ = set_up_app("priya")
    assert page.delete(TOTP).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_label, type, pgh_context->>'user' FROM public.accounts_secondfactorevent"
        )
        told = cursor.fetchall()
    who = str(member("priya").user_id)
    assert sorted(told) == sorted(
        (label, kind, who) for label in ("insert", "delete") for kind in ("totp", "recovery_codes")
    )


def test_what_is_said_about_a_code_is_in_no_log(caplog):
    _, secret, codes = set_up_app("priya")
    page = waiting(Page)
    page.post(SECOND_STEP, {"code": "314159"})
    page.post(SECOND_STEP, {"code": code_of(secret)})
    text = caplog.text
    assert not [one for one in ("314159", code_of(secret), secret, *codes) if one in text]
