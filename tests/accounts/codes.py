"""An authenticator app for tests, and the steps of a login with one. Stop the clock around them."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tenants.utils import schema_context

from tests.accounts.logins import (
    APP,
    BROWSER,
    app_login,
    browser_login,
    post_json,
    tokens_of,
    visitor,
)
from tests.conftest import PASSWORD

STEP = timedelta(seconds=30)
TOTP, RECOVERY = "account/authenticators/totp", "account/authenticators/recovery-codes"
SECOND_STEP = "auth/2fa/authenticate"


@pytest.fixture
def clock(db):
    """Stand still, so that a code is the same from one line of a test to the next."""
    with time_machine.travel(timezone.now(), tick=False) as stopped:
        yield stopped


def code_of(secret, steps=0):
    """Return what the app shows now, or so many steps later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


class Page:
    """A page of the app in a browser: it sends the CSRF token with what it writes."""

    def __init__(self, host="alpha", **extra):
        self.client, self.extra = visitor(host), extra

    def login(self, name, password=PASSWORD):
        return browser_login(self.client, name, password, **self.extra)

    def get(self, path, **extra):
        return self.client.get(BROWSER + path, **self.extra, **extra)

    def post(self, path, body=None):
        if "csrftoken" not in self.client.cookies:
            self.get("config")
        token = {"HTTP_X_CSRFTOKEN": self.client.cookies["csrftoken"].value}
        return post_json(self.client, BROWSER + path, body or {}, **token, **self.extra)

    def delete(self, path):
        token = {"HTTP_X_CSRFTOKEN": self.client.cookies["csrftoken"].value}
        return self.client.delete(BROWSER + path, **token, **self.extra)


class Program:
    """Another client, which is told by its session token, or later by its access token."""

    def __init__(self, host="alpha"):
        self.host, self.token = host, None

    def login(self, name, password=PASSWORD):
        answer = app_login(visitor(self.host), name, password)
        self.token = answer.json().get("meta", {}).get("session_token")
        return answer

    def post(self, path, body=None):
        extra = {"HTTP_X_SESSION_TOKEN": self.token} if self.token else {}
        return post_json(visitor(self.host), APP + path, body or {}, **extra)


DOORS = pytest.mark.parametrize("door", [Page, Program], ids=["browser", "app"])


def set_up_app(name, host="alpha"):
    """Log in, set up an app, and return the page, the secret and the recovery codes."""
    page = Page(host)
    assert page.login(name).status_code == 200
    assert page.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    found = page.get(TOTP)
    assert found.status_code == 404, found.content
    secret = found.json()["meta"]["secret"]
    made = page.post(TOTP, {"code": code_of(secret, -1)})
    assert made.status_code == 200, made.content
    codes = page.get(RECOVERY).json()
    return page, secret, codes["data"]["unused_codes"]


def sessions(host="alpha"):
    """Return what lies in all sessions of a clinic, as text."""
    with schema_context(host):
        found = [str(one.get_decoded()) for one in Session.objects.all()]
    assert found
    return " ".join(found)


def flows(answer):
    """Return the ids of what the answer says can be done now."""
    return [flow["id"] for flow in answer.json()["data"]["flows"]]


def codes_of(answer):
    return (answer.status_code, [error["code"] for error in answer.json()["errors"]])


def bearer_of(name, host="alpha"):
    return {"HTTP_AUTHORIZATION": f"Bearer {tokens_of(name, host)['access_token']}"}
