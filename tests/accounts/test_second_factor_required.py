"""A clinic that wants a second factor of its staff: nothing works before one is set up."""

import pytest
from django.db import connection

from accounts.models import Account
from tests.accounts.codes import SECOND_STEP, Page, Program, clock, code_of, set_up_app
from tests.accounts.logins import FORM, bearer, form_login, tokens_of, visitor
from tests.conftest import PASSWORD

__all__ = ["clock"]
REFUSED = (403, "second_factor_required")


@pytest.fixture(autouse=True)
def _required(clock):
    """Stand still in time; alpha wants it, beta does not."""
    Account.objects.filter(schema_name="alpha").update(second_factor_required=True)


def asks(client, path="/api/v1/patients", **extra):
    answer = client.get(path, **extra)
    return (
        answer.status_code
        if answer.status_code == 200
        else (answer.status_code, answer.json()["code"])
    )


def test_it_is_off_unless_an_operator_switches_it_on(client_of):
    assert Account().second_factor_required is False
    Account.objects.update(second_factor_required=False)
    assert asks(client_of("priya")) == 200
    root = visitor("localhost")
    form_login(root, "root")
    one = Account.objects.get(schema_name="alpha")
    page = root.get(f"/admin/accounts/account/{one.pk}/change/")
    assert b"second_factor_required" in page.content


def test_a_process_of_the_last_release_still_makes_clinics():
    """It does not know the column, and goes on while the others are being replaced."""
    told = [field.column for field in Account._meta.concrete_fields]
    told = ", ".join(sorted(set(told) - {"id", "schema_name", "second_factor_required"}))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO public.accounts_account (id, schema_name, {told})"  # noqa: S608
            f" SELECT gen_random_uuid(), 'gamma', {told} FROM public.accounts_account"
            " WHERE schema_name = 'alpha'"
        )
    assert Account.objects.get(schema_name="gamma").second_factor_required is False


@pytest.mark.parametrize("name", ["ada", "priya"])
def test_staff_without_one_may_only_set_it_up(client_of, name):
    client = client_of(name)
    for path in ("patients", "messages", "document-policies", "dashboard", "schema", "clinicians"):
        assert asks(client, f"/api/v1/{path}") == REFUSED, path
    body = client.get("/api/v1/me").json()
    assert (body["second_factor"], body["second_factor_wanted"]) == (False, True)
    answer = client.get("/api/v1/patients")
    assert "Set up an authenticator app first" in answer.json()["detail"]
    set_up_app(name)
    assert asks(client) == 200, "the same session goes on"
    assert client.get("/api/v1/me").json()["second_factor_wanted"] is False


@pytest.mark.parametrize("name", ["ada", "priya"])
def test_the_admin_leads_them_to_where_they_set_it_up(name):
    client = visitor()
    assert form_login(client, name).status_code == 302
    for path in ("/admin/", "/admin/patients/patient/", "/admin/password_change/"):
        answer = client.get(path, follow=False)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith(FORM)
    assert client.get(FORM)["Location"] == "/app/account"
    page = Page()
    page.client = client
    assert page.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    secret = page.get("account/authenticators/totp").json()["meta"]["secret"]
    made = page.post("account/authenticators/totp", {"code": code_of(secret)})
    assert made.status_code == 200
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("name", ["pat", "gina", "rex", "dev"])
def test_of_the_others_it_is_not_wanted(client_of, name):
    body = client_of(name).get("/api/v1/me").json()
    assert (body["staff"], body["second_factor_wanted"]) == (False, False)
    assert asks(client_of(name)) != REFUSED


def test_the_other_clinic_wants_what_it_wants(client_of):
    assert asks(client_of("bea")) == 200


def test_tokens_are_refused_too():
    token = bearer(tokens_of("priya")["access_token"])
    assert asks(visitor(), **token) == REFUSED
    _, secret, _ = set_up_app("priya")
    assert asks(visitor(), **token) == 200
    program = Program()
    program.login("priya")
    answer = program.post(SECOND_STEP, {"code": code_of(secret)})
    assert asks(visitor(), **bearer(answer.json()["meta"]["access_token"])) == 200


def test_taking_it_off_leads_back_to_setting_it_up():
    page, _, _ = set_up_app("priya")
    assert asks(page.client) == 200
    assert page.delete("account/authenticators/totp").status_code == 200
    assert asks(page.client) == REFUSED


def test_nobody_without_a_login_is_told_of_it():
    assert asks(visitor()) == (401, "not_authenticated")
    answer = visitor().get("/admin/")
    assert answer["Location"].startswith(FORM)
    assert visitor().get(FORM).status_code == 200
