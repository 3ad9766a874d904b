"""A person is told by e-mail what has changed about their login, and by no other way."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts.roles import Role
from accounts.services.members import add_member
from accounts.tasks import mail_notice
from tests.accounts.codes import (
    RECOVERY,
    SECOND_STEP,
    TOTP,
    Page,
    clock,
    code_of,
    set_up_app,
)
from tests.accounts.logins import app_login, post_json, visitor
from tests.accounts.test_password_reset import CHOOSE, NEW, key_of
from tests.conftest import PASSWORD, member

__all__ = ["clock"]


@pytest.fixture
def told(clock, settings, django_capture_on_commit_callbacks):
    """Do something, commit it, and return what was written to whom."""
    settings.CELERY_TASK_ALWAYS_EAGER = True

    def do(what):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            what()
        return [(letter.to, letter.subject, letter.body.split("\n\n")[1]) for letter in mail.outbox]

    return do


def to_priya(sentence):
    return [(["priya@alpha.test"], "Your login at Alpha Clinic", sentence)]


def test_of_the_authenticator_app_and_its_codes(told):
    pages = []
    assert told(lambda: pages.append(set_up_app("priya")[0])) == to_priya(
        "An authenticator app was added to your login: logging in takes its code now."
    )
    assert told(lambda: pages[0].post(RECOVERY)) == to_priya(
        "New recovery codes were made for your login. The old ones are worth nothing now."
    )
    assert told(lambda: pages[0].delete(TOTP)) == to_priya(
        "The authenticator app was taken off your login: the password is enough now."
    )


def test_of_the_password_however_it_was_changed(told):
    page = Page()
    page.login("priya")
    body = {"current_password": PASSWORD, "new_password": "another-horse-battery"}
    sentence = to_priya("The password of your login was changed. Other sessions have ended.")
    assert told(lambda: page.post("account/password/change", body)) == sentence
    key = key_of("priya")
    path = f"/_allauth/app/v1/{CHOOSE}"
    assert told(lambda: post_json(visitor(), path, {"key": key, "password": NEW})) == sentence


def test_of_an_administrators_help(told, client_of):
    set_up_app("priya")
    path = f"/api/v1/members/{member('priya').pk}/switch-off-second-factor"
    ((_, _, sentence),) = told(lambda: client_of("ada").post(path))
    assert sentence.startswith("An administrator lets you log in here with the password alone.")


def test_of_a_lock_out_once_and_by_the_clinic_where_it_was_guessed(told, clock, beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    _, secret, _ = set_up_app("priya")

    def guesses(number):
        page = Page("beta")
        page.login("priya")
        return [page.post(SECOND_STEP, {"code": "000000"}).status_code for _ in range(number)]

    locked = "Somebody who knows your password, or sits where you are logged in, has entered five"
    for _ in range(2):  # a lock-out after another is another
        assert told(lambda: guesses(4)) == []
        ((to, subject, sentence),) = told(lambda: guesses(1))
        assert (to, subject) == (["priya@alpha.test"], "Your login at Beta Clinic")
        assert sentence.startswith(locked)
        assert told(lambda: guesses(3)) == []
        clock.shift(timedelta(minutes=15, seconds=1))
    page = Page()
    page.login("priya")
    assert told(lambda: page.post(SECOND_STEP, {"code": code_of(secret)})) == []
    assert page.client.get("/api/v1/me").status_code == 200


def test_what_was_refused_is_told_to_nobody(told):
    page = Page()
    page.login("priya")
    body = {"current_password": "wrong-horse-battery", "new_password": "another-horse-battery"}
    assert told(lambda: page.post("account/password/change", body)) == []
    assert told(lambda: app_login(visitor(), "priya", "wrong-horse-battery")) == []
    assert told(lambda: page.post(TOTP, {"code": "000000"})) == []


@pytest.mark.logs_errors
def test_a_broker_that_is_away_undoes_nothing(
    clock, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def away(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(mail_notice, "apply_async", away)
    page = Page()
    page.login("priya")
    body = {"current_password": PASSWORD, "new_password": "another-horse-battery"}
    with django_capture_on_commit_callbacks(execute=True):
        assert page.post("account/password/change", body).status_code == 200
    assert "tell_person" in caplog.text
    assert Page().login("priya", "another-horse-battery").status_code == 200
