"""A forgotten password: a link by e-mail to members of this clinic, good once and for an hour."""

import re
import smtplib
from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.core import mail
from django_tenants.utils import tenant_context
from kombu import pools

from accounts.models import User
from accounts.password_links import password_link
from accounts.password_resets.services import reset_key
from accounts.roles import Role
from accounts.services.members import add_member, set_membership
from accounts.tasks import mail_reset_link
from config.celery import app as celery_app
from tests.accounts.codes import SECOND_STEP, Page, clock, code_of, codes_of, set_up_app
from tests.accounts.logins import APP, BROWSER, app_login, form_login, post_json, visitor
from tests.accounts.test_members_sessions import ALIVE, DEAD, Logins
from tests.conftest import PASSWORD, member

__all__ = ["clock"]
NEW = "quite-another-horse"
ASK, CHOOSE = "auth/password/request", "auth/password/reset"
INVALID = (400, ["invalid_password_reset"])


@pytest.fixture(autouse=True)
def _worker(db, settings):
    """Let the worker's part happen at once."""
    settings.CELERY_TASK_ALWAYS_EAGER = True


@pytest.fixture
def sent(monkeypatch):
    """Return what would have been handed to the worker, where nobody works."""
    found = []
    monkeypatch.setattr(
        mail_reset_link, "apply_async", lambda args, _kwargs=None, **__: found.append(args)
    )
    return found


def ask(email="priya@alpha.test", host="alpha", base=APP, **extra):
    return post_json(visitor(host), base + ASK, {"email": email}, **extra)


def key_mailed(number=-1):
    found = re.search(r"#key=(\S+)", mail.outbox[number].body)
    return found[1]


def key_of(name):
    ask(f"{name}@alpha.test")
    return key_mailed()


def choose(key, password=NEW, host="alpha"):
    return post_json(visitor(host), APP + CHOOSE, {"key": key, "password": password})


def look(key, host="alpha"):
    return visitor(host).get(APP + CHOOSE, HTTP_X_PASSWORD_RESET_KEY=key)


def test_from_the_question_to_the_new_password():
    page = Page()
    answer = page.post(ASK, {"email": "Priya@Alpha.test"})
    assert (answer.status_code, answer.json()) == (200, {"status": 200})
    (letter,) = mail.outbox
    assert letter.to == ["priya@alpha.test"]
    assert letter.subject == "A new password at Alpha Clinic"
    assert "http://alpha.localhost/app/forgot-password#key=" in letter.body
    assert key_mailed() in letter.alternatives[0].content
    answer = page.get(CHOOSE, HTTP_X_PASSWORD_RESET_KEY=key_mailed())
    assert (answer.status_code, answer.json()["data"]["user"]["email"]) == (200, "priya@alpha.test")
    answer = page.post(CHOOSE, {"key": key_mailed(), "password": NEW})
    assert answer.status_code == 401, "done, and nobody is logged in by it"
    assert answer.json()["meta"] == {"is_authenticated": False}
    assert page.login("priya", PASSWORD).status_code == 400
    assert page.login("priya", NEW).status_code == 200


def test_with_https_a_link_has_no_port_but_those_the_operator_knows(settings):
    settings.HTTPS = True
    body = {"email": "priya@alpha.test"}
    post_json(visitor(), APP + ASK, body, HTTP_HOST="alpha.localhost:9999")
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.localhost:8443"]
    post_json(visitor(), APP + ASK, body, HTTP_HOST="alpha.localhost:8443")
    assert "https://alpha.localhost/app/forgot-password#key=" in mail.outbox[0].body
    assert "https://alpha.localhost:8443/app/forgot-password#key=" in mail.outbox[1].body


def test_the_link_has_the_port_that_people_typed(settings):
    post_json(visitor(), APP + ASK, {"email": "priya@alpha.test"}, HTTP_HOST="alpha.localhost:8443")
    settings.HTTPS = True
    ask("paul@alpha.test")
    assert "http://alpha.localhost:8443/app/forgot-password#key=" in mail.outbox[0].body
    assert "https://alpha.localhost/app/forgot-password#key=" in mail.outbox[1].body


STRANGERS = {
    "unknown": "nobody@nowhere.test",
    "of beta": "bea@beta.test",
    "operator": "root@platform.test",
    "no address": "no address at all",
    "NUL": "priya\x00@alpha.test",
    "spaces": "   ",
}


