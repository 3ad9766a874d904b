"""The clinic's page of its members, and what the platform's pages do to them."""

import pytest
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Domain, Membership, User
from accounts.roles import Role
from accounts.services.members import add_member, set_membership
from config import urls_platform
from tests.accounts.logins import asks_me
from tests.conftest import CAST, member

LIST = "/admin/accounts/membership/"
LAST = "The clinic would have no active administrator. Make somebody else administrator first."
NOOR = {"email": "noor@alpha.test", "name": "Noor", "role": "provider"}


@pytest.fixture
def ada(client_of):
    return client_of("ada")


def said(answer):
    """Return the messages on the page that an answer leads to."""
    return [str(message) for message in answer.context["messages"]]


def run(client, action, *names):
    body = {"action": action, "_selected_action": [str(member(name).pk) for name in names]}
    return client.post(LIST, body, follow=True)


def save(client, who, **fields):
    """Post the form of a member as a browser does: what it shows, and what was changed."""
    path = f"{LIST}{member(who).pk}/change/"
    form = client.get(path).context["adminform"].form
    shown = {key: form[key].value() for key in form.fields}
    body = {key: value for key, value in {**shown, **fields}.items() if value not in {None, False}}
    return client.post(
        path, {**body, "is_active": "on"} if body.get("is_active") else body, follow=True
    )


def test_the_page_lists_the_clinics_own_people(ada, alpha):
    add_member(account=alpha, email="bo@beta.test", role=Role.PROVIDER, name="Locum")
    page = ada.get(LIST)
    found = {str(row) for row in page.context["cl"].result_list}
    assert found == {name.title() for name in CAST["alpha"]} | {"Locum"}
    text = page.content.decode()
    assert "bo@beta.test" in text
    assert "bea@beta.test" not in text


def test_only_administrators_find_it_in_the_sidebar(client_of):
    link = f'href="{LIST}"'
    assert link in client_of("ada").get("/admin/").content.decode()
    assert link not in client_of("priya").get("/admin/").content.decode()
    assert client_of("priya").get(LIST).status_code == 403


def test_a_member_of_another_clinic_has_no_page(ada, client_of):
    path = f"{LIST}{member('bo').pk}/change/"
    assert ada.get(path).status_code == 302
    assert ada.post(path, {"role": "admin", "is_active": "on"}).status_code == 302
    assert member("bo").role == "provider"
    assert client_of("bea").get(path).status_code == 200


def test_somebody_is_invited(ada, alpha, django_capture_on_commit_callbacks):
    form = ada.get(f"{LIST}add/").context["adminform"].form
    assert [value for value, _ in form.fields["role"].choices if value] == [
        role for role in Role.values if role != "patient"
    ]
    with django_capture_on_commit_callbacks(execute=True):
        answer = ada.post(f"{LIST}add/", NOOR, follow=True)
    made = Membership.objects.get(user__email="noor@alpha.test")
    assert (made.account_id, made.role, made.name) == (alpha.pk, "provider", "Noor")
    assert "was added successfully" in said(answer)[0]
    assert "/reset/" not in answer.content.decode()
    assert ("/reset/" in mail.outbox[0].body, mail.outbox[0].to) == (True, ["noor@alpha.test"])


@pytest.mark.parametrize("role", ["patient", "owner", ""])
def test_nobody_is_invited_as_what_they_cannot_be(ada, role):
    answer = ada.post(f"{LIST}add/", {**NOOR, "role": role})
    assert set(answer.context["adminform"].form.errors) == {"role"}
    assert not User.objects.filter(email="noor@alpha.test").exists()
    assert ada.post(f"{LIST}add/", NOOR).status_code == 302


def test_who_is_a_member_already_is_said(ada):
    answer = ada.post(f"{LIST}add/", {**NOOR, "email": "priya@alpha.test"}, follow=True)
    assert said(answer) == [
        "This person is a member of the clinic already. Change their role instead."
    ]
    assert ada.post(f"{LIST}add/", NOOR).status_code == 302


def test_a_role_is_changed_and_name_and_e_mail_are_not(ada):
    answer = save(ada, "priya", role="admin", email="other@alpha.test", name="Other")
    assert "was changed successfully" in said(answer)[0]
    priya = member("priya")
    assert (priya.role, priya.name, priya.user.email) == ("admin", "Priya", "priya@alpha.test")


