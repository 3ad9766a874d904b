"""A lost phone: an administrator lets the member in without, and touches nothing of other clinics'."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import Membership, SecondFactor, User
from accounts.roles import Role
from accounts.services.members import add_member
from tests.accounts.codes import (
    RECOVERY,
    SECOND_STEP,
    TOTP,
    Page,
    clock,
    code_of,
    set_up_app,
)
from tests.accounts.logins import form_login, visitor
from tests.accounts.test_members_sessions import ALIVE, DEAD, Logins
from tests.conftest import PASSWORD, member

__all__ = ["clock"]


@pytest.fixture(autouse=True)
def _stopped(clock):
    """Let every test here stand still in time."""


def switch_off(client, name, clinic="alpha"):
    one = Membership.objects.get(user__email__startswith=f"{name}@", account__schema_name=clinic)
    return client.post(f"/api/v1/members/{one.pk}/switch-off-second-factor")


def shown(client, name, clinic="alpha"):
    one = Membership.objects.get(user__email__startswith=f"{name}@", account__schema_name=clinic)
    return client.get(f"/api/v1/members/{one.pk}").json()["second_factor"]


def refusal(answer):
    return (answer.status_code, answer.json()["code"])


def test_the_member_logs_in_with_the_password_and_sets_up_another(client_of, clock):
    ada = client_of("ada")
    assert shown(ada, "priya") is False
    _, secret, _ = set_up_app("priya")
    assert shown(ada, "priya") is True
    clock.shift(timedelta(seconds=1))
    answer = switch_off(ada, "priya")
    assert (answer.status_code, answer.json()["second_factor"]) == (200, False)
    assert Authenticator.objects.count() == 0
    page = Page()
    assert page.login("priya").status_code == 200
    clock.shift(timedelta(seconds=1))
    _, other, _ = set_up_app("priya")
    assert other != secret
    assert shown(ada, "priya") is True
    assert Page().login("priya").status_code == 401


def test_it_ends_the_members_sessions_tokens_and_waiting_logins(client_of, clock):
    priya, paul = Logins("priya"), Logins("paul")
    _, secret, _ = set_up_app("priya")
    waiting = Page()
    waiting.login("priya")
    assert priya.found() == paul.found() == ALIVE
    assert switch_off(client_of("ada"), "priya").status_code == 200
    assert (priya.found(), paul.found()) == (DEAD, ALIVE)
    assert waiting.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 401


def test_nobody_but_an_administrator_of_this_clinic_does_it(client_of):
    set_up_app("paul")
    for name in ("priya", "pat", "rex", "dev"):
        assert refusal(switch_off(client_of(name), "paul")) == (404, "not_found")
    assert refusal(switch_off(client_of("bea"), "paul")) == (404, "not_found")
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_not_ones_own_and_not_another_administrators(client_of, alpha):
    add_member(account=alpha, email="amy@alpha.test", role=Role.ADMIN, password=PASSWORD)
    set_up_app("ada")
    set_up_app("amy")
    ada = client_of("ada")
    assert refusal(switch_off(ada, "ada")) == (409, "own_second_factor")
    assert refusal(switch_off(ada, "amy")) == (403, "administrators_second_factor")
    assert Authenticator.objects.filter(type="totp").count() == 2


@pytest.fixture
def at_both(beta, clock):
    """Priya at beta too, with one authenticator app for both."""
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    _, secret, codes = set_up_app("priya")
    clock.shift(timedelta(seconds=1))
    return secret, codes


def test_the_other_clinic_asks_as_ever_and_the_answer_does_not_tell_of_it(client_of, at_both):
    secret, _ = at_both
    ada = client_of("ada")
    set_up_app("paul")
    told = [switch_off(ada, name).json() for name in ("paul", "priya")]
    for body in told:
        for own in ("id", "email", "name", "created_at", "updated_at", "last_login_at"):
            del body[own]
    assert told[0] == told[1]
    assert Page().login("priya").status_code == 200
    there = Page("beta")
    assert there.login("priya").status_code == 401
    assert there.post(SECOND_STEP, {"code": code_of(secret)}).status_code == 200


def test_what_the_other_clinic_counts_on_is_not_changed_from_here(client_of, at_both):
    switch_off(client_of("ada"), "priya")
    page = Page()
    assert page.login("priya").status_code == 200
    page.post("auth/reauthenticate", {"password": PASSWORD})
    assert page.client.get("/api/v1/me").json()["second_factor"] is False
    assert page.get("account/authenticators").json()["data"] == []
    answers = [page.get(TOTP), page.post(TOTP, {"code": "000000"}), page.delete(TOTP)]
    answers += [page.get(RECOVERY), page.post(RECOVERY)]
    assert [answer.status_code for answer in answers] == [409] * 5
    assert Authenticator.objects.filter(user__email="priya@alpha.test").count() == 2


def test_taken_off_at_the_other_clinic_another_is_set_up_for_both(client_of, at_both, clock):
    secret, _ = at_both
    switch_off(client_of("ada"), "priya")
    there = Page("beta")
    there.login("priya")
    there.post(SECOND_STEP, {"code": code_of(secret)})
    there.post("auth/reauthenticate", {"password": PASSWORD})
    assert there.delete(TOTP).status_code == 200
    clock.shift(timedelta(seconds=1))
    set_up_app("priya")
    for host in ("alpha", "beta"):
        assert Page(host).login("priya").status_code == 401


def test_a_clinic_is_not_told_of_a_login_that_somebody_has_elsewhere(client_of, alpha):
    set_up_app("bo", "beta")
    add_member(account=alpha, email="bo@beta.test", role=Role.PROVIDER)
    ada = client_of("ada")
    assert shown(ada, "bo") is False
    rows = ada.get("/api/v1/members?search=bo@").json()["results"]
    assert [row["second_factor"] for row in rows] == [False]
    assert switch_off(ada, "bo").json()["second_factor"] is False
    assert Page("beta").login("bo").status_code == 401


def test_the_platforms_operator_is_not_let_in_by_a_clinic(client_of, alpha, clock):
    add_member(account=alpha, email="root@platform.test", role=Role.PROVIDER)
    set_up_app("root")
    clock.shift(timedelta(seconds=1))
    assert switch_off(client_of("ada"), "root").status_code == 200
    assert form_login(visitor(), "root").status_code == 302
    assert form_login(visitor("localhost"), "root").status_code == 200


def test_the_members_page_shows_it_and_its_history_who_did_it(client_of, clock):
    ada, priya = client_of("ada"), member("priya")
    set_up_app("priya")
    page = ada.get("/admin/accounts/membership/").content.decode()
    assert "Switch the second factor off" in page
    clock.shift(timedelta(seconds=1))
    answer = ada.post(
        "/admin/accounts/membership/",
        {"action": "switch_off", "_selected_action": [str(priya.pk)]},
        follow=True,
    )
    assert "Priya: log in with the password alone now." in answer.content.decode()
    text = ada.get(f"/admin/accounts/membership/{priya.pk}/history/").content.decode()
    assert "second factor switched off by an administrator" in text
    assert "Ada" in text
    assert Page().login("priya").status_code == 200


def test_the_page_says_why_not(client_of):
    ada = client_of("ada")
    answer = ada.post(
        "/admin/accounts/membership/",
        {"action": "switch_off", "_selected_action": [str(member("ada").pk)]},
        follow=True,
    )
    assert "Your own second factor is switched off in your account" in answer.content.decode()


def operator(client, email):
    user = User.objects.get(email=email)
    body = {"action": "switch_off_second_factor", "_selected_action": [str(user.pk)]}
    token = {"HTTP_X_CSRFTOKEN": client.cookies["csrftoken"].value}
    return client.post("/admin/accounts/user/", body, follow=True, **token).content.decode()


def test_the_platform_does_it_for_administrators_and_everywhere(beta, clock):
    add_member(account=beta, email="ada@alpha.test", role=Role.PROVIDER)
    set_up_app("ada")
    session = Logins("paul")
    root = visitor("localhost")
    form_login(root, "root")
    assert "logs in with the password alone now" in operator(root, "ada@alpha.test")
    for host in ("alpha", "beta"):
        assert Page(host).login("ada").status_code == 200
    assert session.found() == ALIVE
    told = SecondFactor.pgh_event_model.objects.filter(pgh_label="delete", type="totp").get()
    root_id = User.objects.get(email="root@platform.test").pk
    assert told.pgh_context["user"] == str(root_id)
    assert "Ask another operator" in operator(root, "root@platform.test")
