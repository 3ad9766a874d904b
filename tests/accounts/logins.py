"""Logging in as people do: by the admin's form, from a browser's page, from another program."""

import json

from django.test import Client

from tests.conftest import PASSWORD

FORM = "/admin/login/"
BROWSER = "/_allauth/browser/v1/"
APP = "/_allauth/app/v1/"


def visitor(host="alpha", **defaults):
    return Client(
        raise_request_exception=True,
        enforce_csrf_checks=True,
        HTTP_HOST=f"{host}.localhost" if host != "localhost" else host,
        **defaults,
    )


def address_of(name):
    home = {"bea": "beta", "bo": "beta", "ben": "beta", "root": "platform"}.get(name, "alpha")
    return f"{name}@{home}.test"


def form_login(client, name, password=PASSWORD, **extra):
    """Post the admin's login form, with the token that its page carries."""
    page = client.get(FORM, **extra)
    body = {
        "username": address_of(name),
        "password": password,
        "csrfmiddlewaretoken": page.context["csrf_token"],
    }
    return client.post(f"{FORM}?next=/admin/", body, **extra)


def post_json(client, path, body, **extra):
    return client.post(path, json.dumps(body), content_type="application/json", **extra)


def browser_login(client, name, password=PASSWORD, **extra):
    client.get(f"{BROWSER}config", **extra)
    body = {"email": address_of(name), "password": password}
    token = client.cookies["csrftoken"].value
    return post_json(client, f"{BROWSER}auth/login", body, HTTP_X_CSRFTOKEN=token, **extra)


def app_login(client, name, password=PASSWORD, **extra):
    body = {"email": address_of(name), "password": password}
    return post_json(client, f"{APP}auth/login", body, **extra)


def bearer(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def tokens_of(name, host="alpha"):
    """Log in as another program and return what it gets."""
    answer = app_login(visitor(host), name)
    assert answer.status_code == 200, answer.content
    return answer.json()["meta"]


def asks_me(client, **extra):
    """Return the role that the API sees, or the code of its refusal."""
    answer = client.get("/api/v1/me", **extra)
    body = answer.json()
    return body["role"] if answer.status_code == 200 else (answer.status_code, body["code"])