@pytest.mark.parametrize("email", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize("base", [APP, BROWSER], ids=["app", "browser"])
def test_who_is_no_member_here_gets_the_same_answer_and_no_mail(base, email):
    page = Page()
    if base == BROWSER:
        answer, known = page.post(ASK, {"email": email}), page.post(ASK, {"email": "a@b.test"})
    else:
        answer, known = ask(email), ask("a@b.test")
    if email.strip() and "\x00" not in email:
        assert (answer.status_code, answer.content) == (known.status_code, known.content)
    else:
        assert answer.status_code == 400
    assert mail.outbox == []


def test_the_inactive_get_no_mail():
    set_membership(member=member("priya"), is_active=False)
    User.objects.filter(email="paul@alpha.test").update(is_active=False)
    for name in ("priya", "paul"):
        assert ask(f"{name}@alpha.test").json() == {"status": 200}
    assert mail.outbox == []


def test_the_request_does_the_same_work_whoever_it_is(sent, django_assert_num_queries):
    ask("somebody@else.test")
    for email in ("priya@alpha.test", "nobody@nowhere.test", "bea@beta.test"):
        with django_assert_num_queries(2):  # the clinic by its host; nobody is looked for
            assert ask(email).status_code == 200
    assert [one[0] for one in sent[1:]] == [
        "priya@alpha.test",
        "nobody@nowhere.test",
        "bea@beta.test",
    ]


def test_one_address_gets_three_mails_an_hour_and_is_never_told(clock):
    answers = [ask().content for _ in range(5)]
    assert set(answers) == {b'{"status": 200}'}
    assert len(mail.outbox) == 3
    ask("paul@alpha.test")
    assert mail.outbox[-1].to == ["paul@alpha.test"]
    clock.shift(timedelta(hours=1))
    ask()
    assert len(mail.outbox) == 5


def test_one_place_asks_ten_times_a_minute(clock):
    here, there = {"REMOTE_ADDR": "203.0.113.1"}, {"REMOTE_ADDR": "203.0.113.2"}
    found = [ask(f"guess{number}@alpha.test", **here).status_code for number in range(12)]
    assert found == [200] * 10 + [429] * 2
    refused = ask(**here)
    assert (refused["Retry-After"], refused.json()["code"]) == ("60", "login_locked")
    assert refused.json()["detail"] == "Too many tries from your network. Try again later."
    assert ask(**there).status_code == 200
    clock.shift(timedelta(minutes=1, seconds=1))
    assert ask(**here).status_code == 200


def test_one_place_tries_twenty_keys_a_minute(clock):
    found = [choose(f"key-{number}").status_code for number in range(22)]
    assert found == [400] * 20 + [429] * 2


def test_a_link_is_good_once():
    key = key_of("priya")
    assert choose(key).status_code == 401
    assert codes_of(choose(key, "yet-another-horse-here")) == INVALID
    assert codes_of(look(key)) == INVALID
    assert User.objects.get(email="priya@alpha.test").check_password(NEW)


def test_a_link_lives_for_an_hour(clock):
    key = key_of("priya")
    clock.shift(timedelta(minutes=59))
    assert look(key).status_code == 200
    clock.shift(timedelta(minutes=2))
    assert codes_of(look(key)) == INVALID
    assert codes_of(choose(key)) == INVALID


def by_login():
    app_login(visitor(), "priya")


def by_form():
    form_login(visitor(), "priya")


def by_password():
    user = User.objects.get(email="priya@alpha.test")
    user.set_password("changed-by-other-means")
    user.save()


def by_deactivation():
    set_membership(member=member("priya"), is_active=False)
    set_membership(member=member("priya"), is_active=True)


def by_another_link():
    choose(key_of("priya"), "by-another-link-here")


@pytest.mark.parametrize("end", [by_login, by_form, by_password, by_deactivation, by_another_link])
def test_a_link_dies_with(end, clock):
    key = key_of("priya")
    clock.shift(timedelta(seconds=5))
    end()
    assert codes_of(look(key)) == INVALID
    assert codes_of(choose(key)) == INVALID


def test_a_link_is_good_at_its_own_clinic_only(beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    key = key_of("priya")
    assert codes_of(look(key, "beta")) == INVALID
    assert codes_of(choose(key, host="beta")) == INVALID
    assert look(key).status_code == 200


def test_an_invitations_link_is_no_key_and_a_key_opens_no_invitations_page():
    one = member("priya")
    uid, token = password_link(one, scheme="http").rstrip("/").split("/")[-2:]
    assert codes_of(look(f"{uid}-{token}")) == INVALID
    with tenant_context(one.account):
        uid, _, token = reset_key(one).partition("-")
    page = visitor().get(f"/admin/reset/{uid}/{token}/", follow=True)
    assert b"This link has been used" in page.content


@pytest.mark.parametrize("key", ["", "x", "-", "MQ-x-y", "é-é", "a" * 300, "\x00-\x00", "LQ-1-2"])
def test_what_is_no_key_is_refused(key):
    answer = choose(key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == "key"


@pytest.mark.parametrize("password", ["short", "priya@alpha.test", "password1234", "1" * 14, ""])
def test_a_bad_password_leaves_the_link_as_it_is(password):
    key = key_of("priya")
    answer = choose(key, password)
    assert answer.status_code == 400
    assert {error["param"] for error in answer.json()["errors"]} == {"password"}
    assert choose(key).status_code == 401


def test_every_session_and_token_ends():
    priya, paul = Logins("priya"), Logins("paul")
    assert priya.found() == paul.found() == ALIVE
    choose(key_of("priya"))
    assert (priya.found(), paul.found()) == (DEAD, ALIVE)


def test_they_end_at_the_persons_other_clinics_too(beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    there = Logins("priya", "beta")
    choose(key_of("priya"))
    assert there.found() == DEAD


def test_the_second_factor_is_asked_for_as_ever(clock):
    _, secret, _ = set_up_app("priya")
    key = key_of("priya")
    assert choose(key).status_code == 401
    page = Page()
    assert page.login("priya", NEW).status_code == 401
    assert page.client.get("/api/v1/me").status_code == 401
    assert page.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def test_a_reset_lifts_the_lock_out_of_that_login_and_of_no_other():
    places = {"priya": {"REMOTE_ADDR": "203.0.113.1"}, "paul": {"REMOTE_ADDR": "203.0.113.2"}}
    for name, place in places.items():
        tries = [app_login(visitor(), name, "wrong-horse-battery", **place) for _ in range(5)]
        assert tries[-1].status_code == 429
    choose(key_of("priya"))
    assert app_login(visitor(), "priya", NEW, **places["priya"]).status_code == 200
    assert app_login(visitor(), "paul", **places["paul"]).status_code == 429


def test_asking_alone_lifts_nothing():
    for _ in range(5):
        app_login(visitor(), "priya", "wrong-horse-battery")
    key = key_of("priya")
    look(key)
    choose(key, "short")
    assert app_login(visitor(), "priya").status_code == 429


def test_codes_that_were_guessed_stay_counted(clock):
    _, secret, _ = set_up_app("priya")
    page = Page()
    page.login("priya")
    for number in range(5):
        page.post(SECOND_STEP, {"code": f"00000{number}"})
    choose(key_of("priya"))
    page = Page()
    page.login("priya", NEW)
    assert page.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 429


def test_a_key_is_in_no_log_and_no_answer(caplog):
    answer = ask()
    key = key_mailed()
    choose(key, "short")
    choose(key)
    assert key not in caplog.text + answer.content.decode()
    assert NEW not in caplog.text
    assert "priya@alpha.test" not in caplog.text


def test_the_history_tells_that_the_login_was_changed_and_not_to_what():
    choose(key_of("priya"))
    last = User.objects.get(email="priya@alpha.test").events.order_by("pgh_id").last()
    assert last.pgh_context["path"].endswith(CHOOSE)
    assert not hasattr(last, "password")


def test_a_mail_that_cannot_be_sent_is_tried_again(alpha, monkeypatch, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False

    def fail(*_args, **_kwargs):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    for _ in range(5):  # more than the mails that one address gets in an hour: none went out
        with tenant_context(alpha), pytest.raises(Retry):
            mail_reset_link.apply(("priya@alpha.test", ""), throw=True)


@pytest.mark.logs_errors  # whoever runs the server has to know
@pytest.mark.parametrize("email", ["priya@alpha.test", "nobody@alpha.test"])
def test_while_no_worker_can_be_asked_everybody_is_told_so(settings, monkeypatch, email):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    with celery_app.connection_for_write("redis://127.0.0.1:1/0") as away:
        monkeypatch.setattr(celery_app.amqp, "_producer_pool", pools.producers[away])
        answer = ask(email)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "few minutes" in answer.json()["detail"]
    assert answer["Retry-After"] == "60"
