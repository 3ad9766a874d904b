"""One's own second factor: setting it up, its recovery codes, taking it off again."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django_tenants.utils import schema_context

from tests.accounts.codes import (
    RECOVERY,
    SECOND_STEP,
    TOTP,
    Page,
    clock,
    code_of,
    codes_of,
    flows,
    sessions,
    set_up_app,
)
from tests.conftest import PASSWORD

__all__ = ["clock"]


@pytest.fixture(autouse=True)
def _stopped(clock):
    """Let every test here stand still in time."""


def types(page):
    return sorted(one["type"] for one in page.get("account/authenticators").json()["data"])


def page_of(name):
    page = Page()
    assert page.login(name).status_code == 200
    return page


def again(page, **body):
    path = "auth/2fa/reauthenticate" if "code" in body else "auth/reauthenticate"
    return page.post(path, body)


@pytest.mark.parametrize("path", ["account/authenticators", TOTP, RECOVERY])
def test_nobody_without_a_login_sees_or_does_anything(path):
    page = Page()
    assert page.get(path).status_code == 401
    assert page.post(path, {"code": "000000"}).status_code == 401


def test_everybody_may_set_one_up():
    for name in ("ada", "priya", "pat", "gina", "rex", "dev"):
        page, _, codes = set_up_app(name)
        assert types(page) == ["recovery_codes", "totp"]
        assert len(codes) == 10


def test_the_secret_comes_as_text_as_address_and_as_picture():
    page = page_of("priya")
    answer = page.get(TOTP)
    meta = answer.json()["meta"]
    assert answer.status_code == 404
    assert meta["totp_url"].startswith("otpauth://totp/priya%40alpha.test?")
    assert f"secret={meta['secret']}" in meta["totp_url"]
    assert "issuer=Alpha%20Clinic" in meta["totp_url"]
    assert meta["totp_svg"].startswith("<svg xmlns=")
    assert "script" not in meta["totp_svg"]
    assert page.get(TOTP).json()["meta"]["secret"] != meta["secret"], "a new one each time"
    assert "secret" not in set_up_app("paul")[0].get(TOTP).content.decode()


def test_a_secret_that_waits_for_its_first_code_lies_encrypted():
    page = page_of("priya")
    again(page, password=PASSWORD)
    secret = page.get(TOTP).json()["meta"]["secret"]
    assert "mfa.totp.secret" in sessions()
    assert secret not in sessions()
    assert page.post(TOTP, {"code": code_of(secret)}).status_code == 200
    assert "mfa.totp.secret" not in sessions()


def test_what_was_not_encrypted_here_is_no_secret():
    """As it lay there before, or under a key that is gone: the next look makes another."""
    page = page_of("priya")
    again(page, password=PASSWORD)
    for lying in ("JBSWY3DPEHPK3PXP", ""):
        with schema_context("alpha"):
            session = page.client.session
            session["mfa.totp.secret"] = lying
            session.save()
        refused = page.post(TOTP, {"code": code_of("JBSWY3DPEHPK3PXP")})
        assert codes_of(refused) == (400, ["incorrect_code"])
    secret = page.get(TOTP).json()["meta"]["secret"]
    assert page.post(TOTP, {"code": code_of(secret)}).status_code == 200


def test_a_code_without_a_secret_makes_none():
    page = page_of("priya")
    again(page, password=PASSWORD)
    assert codes_of(page.post(TOTP, {"code": "000000"})) == (400, ["incorrect_code"])
    assert "mfa.totp.secret" not in sessions()


def test_setting_up_wants_the_password_again():
    page = page_of("priya")
    secret = page.get(TOTP).json()["meta"]["secret"]
    answer = page.post(TOTP, {"code": code_of(secret)})
    assert (answer.status_code, flows(answer)) == (401, ["reauthenticate"])
    assert types(page) == []
    assert codes_of(again(page, password="wrong-horse-battery")) == (400, ["incorrect_password"])
    assert again(page, password=PASSWORD).status_code == 200
    assert page.post(TOTP, {"code": code_of(secret)}).status_code == 200
    assert types(page) == ["recovery_codes", "totp"]


def test_the_password_was_given_again_for_five_minutes(clock):
    page = page_of("priya")
    again(page, password=PASSWORD)
    secret = page.get(TOTP).json()["meta"]["secret"]
    clock.shift(timedelta(minutes=5, seconds=1))
    assert page.post(TOTP, {"code": code_of(secret)}).status_code == 401


def test_guessing_at_the_password_of_an_open_session_locks_as_a_login_does():
    page = page_of("priya")
    found = [again(page, password="wrong-horse-battery").status_code for _ in range(5)]
    assert found == [400] * 4 + [429]
    assert again(page, password=PASSWORD).status_code == 429


def test_a_wrong_code_sets_nothing_up_and_the_secret_stays():
    page = page_of("priya")
    again(page, password=PASSWORD)
    secret = page.get(TOTP).json()["meta"]["secret"]
    assert codes_of(page.post(TOTP, {"code": "000000"})) == (400, ["incorrect_code"])
    assert types(page) == []
    assert page.post(TOTP, {"code": code_of(secret)}).status_code == 200


def test_setting_up_twice_does_it_once():
    page, secret, _ = set_up_app("priya")
    other = page.post(TOTP, {"code": code_of(secret)})
    assert other.status_code in {400, 409}
    assert Authenticator.objects.filter(type="totp").count() == 1
    assert page.get(TOTP).json()["data"]["type"] == "totp"


def test_a_second_secret_does_not_take_the_place_of_the_first():
    _, secret, _ = set_up_app("priya")
    other = Page()
    other.login("priya")
    other.post(SECOND_STEP, {"code": code_of(secret)})
    assert other.get(TOTP).status_code == 200
    assert "mfa.totp.secret" not in sessions()


def test_taking_it_off_takes_the_recovery_codes_along():
    page, _, _ = set_up_app("priya")
    assert page.delete(TOTP).status_code == 200
    assert types(page) == []
    assert Authenticator.objects.count() == 0
    assert page.delete(TOTP).status_code == 200, "once more changes nothing"
    assert Page().login("priya").status_code == 200


def test_taking_it_off_wants_it_shown_and_lately(clock):
    page, secret, _ = set_up_app("priya")
    clock.shift(timedelta(minutes=6))
    answer = page.delete(TOTP)
    assert (answer.status_code, flows(answer)) == (401, ["reauthenticate", "mfa_reauthenticate"])
    assert codes_of(again(page, code="000000")) == (400, ["incorrect_code"])
    assert again(page, code=code_of(secret)).status_code == 200
    assert page.delete(TOTP).status_code == 200


def test_a_session_from_before_must_show_the_code_not_only_the_password():
    old = page_of("priya")
    _, secret, _ = set_up_app("priya")
    again(old, password=PASSWORD)
    for answer in (old.delete(TOTP), old.get(RECOVERY), old.post(RECOVERY)):
        assert (answer.status_code, flows(answer)) == (401, ["mfa_reauthenticate"])
    assert again(old, code=code_of(secret)).status_code == 200
    assert old.get(RECOVERY).status_code == 200
    assert old.delete(TOTP).status_code == 200


def test_a_code_shown_again_is_used_up_and_guesses_count():
    page, secret, _ = set_up_app("priya")
    assert again(page, code=code_of(secret)).status_code == 200
    assert codes_of(again(page, code=code_of(secret))) == (400, ["incorrect_code"])
    for number in range(4):
        again(page, code=f"00000{number}")
    assert again(page, code=code_of(secret, 1)).status_code == 429


def test_new_recovery_codes_end_the_old_ones(clock):
    page, _, old = set_up_app("priya")
    answer = page.post(RECOVERY)
    new = answer.json()["data"]["unused_codes"]
    assert (answer.status_code, len(new), set(new) & set(old)) == (200, 10, set())

    def logs_in(code):
        other = Page()
        other.login("priya")
        return other.post(SECOND_STEP, {"code": code}).status_code

    assert logs_in(old[0]) == 400
    assert logs_in(new[0]) == 200
    assert page.get(RECOVERY).json()["data"]["unused_code_count"] == 9
    clock.shift(timedelta(minutes=6))
    assert page.get(RECOVERY).status_code == 401, "they are shown to somebody who was asked lately"


def test_without_an_app_there_are_no_recovery_codes():
    page = page_of("priya")
    again(page, password=PASSWORD)
    assert page.get(RECOVERY).status_code == 404
    assert codes_of(page.post(RECOVERY)) == (400, ["cannot_generate_recovery_codes"])
