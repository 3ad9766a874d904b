"""The client's address, the request's id, what may be kept, and which doors do not exist."""

import json
import uuid

import pytest
from allauth.account.adapter import get_adapter
from django.contrib.auth.hashers import get_hashers
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from accounts.models import User
from accounts.requests import client_ip
from tests.accounts.logins import APP, BROWSER, form_login, post_json, tokens_of, visitor

CHAIN = "6.6.6.6, 198.51.100.7, 10.0.0.2"
ADDRESSES = {
    "no-proxy": (0, None, "203.0.113.1"),
    "no-proxy-forged": (0, CHAIN, "203.0.113.1"),
    "one-proxy": (1, "198.51.100.7", "198.51.100.7"),
    "one-proxy-forged": (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    "one-proxy-silent": (1, None, "203.0.113.1"),
    "two-proxies": (2, "198.51.100.7, 10.0.0.2", "198.51.100.7"),
    "two-proxies-forged": (2, CHAIN, "198.51.100.7"),
    "two-proxies-one-silent": (2, "198.51.100.7", "203.0.113.1"),
    "empty-part": (2, ", 10.0.0.2", "203.0.113.1"),
}


@pytest.mark.parametrize(("proxies", "header", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_the_clients_address(settings, proxies, header, expected):
    settings.TRUSTED_PROXY_COUNT = proxies
    extra = {"HTTP_X_FORWARDED_FOR": header} if header is not None else {}
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.1", **extra)
    assert client_ip(request) == expected
    assert get_adapter().get_client_ip(request) == expected, "the rate limits see the same"


def test_every_answer_carries_an_id_of_its_own(client_of):
    client = client_of("ada")
    paths = ["/api/v1/me", "/api/v1/nothing", "/admin/", "/nothing", f"{APP}config", "/"]
    found = [uuid.UUID(client.get(path)["X-Request-Id"]) for path in paths]
    assert len(set(found)) == len(paths)
    assert {number.version for number in found} == {7}
    sent = client.get("/api/v1/me", HTTP_X_REQUEST_ID="chosen-by-the-client")["X-Request-Id"]
    assert sent != "chosen-by-the-client"


@pytest.mark.parametrize(
    "path", ["/api/v1/me", "/api/v1/patients", "/api/v1/nothing", "/admin/", "/admin/login/"]
)
def test_nothing_may_be_kept(client_of, path):
    assert "no-store" in client_of("ada").get(path)["Cache-Control"]


def test_other_protections_are_sent(client_of):
    answer = client_of("ada").get("/api/v1/me")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_for_the_server_only(db):
    client = visitor()
    form_login(client, "ada")
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")


def test_argon2_hashes_new_passwords(settings):
    from config import settings as written

    settings.PASSWORD_HASHERS = written.PASSWORD_HASHERS

    assert written.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    user = User(email="x@alpha.test")
    user.set_password("correct-horse-battery")
    assert user.password.startswith("argon2$argon2id$")
    assert get_hashers()[0].algorithm == "argon2"


PASSWORDS = {
    "eleven": ("x7!kQpz-wmv", "password_too_short"),
    "common": ("qazwsxedcrfv", "password_too_common"),
    "digits": ("918273645546", "password_entirely_numeric"),
    "own-name": ("priya-sharma", "password_too_similar"),
    "own-address": ("priya@alpha.test", "password_too_similar"),
}


@pytest.mark.parametrize(("password", "code"), PASSWORDS.values(), ids=PASSWORDS)
def test_weak_passwords_are_refused(password, code):
    user = User(email="priya@alpha.test", name="Priya Sharma")
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert code in {error.code for error in refused.value.error_list}
    validate_password("x7!kQpz-wmv8", user)
    assert len(password_validators_help_texts()) == 4


MISSING = (
    *("auth/signup", "auth/email/verify", "auth/2fa/trust", "auth/webauthn/login"),
    *("auth/email/verify/resend", "auth/code/request", "auth/code/confirm"),
    *("account/authenticators/webauthn", "auth/webauthn/signup"),
    *("auth/phone/verify", "account/email", "account/phone", "account/providers"),
)


@pytest.mark.parametrize("path", MISSING)
@pytest.mark.parametrize("base", [APP, BROWSER], ids=["app", "browser"])
def test_addresses_that_would_tell_who_exists_do_not_exist(db, base, path):
    client = visitor()
    answers = [
        post_json(client, base + path, {"email": email, "password": "correct-horse-staple"})
        for email in ("priya@alpha.test", "bea@beta.test", "nobody@nowhere.test")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    assert {answer.json()["code"] for answer in answers} == {"not_found"}
    assert mail.outbox == []
    assert not User.objects.filter(email="nobody@nowhere.test").exists()
    assert client.get(f"{base}config").status_code == 200


def test_signup_is_closed_for_allauths_own_code_too():
    assert get_adapter().is_open_for_signup(RequestFactory().get("/")) is False


def test_a_person_changes_the_password_knowing_the_old_one(db):
    meta = tokens_of("priya")
    token = {"HTTP_X_SESSION_TOKEN": meta["session_token"]}

    def change(old, new):
        body = {"current_password": old, "new_password": new}
        answer = post_json(visitor(), f"{APP}account/password/change", body, **token)
        return answer.status_code, [error["param"] for error in answer.json().get("errors", [])]

    assert change("wrong-horse-battery", "another-long-horse") == (400, ["current_password"])
    assert change("correct-horse-battery", "short") == (400, ["new_password"])
    assert change("correct-horse-battery", "another-long-horse") == (200, [])
    assert User.objects.get(email="priya@alpha.test").check_password("another-long-horse")


def test_nobody_changes_a_password_without_a_session(db):
    body = {"current_password": "correct-horse-battery", "new_password": "another-long-horse"}
    answer = post_json(visitor(), f"{APP}account/password/change", body)
    assert (answer.status_code, json.loads(answer.content)["meta"]) == (
        401,
        {"is_authenticated": False},
    )
