"""Who gets in by which door, and what a refusal says."""

import pytest
from django_tenants.utils import schema_context

from accounts.models import Account, Membership, User
from accounts.roles import Role
from accounts.services.members import add_member
from tests.accounts.logins import (
    APP,
    BROWSER,
    address_of,
    app_login,
    asks_me,
    bearer,
    browser_login,
    form_login,
    post_json,
    tokens_of,
    visitor,
)
from tests.conftest import CAST, PASSWORD

NOBODY = (401, "not_authenticated")
DOORS = {"browser": browser_login, "app": app_login}
WRONG = [
    {
        "message": "The email address and/or password you specified are not correct.",
        "code": "email_password_mismatch",
        "param": "password",
    }
]


@pytest.fixture(autouse=True)
def _database(db):
    pass


def form_errors(answer):
    assert answer.status_code == 200
    return answer.context["form"].non_field_errors().get_json_data()


@pytest.mark.parametrize("name", ["ada", "priya", "paul"])
def test_staff_get_into_the_admin(name):
    client = visitor()
    answer = form_login(client, name)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    page = client.get("/admin/")
    assert page.status_code == 200
    assert page.context["user"].email == address_of(name)


@pytest.mark.parametrize("name", ["pat", "gina", "rex", "dev"])
def test_others_do_not_get_into_the_admin_but_into_the_api(name):
    client = visitor()
    errors = form_errors(form_login(client, name))
    assert [error["code"] for error in errors] == ["invalid_login"]
    assert asks_me(client) == NOBODY
    assert browser_login(client, name).status_code == 200
    assert asks_me(client) == CAST["alpha"][name]
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"


def test_every_refusal_of_the_form_is_the_same():
    wrong = form_errors(form_login(visitor(), "ada", "wrong-horse-battery"))
    assert form_errors(form_login(visitor(), "zoe")) == wrong, "nobody has this address"
    assert form_errors(form_login(visitor(), "bea")) == wrong, "she works at beta"
    assert form_errors(form_login(visitor(), "root")) == wrong, "the platform's, no member"
    assert form_errors(form_login(visitor(), "pat")) == wrong, "a patient"
    assert form_login(visitor("beta"), "bea").status_code == 302
    assert form_login(visitor(), "ada").status_code == 302


@pytest.mark.parametrize("login", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("priya", "wrong-horse-battery"),
        ("zoe", PASSWORD),
        ("bea", PASSWORD),
        ("root", PASSWORD),
    ],
    ids=["wrong-password", "unknown", "of-beta", "superuser"],
)
def test_every_refusal_of_allauth_is_the_same(login, name, password):
    client = visitor()
    answer = login(client, name, password)
    assert (answer.status_code, answer.json()["errors"]) == (400, WRONG)
    assert asks_me(client) == NOBODY
    assert login(client, "priya").status_code == 200


def test_the_platforms_operator_is_somebody_on_the_platform_only():
    client = visitor("localhost")
    assert form_login(client, "root").status_code == 302
    assert client.get("/admin/").status_code == 200
    client.defaults["HTTP_HOST"] = "alpha.localhost"
    assert asks_me(client) == NOBODY
    refused = form_errors(form_login(visitor("localhost"), "ada"))
    assert [error["code"] for error in refused] == ["invalid_login"]
    User.objects.filter(email="ada@alpha.test").update(is_superuser=True)
    assert form_login(visitor("localhost"), "ada").status_code == 302


def test_a_superuser_with_a_membership_gets_in():
    add_member(
        account=Account.objects.get(schema_name="alpha"),
        email="root@platform.test",
        role=Role.PROVIDER,
    )
    client = visitor()
    assert form_login(client, "root").status_code == 302
    assert asks_me(client) == Role.PROVIDER


def test_an_address_is_the_same_in_any_case():
    client = visitor()
    body = {"email": "Priya@ALPHA.test", "password": PASSWORD}
    assert post_json(client, f"{APP}auth/login", body).status_code == 200
    page = client.get("/admin/login/")
    answer = client.post(
        "/admin/login/?next=/admin/",
        {
            "username": " ADA@alpha.test",
            "password": PASSWORD,
            "csrfmiddlewaretoken": page.context["csrf_token"],
        },
    )
    assert answer.status_code == 302


def test_the_browsers_login_wants_the_csrf_token():
    client = visitor()
    body = {"email": address_of("priya"), "password": PASSWORD}
    client.get(f"{BROWSER}config")
    refused = post_json(client, f"{BROWSER}auth/login", body)
    assert refused.status_code == 403
    assert asks_me(client) == NOBODY
    assert browser_login(client, "priya").status_code == 200
    assert asks_me(client) == Role.PROVIDER