def test_a_patient_can_be_deactivated_but_stays_a_patient(ada):
    path = f"{LIST}{member('pat').pk}/change/"
    assert set(ada.get(path).context["adminform"].form.fields) == {"is_active"}
    save(ada, "pat", role="admin")
    assert (member("pat").role, member("pat").is_active) == ("patient", True)
    save(ada, "pat", is_active=False)
    assert (member("pat").role, member("pat").is_active) == ("patient", False)


def test_the_last_administrator_is_told_so(ada):
    answer = save(ada, "ada", role="provider")
    assert said(answer) == [LAST]
    assert member("ada").role == "admin"
    save(ada, "priya", role="admin")
    save(ada, "ada", role="provider")
    assert member("ada").role == "provider"


def test_several_are_deactivated_and_each_refusal_is_said(ada, client_of):
    paul = client_of("paul")
    answer = run(ada, "deactivate", "ada", "paul", "pat")
    assert said(answer) == [
        f"Ada: {LAST}",
        "Pat, Paul: deactivated.",
    ]
    assert [member(name).is_active for name in ("ada", "paul", "pat")] == [True, False, False]
    assert asks_me(paul) == (401, "not_authenticated")
    assert said(run(ada, "reactivate", "paul")) == ["Paul: reactivated."]
    assert (member("paul").is_active, member("pat").is_active) == (True, False)
    assert asks_me(paul) == (401, "not_authenticated")


