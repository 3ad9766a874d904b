"""What a deactivation ends, and that it stays ended; what a session stands on."""

import pytest
from django.contrib.sessions.models import Session
from django_tenants.utils import schema_context

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.services.logins import change_login
from accounts.services.members import add_member, set_membership
from tests.accounts.logins import (
    APP,
    app_login,
    asks_me,
    bearer,
    browser_login,
    form_login,
    post_json,
    tokens_of,
    visitor,
)
from tests.conftest import PASSWORD, member

NOBODY = (401, "not_authenticated")
INVALID = (401, "authentication_failed")


@pytest.fixture(autouse=True)
def _database(db):
    pass


class Logins:
    """One person logged in by every door, and what each gets now."""

    def __init__(self, name, host="alpha"):
        self.host, self.form, self.browser = host, visitor(host), visitor(host)
        form_login(self.form, name)
        browser_login(self.browser, name)
        self.meta = tokens_of(name, host)

    def refresh(self):
        body = {"refresh_token": self.meta["refresh_token"]}
        answer = post_json(visitor(self.host), f"{APP}tokens/refresh", body)
        if answer.status_code == 200:
            self.meta = {**self.meta, **answer.json()["data"]}
        return answer.status_code

    def found(self):
        return (
            asks_me(self.form),
            asks_me(self.browser),
            asks_me(visitor(self.host), **bearer(self.meta["access_token"])),
            self.refresh(),
        )


ALIVE = (Role.PROVIDER, Role.PROVIDER, Role.PROVIDER, 200)
DEAD = (NOBODY, NOBODY, INVALID, 400)


def test_a_deactivated_members_logins_die_at_once_and_stay_dead():
    priya, paul = Logins("priya"), Logins("paul")
    assert priya.found() == paul.found() == ALIVE
    set_membership(member=member("priya"), is_active=False)
    assert (priya.found(), paul.found()) == (DEAD, ALIVE)
    set_membership(member=member("priya"), is_active=True)
    assert (priya.found(), paul.found()) == (DEAD, ALIVE)
    assert Logins("priya").found() == ALIVE, "a new login works"


def test_they_stay_dead_when_nobody_asked_in_between():
    priya = Logins("priya")
    set_membership(member=member("priya"), is_active=False)
    set_membership(member=member("priya"), is_active=True)
    assert priya.found() == DEAD


def test_nothing_else_of_a_membership_ends_a_session():
    priya = Logins("priya")
    set_membership(member=member("priya"), is_active=True)
    set_membership(member=member("priya"), role=Role.DEVELOPER)
    set_membership(member=member("priya"), role=Role.PROVIDER)
    assert priya.found() == ALIVE


def test_the_other_clinic_of_the_same_person_is_left_alone(beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    here, there = Logins("priya"), Logins("priya", "beta")
    mine = Membership.objects.get(user__email="priya@alpha.test", account__schema_name="alpha")
    set_membership(member=mine, is_active=False)
    assert (here.found(), there.found()) == (DEAD, ALIVE)


def test_a_login_that_the_platform_closes_ends_everywhere_and_stays_ended(beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.PROVIDER)
    here, there = Logins("priya"), Logins("priya", "beta")
    user = User.objects.get(email="priya@alpha.test")
    change_login(user=user, name="Priya P.")
    assert here.found() == there.found() == ALIVE
    change_login(user=user, is_active=False)
    assert here.found() == there.found() == DEAD
    change_login(user=user, is_active=True)
    assert here.found() == there.found() == DEAD
    assert Logins("priya").found() == ALIVE


def test_an_operator_who_was_closed_has_to_log_in_again():
    client, root = visitor("localhost"), User.objects.get(email="root@platform.test")
    form_login(client, "root")
    assert client.get("/admin/").status_code == 200
    change_login(user=root, is_active=False)
    change_login(user=root, is_active=True)
    assert client.get("/admin/").status_code == 302
    form_login(client, "root")
    assert client.get("/admin/").status_code == 200


def test_a_session_that_holds_no_or_another_hash_is_nobodys():
    for change in ({"_auth_user_hash": ""}, {"_auth_user_hash": "0" * 64}, {"SEEN": 1}):
        client = visitor()
        form_login(client, "ada")
        with schema_context("alpha"):
            session = client.session
            session.update(change)
            session.save()
        assert asks_me(client) == (Role.ADMIN if "SEEN" in change else NOBODY)


def test_a_dead_session_is_taken_away_when_it_is_used():
    client = visitor()
    form_login(client, "ada")
    key = client.cookies["sessionid"].value
    add_member(account=member("ada").account, email="second@alpha.test", role=Role.ADMIN)
    set_membership(member=member("ada"), is_active=False)
    set_membership(member=member("ada"), is_active=True)
    with schema_context("alpha"):
        assert Session.objects.filter(pk=key).exists()
    assert asks_me(client) == NOBODY
    with schema_context("alpha"):
        assert not Session.objects.filter(pk=key).exists()


def test_changing_ones_own_password_keeps_this_session_and_ends_the_others():
    other, mine = Logins("priya"), visitor()
    browser_login(mine, "priya")
    body = {"current_password": PASSWORD, "new_password": "quite-another-horse"}
    token = mine.cookies["csrftoken"].value
    path = "/_allauth/browser/v1/account/password/change"
    assert post_json(mine, path, body, HTTP_X_CSRFTOKEN=token).status_code == 200
    assert asks_me(mine) == Role.PROVIDER
    assert other.found() == DEAD
    assert app_login(visitor(), "priya", "quite-another-horse").status_code == 200


def test_the_key_before_this_one_still_verifies_sessions(settings):
    clients, old = (visitor(), visitor()), settings.SECRET_KEY
    for client in clients:
        form_login(client, "ada")
    settings.SECRET_KEY = "another-key-" * 5
    assert asks_me(clients[0]) == NOBODY
    settings.SECRET_KEY_FALLBACKS = [old]
    assert asks_me(clients[1]) == Role.ADMIN
