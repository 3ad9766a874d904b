"""The platform's admin: accounts and people, nothing clinical, for operators only."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Membership, User
from config import urls_platform
from config.admin import platform_site
from tests.accounts.catalogue import schemas
from tests.conftest import member

URLS = urls_platform.__name__
# What the operator gets for list, add, change, history and delete.
PAGES = {
    Account: (200, 200, 200, 200, 403),
    Membership: (200, 200, 200, 200, 403),
    User: (200, 200, 200, 200, 403),
}
KINDS = ("changelist", "add", "change", "history", "delete")
GOOD = {
    "schema_name": "gamma",
    "name": "Gamma Clinic",
    "domain": "gamma.localhost",
    "admin_email": "gus@gamma.test",
    "time_zone": "Australia/Perth",
}


def operator(email="root@platform.test"):
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email=email), backend="accounts.backends.MembershipBackend")
    return client


def address(model, kind, row=None):
    name = f"admin:accounts_{model._meta.model_name}_{kind}"
    arguments = [row.pk] if kind in {"change", "history", "delete"} else []
    return reverse(name, args=arguments, urlconf=URLS)


def test_nothing_clinical_is_registered():
    assert set(platform_site._registry) == set(PAGES)


@pytest.mark.parametrize("model", PAGES)
def test_the_operator_opens_every_page(db, model):
    client, row = operator(), model.objects.first()
    answers = [client.get(address(model, kind, row)) for kind in KINDS]
    assert tuple(answer.status_code for answer in answers) == PAGES[model]
    assert str(row.pk) in answers[0].content.decode()
    found = client.get(address(model, "changelist"), {"q": "alpha"})
    assert found.status_code == 200
    assert client.get(address(model, "changelist"), {"q": "zzzz"}).context["cl"].result_count == 0
    index = client.get("/admin/")
    assert index.status_code == 200


@pytest.mark.parametrize("name", ["ada", "pat", None])
def test_others_do_not_get_in(db, name):
    client = Client(HTTP_HOST="localhost")
    if name:
        client = operator(f"{name}@alpha.test")
    for model in PAGES:
        path = address(model, "changelist")
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={path}")
    User.objects.filter(email="ada@alpha.test").update(is_superuser=True)
    assert operator("ada@alpha.test").get(address(Account, "changelist")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/api/v1/patients", "/api/v1/me", "/admin/patients/patient/", "/_allauth/app/v1/config"],
)
def test_clinical_addresses_do_not_exist_there(db, client_of, path):
    assert operator().get(path).status_code == 404
    assert client_of("ada").get(path).status_code == 200


def test_a_new_account_is_made_with_the_form(db):
    client, before = operator(), schemas()
    answer = client.post(address(Account, "add"), GOOD, follow=True)
    account = Account.objects.get(schema_name="gamma")
    assert schemas() - before == {"gamma"}
    assert (account.name, account.time_zone) == ("Gamma Clinic", "Australia/Perth")
    assert str(next(iter(answer.context["messages"]))).startswith(
        "gus@gamma.test chooses a password within 24 hours at http://gamma.localhost/admin/reset/"
    )
    page = Client(HTTP_HOST="gamma.localhost").get("/admin/login/")
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("schema_name", "alpha", "There is an account alpha already"),
        ("schema_name", "public", "is reserved"),
        ("schema_name", "Gamma", "lower-case letters"),
        ("domain", "alpha.localhost", "belongs to another account"),
        ("domain", "localhost", "without scheme or port"),
        ("admin_email", "gus", "valid email"),
        ("name", "", "required"),
        ("time_zone", "Mars/Base", "no time zone"),
    ],
)
def test_the_form_names_what_is_wrong(db, field, text, reason):
    client, before = operator(), (schemas(), Account.objects.count())
    answer = client.post(address(Account, "add"), {**GOOD, field: text})
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {field}
    assert reason in " ".join(errors[field])
    assert (schemas(), Account.objects.count()) == before


def test_an_operator_suspends_a_clinic(db, client_of):
    alpha = Account.objects.get(schema_name="alpha")
    client = operator()
    page = client.get(address(Account, "change", alpha))
    form = page.context["adminform"].form
    body = {name: form[name].value() for name in form.fields}
    inline = page.context["inline_admin_formsets"][0].formset
    body |= {
        f"{inline.prefix}-{name}": inline.management_form[name].value()
        for name in inline.management_form.fields
        if inline.management_form[name].value() is not None
    }
    for number, domain in enumerate(inline.forms):
        for name in domain.fields:
            if domain[name].value() is not None:
                body[f"{inline.prefix}-{number}-{name}"] = domain[name].value()
    assert client_of("ada").get("/api/v1/me").status_code == 200
    answer = client.post(address(Account, "change", alpha), {**body, "status": "suspended"})
    assert answer.status_code == 302, answer.context["errors"]
    alpha.refresh_from_db()
    assert (alpha.status, alpha.schema_name) == ("suspended", "alpha")
    assert client_of("ada").get("/api/v1/me").status_code == 404


def test_a_new_person_has_no_password_until_they_choose_one(db):
    body = {"email": "Nora@Platform.test", "name": "Nora", "is_active": "on"}
    assert operator().post(address(User, "add"), body).status_code == 302
    user = User.objects.get(email="nora@platform.test")
    assert not user.has_usable_password()


def test_the_history_names_the_operator(db):
    body = {"account": str(member("bo").account_id), "user": str(member("pat").user_id)}
    answer = operator().post(
        address(Membership, "add"), {**body, "role": "patient", "is_active": "on"}
    )
    assert answer.status_code == 302
    made = Membership.objects.get(**{f"{name}_id": pk for name, pk in body.items()})
    event = made.events.get()
    root = User.objects.get(email="root@platform.test")
    assert (event.pgh_label, event.pgh_context["user"]) == ("insert", str(root.pk))