def test_the_invitation_is_sent_again(ada, django_capture_on_commit_callbacks):
    set_membership(member=member("paul"), is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        answer = run(ada, "send_again", "priya", "paul", "pat")
    assert said(answer) == [
        "Pat: Patients are invited from their record, not here.",
        "Paul: This member is deactivated. Reactivate them first.",
        "Priya: written to.",
    ]
    assert [message.to for message in mail.outbox] == [["priya@alpha.test"]]


@pytest.mark.parametrize("action", ["deactivate", "reactivate", "send_again"])
def test_actions_are_for_administrators_and_their_own_clinic(ada, client_of, action):
    client_of("priya").post(LIST, {"action": action, "_selected_action": [member("paul").pk]})
    run(ada, action, "bo")
    assert (member("paul").is_active, member("bo").is_active) == (True, True)
    assert mail.outbox == []
    assert said(run(ada, action, "paul")) != []


def test_a_provider_may_nothing_here(client_of):
    site = admin.site._registry[Membership]
    assert {name for name, _ in site.get_action_choices(_as("priya")) if name} == set()
    assert {name for name, _ in site.get_action_choices(_as("ada")) if name} == {
        *("deactivate", "reactivate", "send_again", "switch_off")
    }


def _as(name):
    from django.db import connection
    from django.test import RequestFactory

    connection.set_tenant(member(name).account)
    request = RequestFactory().get(LIST)
    request.user = member(name).user
    return request


def test_the_history_shows_who_changed_what(ada):
    save(ada, "priya", role="admin")
    text = ada.get(f"{LIST}{member('priya').pk}/history/").content.decode()
    assert "Ada" in text
    assert "admin" in text
    assert "epoch" not in text


# --- The platform ---------------------------------------------------------------------------------


@pytest.fixture
def root(db):
    client = Client(HTTP_HOST="localhost")
    user = User.objects.get(email="root@platform.test")
    client.force_login(user, backend="accounts.backends.MembershipBackend")
    return client


def page_of(row):
    name = f"admin:accounts_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk], urlconf=urls_platform.__name__)


def test_the_platform_does_not_take_a_clinics_last_administrator_either(root):
    ada = member("ada")
    for body in ({"role": "provider", "is_active": "on"}, {"role": "admin"}):
        answer = root.post(page_of(ada), body, follow=True)
        assert "would have no active administrator" in said(answer)[0]
        assert (member("ada").role, member("ada").is_active) == ("admin", True)
    set_membership(member=member("priya"), role=Role.ADMIN)
    assert root.post(page_of(ada), {"role": "admin"}).status_code == 302
    assert (member("ada").is_active, member("ada").login_epoch) == (False, 1)


def test_the_platform_deactivates_a_membership_for_good(root, client_of):
    priya = client_of("priya")
    assert asks_me(priya) == "provider"
    root.post(page_of(member("priya")), {"role": "provider"})
    root.post(page_of(member("priya")), {"role": "provider", "is_active": "on"})
    assert (member("priya").is_active, asks_me(priya)) == (True, (401, "not_authenticated"))


def user_form(user, **changed):
    body = {"email": user.email, "name": user.name, "is_active": "on", **changed}
    return {key: value for key, value in body.items() if value is not None}


def test_the_platform_closes_a_last_administrators_login_and_is_warned(root, client_of):
    """A stolen login must be closed at once; the clinic gets another administrator after."""
    client, user = client_of("ada"), member("ada").user
    answer = root.post(page_of(user), user_form(user, is_active=None), follow=True)
    assert "Alpha Clinic has no administrator now who can log in. Add one." in said(answer)
    assert asks_me(client) == (401, "not_authenticated")
    root.post(page_of(user), user_form(user))
    assert asks_me(client) == (401, "not_authenticated")
    assert asks_me(client_of("ada")) == "admin"


def test_closing_another_login_warns_of_nothing(root):
    set_membership(member=member("priya"), role=Role.ADMIN)
    user = member("ada").user
    answer = root.post(page_of(user), user_form(user, is_active=None), follow=True)
    assert len(said(answer)) == 1
    assert "was changed successfully" in said(answer)[0]


def test_the_platform_renames_a_person_and_their_logins_live_on(root, client_of):
    client, user = client_of("priya"), member("priya").user
    root.post(page_of(user), user_form(user, name="Priya P.", email="Priya.P@alpha.test"))
    user.refresh_from_db()
    assert (user.name, user.email, user.is_active) == ("Priya P.", "priya.p@alpha.test", True)
    assert asks_me(client) == "provider"


def test_an_address_that_another_login_has_is_refused(root):
    user = member("priya").user
    answer = root.post(page_of(user), user_form(user, email="PAUL@alpha.test"))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert member("priya").user.email == "priya@alpha.test"


def test_a_membership_added_by_the_platform_shows_the_link(root, beta):
    body = {"email": "nora@platform.test", "name": "Nora", "is_active": "on"}
    path = reverse("admin:accounts_user_add", urlconf=urls_platform.__name__)
    root.post(path, body)
    nora = User.objects.get(email="nora@platform.test")
    path = reverse("admin:accounts_membership_add", urlconf=urls_platform.__name__)
    body = {"account": str(beta.pk), "user": str(nora.pk), "role": "admin"}
    answer = root.post(path, body, follow=True)
    assert any("http://beta.localhost/admin/reset/" in text for text in said(answer))
    made = Membership.objects.get(user=nora)
    assert (made.account_id, made.role, made.is_active) == (beta.pk, "admin", True)
    assert mail.outbox == []


def test_a_clinic_gets_another_host_name(root):
    alpha = Account.objects.get(schema_name="alpha")
    (domain,) = alpha.domains.all()
    body = {
        "name": "Alpha Clinic",
        "status": "active",
        "provider_scope": "all",
        "time_zone": "Australia/Perth",
        "locale": "en-AU",
        "domains-TOTAL_FORMS": "2",
        "domains-INITIAL_FORMS": "1",
        "domains-0-id": str(domain.pk),
        "domains-0-tenant": str(alpha.pk),
        "domains-0-domain": domain.domain,
        "domains-0-is_primary": "on",
        "domains-1-tenant": str(alpha.pk),
        "domains-1-domain": "New.Alpha.Example",
    }
    refused = root.post(page_of(alpha), {**body, "domains-1-domain": "beta.localhost"})
    assert refused.status_code == 200
    answer = root.post(page_of(alpha), body)
    assert answer.status_code == 302, answer.context["errors"]
    found = Domain.objects.filter(tenant=alpha).order_by("domain")
    assert list(found.values_list("domain", "is_primary")) == [
        ("alpha.localhost", True),
        ("new.alpha.example", False),
    ]
    alpha.refresh_from_db()
    assert (alpha.provider_scope, alpha.time_zone) == ("all", "Australia/Perth")
