"""Tokens and sessions of one clinic are worth nothing at the other, and end when they should."""

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from accounts.models import Account
from accounts.roles import Role
from accounts.services.members import add_member
from tests.accounts.logins import (
    APP,
    asks_me,
    bearer,
    form_login,
    post_json,
    tokens_of,
    visitor,
)

NOBODY = (401, "not_authenticated")
INVALID = (401, "authentication_failed")


@pytest.fixture(autouse=True)
def _database(db):
    pass


@pytest.fixture
def priya_at_both(db):
    beta = Account.objects.get(schema_name="beta")
    add_member(account=beta, email="priya@alpha.test", role=Role.ADMIN)


def test_a_token_is_worth_nothing_at_the_other_clinic(priya_at_both):
    at_alpha = bearer(tokens_of("priya")["access_token"])
    at_beta = bearer(tokens_of("priya", "beta")["access_token"])
    assert asks_me(visitor("alpha"), **at_alpha) == Role.PROVIDER
    assert asks_me(visitor("beta"), **at_beta) == Role.ADMIN
    assert asks_me(visitor("beta"), **at_alpha) == INVALID
    assert asks_me(visitor("alpha"), **at_beta) == INVALID


def test_a_token_with_a_session_of_the_same_key_is_still_of_its_clinic(priya_at_both):
    """The clinic stands in the token, so a copied session row does not help."""
    from django.contrib.sessions.models import Session

    meta = tokens_of("priya")
    with schema_context("alpha"):
        row = Session.objects.get(pk=meta["session_token"])
    with schema_context("beta"):
        Session.objects.create(
            session_key=row.session_key,
            session_data=row.session_data,
            expire_date=row.expire_date,
        )
    assert asks_me(visitor("beta"), **bearer(meta["access_token"])) == INVALID
    assert asks_me(visitor("alpha"), **bearer(meta["access_token"])) == Role.PROVIDER


def test_a_session_is_worth_nothing_at_the_other_clinic(priya_at_both):
    client = visitor()
    form_login(client, "priya")
    assert asks_me(client) == Role.PROVIDER
    elsewhere = visitor("beta")
    elsewhere.cookies["sessionid"] = client.cookies["sessionid"].value
    assert asks_me(elsewhere) == NOBODY
    assert asks_me(client) == Role.PROVIDER


def test_refresh_gives_new_tokens_and_uses_up_the_old_one(priya_at_both):
    client, meta = visitor(), tokens_of("priya")
    body = {"refresh_token": meta["refresh_token"]}
    elsewhere = post_json(visitor("beta"), f"{APP}tokens/refresh", body)
    assert elsewhere.status_code == 400
    fresh = post_json(client, f"{APP}tokens/refresh", body)
    assert fresh.status_code == 200
    new = fresh.json()["data"]
    assert asks_me(visitor(), **bearer(new["access_token"])) == Role.PROVIDER
    assert new["refresh_token"] != meta["refresh_token"]
    again = post_json(client, f"{APP}tokens/refresh", body)
    assert (again.status_code, "data" in again.json()) == (400, False)


def test_a_refreshed_token_is_still_of_its_clinic(priya_at_both):
    body = {"refresh_token": tokens_of("priya")["refresh_token"]}
    new = post_json(visitor(), f"{APP}tokens/refresh", body).json()["data"]
    assert asks_me(visitor("beta"), **bearer(new["access_token"])) == INVALID
    assert asks_me(visitor("alpha"), **bearer(new["access_token"])) == Role.PROVIDER


def test_logout_kills_the_token_and_its_refreshing():
    meta, other = tokens_of("priya"), tokens_of("priya")
    out = visitor().delete(f"{APP}auth/session", HTTP_X_SESSION_TOKEN=meta["session_token"])
    assert (out.status_code, out.json()["meta"]["is_authenticated"]) == (401, False)
    assert asks_me(visitor(), **bearer(meta["access_token"])) == INVALID
    body = {"refresh_token": meta["refresh_token"]}
    assert post_json(visitor(), f"{APP}tokens/refresh", body).status_code == 400
    assert asks_me(visitor(), **bearer(other["access_token"])) == Role.PROVIDER


