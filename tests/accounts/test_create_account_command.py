"""The operators' way to a new clinic, and the link by which its first person gets in."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, User
from tests.accounts.logins import asks_me, visitor

GOOD = {
    "schema": "gamma",
    "name": "Gamma Clinic",
    "domain": "gamma.localhost",
    "admin_email": "gus@gamma.test",
}
NEW = "brand-new-horse"


def create(**changed):
    out = StringIO()
    options = {**GOOD, **changed}
    call_command("create_account", stdout=out, **options)
    return out.getvalue()


def link_in(text):
    return re.search(r"^https?://\S+$", text, re.MULTILINE).group()


@pytest.fixture
def path(db):
    return link_in(create()).removeprefix("http://gamma.localhost")


def choose(client, path, password, repeated=None):
    page = client.get(path, follow=True)
    assert page.status_code == 200
    if "form" not in page.context or page.context["form"] is None:
        return page
    body = {
        "new_password1": password,
        "new_password2": repeated or password,
        "csrfmiddlewaretoken": page.context["csrf_token"],
    }
    return client.post(page.request["PATH_INFO"], body)


def log_in(password):
    client = visitor("gamma")
    page = client.get("/admin/login/")
    body = {
        "username": "gus@gamma.test",
        "password": password,
        "csrfmiddlewaretoken": page.context["csrf_token"],
    }
    client.post("/admin/login/?next=/admin/", body)
    return asks_me(client)


def test_the_command_says_what_it_made_and_where_to_go(db):
    lines = create().splitlines()
    assert lines[:2] == [
        "Made Gamma Clinic (schema gamma).",
        "gus@gamma.test chooses a password within 24 hours at",
    ]
    assert re.fullmatch(r"http://gamma\.localhost/admin/reset/[\w-]+/[\w-]+/", lines[2])
    assert len(lines) == 3
    assert Account.objects.get(schema_name="gamma").name == "Gamma Clinic"


@pytest.mark.parametrize(
    ("https", "port", "start"),
    [
        (False, "", "http://gamma.localhost/admin/"),
        (False, "8000", "http://gamma.localhost:8000/admin/"),
        (True, "", "https://gamma.localhost/admin/"),
        (True, "8443", "https://gamma.localhost:8443/admin/"),
    ],
)
def test_the_link_leads_to_the_server(db, settings, https, port, start):
    settings.HTTPS = https
    assert link_in(create(port=port)).startswith(start)


def test_the_link_gives_a_password_once(path):
    assert log_in(NEW) == (401, "not_authenticated")
    done = choose(visitor("gamma"), path, NEW)
    assert (done.status_code, done["Location"]) == (302, "/admin/reset/done/")
    assert visitor("gamma").get("/admin/reset/done/").status_code == 200
    assert log_in(NEW) == "admin"
    again = choose(visitor("gamma"), path, "yet-another-horse")
    assert again.context["validlink"] is False
    assert log_in("yet-another-horse") == (401, "not_authenticated")
    assert log_in(NEW) == "admin"


@pytest.mark.parametrize(
    ("password", "repeated", "code"),
    [
        ("eleven-char", None, "password_too_short"),
        ("qazwsxedcrfv", None, "password_too_common"),
        ("918273645546", None, "password_entirely_numeric"),
        ("gus@gamma.test", None, "password_too_similar"),
        (NEW, "brand-new-house", "password_mismatch"),
    ],
    ids=["short", "common", "digits", "own-address", "mistyped"],
)
def test_a_weak_password_is_refused_and_the_link_lives_on(path, password, repeated, code):
    client = visitor("gamma")
    answer = choose(client, path, password, repeated)
    assert answer.status_code == 200
    found = answer.context["form"].errors["new_password2"].get_json_data()
    assert code in {error["code"] for error in found}
    assert not User.objects.get(email="gus@gamma.test").has_usable_password()
    assert choose(client, path, NEW).status_code == 302
    assert log_in(NEW) == "admin"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path[:-2] + ("a/" if path[-2] != "a" else "b/"),
        lambda path: path.replace("/reset/", "/reset/x"),
    ],
    ids=["token", "person"],
)
def test_a_changed_link_opens_nothing(path, spoil):
    page = visitor("gamma").get(spoil(path), follow=True)
    assert (page.status_code, page.context["validlink"]) == (200, False)
    assert visitor("gamma").get(path, follow=True).context["validlink"] is True


def test_a_get_does_not_use_the_link_up(path):
    for _ in range(3):  # mail scanners follow links
        assert visitor("gamma").get(path, follow=True).context["validlink"] is True
    assert choose(visitor("gamma"), path, NEW).status_code == 302


def test_somebody_who_has_a_password_gets_no_link(db):
    assert create(admin_email="bo@beta.test") == "Made Gamma Clinic (schema gamma).\n"


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("schema", "alpha", "--schema: There is an account alpha already."),
        ("schema", "public", "--schema: public is reserved; choose another name."),
        ("domain", "alpha.localhost", "--domain: alpha.localhost belongs to another account."),
        ("name", " ", "--name: Give the clinic a name."),
        ("admin_email", "gus", "--admin-email: This is no e-mail address."),
        ("time_zone", "Mars/Base", "--time-zone: There is no time zone 'Mars/Base'."),
    ],
)
def test_a_refusal_names_the_option(db, option, text, message):
    with pytest.raises(CommandError) as refused:
        create(**{option: text})
    assert (str(refused.value), refused.value.returncode) == (message, 1)
    assert create().startswith("Made Gamma Clinic")
