"""The admins' login form asks for the code too: without a script, and telling nobody too early."""

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.services.members import add_member
from tests.accounts.codes import RECOVERY, TOTP, Page, clock, code_of, set_up_app
from tests.accounts.logins import FORM, address_of, asks_me, browser_login, visitor
from tests.conftest import PASSWORD

__all__ = ["clock"]


@pytest.fixture(autouse=True)
def _stopped(clock):
    """Let every test here stand still in time."""


def enter(client, name, code="", password=PASSWORD, email=""):
    page = client.get(FORM)
    body = {
        "username": email or address_of(name),
        "password": password,
        "code": code,
        "csrfmiddlewaretoken": page.context["csrf_token"],
    }
    return client.post(f"{FORM}?next=/admin/", body)


def errors(answer):
    assert answer.status_code == 200
    found = answer.context["form"].errors.get_json_data()
    return {field: [one["code"] for one in said] for field, said in found.items()}


def test_the_password_alone_opens_no_admin():
    _, secret, _ = set_up_app("ada")
    client = visitor()
    assert errors(enter(client, "ada")) == {"code": ["code_wanted"]}
    assert client.get("/admin/").status_code == 302
    assert errors(enter(client, "ada", "000000")) == {"code": ["incorrect_code"]}
    assert asks_me(client) == (401, "not_authenticated")
    assert enter(client, "ada", code_of(secret)).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert asks_me(client) == Role.ADMIN


def test_a_recovery_code_opens_it_once():
    _, _, codes = set_up_app("ada")
    assert enter(visitor(), "ada", codes[0]).status_code == 302
    assert errors(enter(visitor(), "ada", codes[0])) == {"code": ["incorrect_code"]}


def test_a_code_used_at_one_door_is_good_at_no_other():
    _, secret, _ = set_up_app("ada")
    assert enter(visitor(), "ada", code_of(secret)).status_code == 302
    page = Page()
    page.login("ada")
    assert page.post("auth/2fa/authenticate", {"code": code_of(secret)}).status_code == 400


def test_before_the_password_was_right_nothing_tells_who_has_one():
    _, secret, _ = set_up_app("ada")
    wrong = "wrong-horse-battery"
    told = [
        errors(enter(visitor(), name, code, password))
        for name, password in (("ada", wrong), ("priya", wrong), ("zoe", PASSWORD))
        for code in ("", "000000", code_of(secret))
    ]
    assert told == [{"__all__": ["invalid_login"]}] * 9
    assert enter(visitor(), "ada", code_of(secret)).status_code == 302, "the code was not used up"


def test_who_may_not_open_the_admin_is_not_asked_for_a_code():
    set_up_app("pat")
    assert errors(enter(visitor(), "pat")) == {"__all__": ["invalid_login"]}


def test_those_without_one_need_no_code_and_one_too_many_does_no_harm():
    assert enter(visitor(), "priya").status_code == 302
    assert enter(visitor(), "priya", "123456").status_code == 302


def test_guessing_ends():
    _, secret, _ = set_up_app("ada")
    client = visitor()
    for number in range(5):
        assert errors(enter(client, "ada", f"00000{number}")) == {"code": ["incorrect_code"]}
    answer = enter(client, "ada", code_of(secret))
    assert errors(answer) == {"code": ["login_locked"]}
    assert b"Too many wrong codes. Try again in 15 minutes." in answer.content


def test_a_missing_code_is_no_guess():
    _, secret, _ = set_up_app("ada")
    for _ in range(6):
        enter(visitor(), "ada")
    assert enter(visitor(), "ada", code_of(secret)).status_code == 302


def test_the_platforms_admin_asks_too(alpha):
    add_member(account=alpha, email="root@platform.test", role=Role.PROVIDER)
    _, secret, _ = set_up_app("root")
    client = visitor("localhost")
    assert errors(enter(client, "root")) == {"code": ["code_wanted"]}
    assert enter(client, "root", code_of(secret)).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert errors(enter(visitor("localhost"), "root", code_of(secret))) == {
        "code": ["incorrect_code"]
    }


def test_a_member_who_runs_the_platform_too_is_asked_on_both_hosts():
    _, secret, _ = set_up_app("ada")
    User.objects.filter(email="ada@alpha.test").update(is_superuser=True)
    assert errors(enter(visitor("localhost"), "ada")) == {"code": ["code_wanted"]}
    assert enter(visitor("localhost"), "ada", code_of(secret)).status_code == 302


def test_the_app_knows_what_was_shown_at_the_form():
    _, secret, _ = set_up_app("ada")
    page = Page()
    assert enter(page.client, "ada", code_of(secret)).status_code == 302
    methods = page.get("auth/session").json()["data"]["methods"]
    assert [one["method"] for one in methods] == ["password", "mfa"]
    assert page.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert page.get(RECOVERY).status_code == 200
    assert page.delete(TOTP).status_code == 200


def test_the_page_has_a_label_and_a_hint_and_no_secret():
    text = visitor().get(FORM).content.decode()
    assert 'autocomplete="one-time-code"' in text
    assert 'for="id_code"' in text
    assert "Only if you log in with an authenticator app" in text


def test_the_password_is_not_sent_back():
    set_up_app("ada")
    assert PASSWORD not in enter(visitor(), "ada").content.decode()


def test_a_half_login_of_the_app_does_not_open_the_admin():
    set_up_app("ada")
    client = visitor()
    assert browser_login(client, "ada").status_code == 401
    assert client.get("/admin/").status_code == 302
    assert errors(enter(client, "ada")) == {"code": ["code_wanted"]}