def signed(claims, key=None, algorithm="HS256"):
    return jwt.encode(claims, key or settings.SECRET_KEY, algorithm=algorithm)


def test_only_our_own_unchanged_access_tokens_are_taken():
    meta = tokens_of("priya")
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})
    assert claims["clinic"] == "alpha"
    assert asks_me(visitor(), **bearer(signed(claims))) == Role.PROVIDER
    head, payload, signature = meta["access_token"].split(".")
    forged = {
        "other key": signed(claims, "k" * 64),
        "unsigned": jwt.encode(claims, None, algorithm="none"),
        "other algorithm": signed(claims, algorithm="HS512"),
        "turned signature": f"{head}.{payload}.{signature[::-1]}",
        "refresh token": meta["refresh_token"],
        "other clinic": signed({**claims, "clinic": "beta"}),
        "no clinic": signed({name: text for name, text in claims.items() if name != "clinic"}),
        "other person": signed({**claims, "sub": "01a1fbdb-9a20-7e21-a4c5-000000000000"}),
        "expired": signed({**claims, "exp": 1}),
        "no session": signed({**claims, "sid": "AAAA"}),
        "rubbish": "rubbish",
        "empty": "",
    }
    found = {name: asks_me(visitor(), **bearer(text)) for name, text in forged.items()}
    assert found == dict.fromkeys(forged, INVALID)


def test_an_access_token_lives_five_minutes():
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        token = bearer(tokens_of("priya")["access_token"])
        clock.shift(timedelta(seconds=299))
        assert asks_me(visitor(), **token) == Role.PROVIDER
        clock.shift(timedelta(seconds=2))
        assert asks_me(visitor(), **token) == INVALID


def test_an_idle_session_ends():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client, other = visitor(), visitor()
        form_login(client, "ada")
        form_login(other, "ada")
        clock.shift(timedelta(seconds=settings.SESSION_COOKIE_AGE - 1))
        assert asks_me(client) == Role.ADMIN
        clock.shift(timedelta(seconds=2))
        assert asks_me(other) == NOBODY
        assert asks_me(client) == Role.ADMIN, "the activity moved its end"


def test_an_idle_token_ends():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        body = {"refresh_token": tokens_of("priya")["refresh_token"]}
        clock.shift(timedelta(seconds=settings.SESSION_COOKIE_AGE - 1))
        fresh = post_json(visitor(), f"{APP}tokens/refresh", body)
        body = {"refresh_token": fresh.json()["data"]["refresh_token"]}
        clock.shift(timedelta(seconds=settings.SESSION_COOKIE_AGE + 1))
        late = post_json(visitor(), f"{APP}tokens/refresh", body)
        assert (fresh.status_code, late.status_code) == (200, 400)


def test_an_active_session_ends_all_the_same_in_the_end():
    step = timedelta(minutes=20)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = visitor()
        form_login(client, "ada")
        steps = settings.SESSION_ABSOLUTE_AGE // int(step.total_seconds())
        for _ in range(steps):
            clock.shift(step)
            assert asks_me(client) == Role.ADMIN
        clock.shift(step)
        assert asks_me(client) == NOBODY


def test_a_token_that_is_refreshed_ends_all_the_same_in_the_end():
    step = timedelta(minutes=20)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        refresh = tokens_of("priya")["refresh_token"]
        for _ in range(settings.SESSION_ABSOLUTE_AGE // int(step.total_seconds()) - 1):
            clock.shift(step)
            answer = post_json(visitor(), f"{APP}tokens/refresh", {"refresh_token": refresh})
            assert answer.status_code == 200
            refresh = answer.json()["data"]["refresh_token"]
            access = answer.json()["data"]["access_token"]
        assert asks_me(visitor(), **bearer(access)) == Role.PROVIDER
        clock.shift(step + timedelta(seconds=1))
        answer = post_json(visitor(), f"{APP}tokens/refresh", {"refresh_token": refresh})
        assert answer.status_code == 400
        assert asks_me(visitor(), **bearer(access)) == INVALID