def test_writes_with_a_session_want_the_csrf_token():
    client = visitor()
    browser_login(client, "priya")
    body = {"first_name": "Una", "last_name": "Cole"}
    refused = post_json(client, "/api/v1/patients", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    token = client.cookies["csrftoken"].value
    accepted = post_json(client, "/api/v1/patients", body, HTTP_X_CSRFTOKEN=token)
    assert (accepted.status_code, accepted.json()["last_name"]) == (201, "Cole")


@pytest.mark.parametrize("login", [browser_login, form_login])
def test_each_login_makes_another_csrf_token(login):
    """By it a page in the browser knows that somebody may have taken its person's place."""
    client = visitor()
    browser_login(client, "priya")
    priyas = client.cookies["csrftoken"].value
    client.cookies.pop("sessionid")  # her session is over; the cookie of the token stays
    login(client, "ada")
    body = {"first_name": "Una", "last_name": "Cole"}
    refused = post_json(client, "/api/v1/patients", body, HTTP_X_CSRFTOKEN=priyas)
    assert refused.status_code == 403
    assert client.cookies["csrftoken"].value != priyas
    # A page's own form goes through with what the cookie says now, and not with what it came with.
    page = {"csrfmiddlewaretoken": priyas}
    assert client.post("/admin/logout/", page).status_code == 403
    page = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post("/admin/logout/", page).status_code in (200, 302)
    assert asks_me(client) == NOBODY


def test_writes_with_a_token_need_no_csrf():
    body = {"first_name": "Una", "last_name": "Cole"}
    token = tokens_of("priya")["access_token"]
    refused = post_json(visitor(), "/api/v1/patients", body, **bearer(token[:-4]))
    assert (refused.status_code, refused.json()["code"]) == (401, "authentication_failed")
    accepted = post_json(visitor(), "/api/v1/patients", body, **bearer(token))
    assert (accepted.status_code, accepted.json()["last_name"]) == (201, "Cole")


def test_the_session_key_changes_at_login():
    client = visitor()
    client.get("/admin/login/")
    with schema_context("alpha"):
        session = client.session
        session["planted"] = "by somebody else"
        session.save()
    planted = session.session_key
    form_login(client, "ada")
    assert client.cookies["sessionid"].value != planted
    thief = visitor()
    thief.cookies["sessionid"] = planted
    assert asks_me(thief) == NOBODY
    assert asks_me(client) == Role.ADMIN


def test_logging_out_of_the_admin_ends_the_session():
    client = visitor()
    form_login(client, "ada")
    stolen = visitor()
    stolen.cookies["sessionid"] = client.cookies["sessionid"].value
    assert asks_me(stolen) == Role.ADMIN
    token = client.cookies["csrftoken"].value
    client.post("/admin/logout/", {"csrfmiddlewaretoken": token})
    assert asks_me(stolen) == NOBODY


def deactivate_membership():
    Membership.objects.filter(user__email="priya@alpha.test").update(is_active=False)


def deactivate_user():
    User.objects.filter(email="priya@alpha.test").update(is_active=False)


def change_password():
    user = User.objects.get(email="priya@alpha.test")
    user.set_password("another-horse-battery")
    user.save()


@pytest.mark.parametrize("end", [deactivate_membership, deactivate_user, change_password])
def test_sessions_and_tokens_end_at_once_for_one_person(end):
    sessions = {name: visitor() for name in ("priya", "paul")}
    tokens = {name: bearer(tokens_of(name)["access_token"]) for name in sessions}
    for name, client in sessions.items():
        form_login(client, name)
        assert asks_me(client) == asks_me(visitor(), **tokens[name]) == Role.PROVIDER
    end()
    assert asks_me(sessions["priya"]) == NOBODY
    assert asks_me(visitor(), **tokens["priya"]) == (401, "authentication_failed")
    assert asks_me(sessions["paul"]) == asks_me(visitor(), **tokens["paul"]) == Role.PROVIDER


def test_suspending_the_account_ends_everything_there_and_nothing_elsewhere():
    at_alpha, at_beta = visitor(), visitor("beta")
    form_login(at_alpha, "ada")
    form_login(at_beta, "bea")
    token = bearer(tokens_of("ada")["access_token"])
    Account.objects.filter(schema_name="alpha").update(status="suspended")
    for extra in ({}, token):
        answer = at_alpha.get("/api/v1/me", **extra)
        assert (answer.status_code, answer.content) == (404, b"There is no clinic at this address.")
    assert asks_me(at_beta) == Role.ADMIN
    Account.objects.filter(schema_name="alpha").update(status="active")
    assert asks_me(at_alpha) == asks_me(visitor(), **token) == Role.ADMIN
