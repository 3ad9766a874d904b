"""The e-mail that a new member gets, and how far its link reaches."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.services.invitations import INVITATIONS_AN_HOUR
from accounts.services.logins import change_login
from accounts.services.members import add_member, set_membership
from tests.accounts.logins import app_login, asks_me, bearer, form_login, visitor
from tests.accounts.test_create_account_command import choose
from tests.accounts.test_members_api import LIST, code, invite, patch, send
from tests.conftest import member

NEW = "brand-new-horse"
ADDRESS = "noor@alpha.test"


@pytest.fixture
def ada(client_of):
    return client_of("ada")


@pytest.fixture
def committed_at_once(django_capture_on_commit_callbacks):
    """Do it as if its transaction were committed, and return the e-mails that then left."""

    def run(do, *args, **options):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            answer = do(*args, **options)
        return answer, list(mail.outbox)

    return run


def link_in(message):
    return re.search(r"http://\S+/admin/reset/\S+", message.body).group()


def html_of(message):
    ((text, kind),) = message.alternatives
    assert kind == "text/html"
    return text


def path_of(link):
    return link.removeprefix("http://alpha.localhost")


@pytest.fixture
def link(ada, committed_at_once):
    _, (message,) = committed_at_once(invite, ada)
    return link_in(message)


def test_somebody_new_gets_a_link_in_text_and_html(ada, committed_at_once):
    _, (message,) = committed_at_once(invite, ada, role="admin")
    link = link_in(message)
    assert message.to == [ADDRESS]
    assert message.subject == "You have been added at Alpha Clinic"
    assert re.fullmatch(r"http://alpha\.localhost/admin/reset/[\w-]+/[\w-]+/", link)
    assert link in html_of(message)
    for text in (message.body, html_of(message)):
        for word in ("Dr Noor Aziz", "Alpha Clinic", "Administrator", ADDRESS, "24 hours"):
            assert word in text


def test_a_name_is_text_in_the_page(ada, committed_at_once):
    _, (message,) = committed_at_once(invite, ada, name="<b>O'Neil</b>\nBcc: all")
    assert "Hello <b>O'Neil</b> Bcc: all," in message.body
    assert "&lt;b&gt;O&#x27;Neil&lt;/b&gt; Bcc: all" in html_of(message)


@pytest.mark.parametrize(
    ("https", "host", "start"),
    [
        (False, "alpha.localhost", "http://alpha.localhost/admin/"),
        (False, "alpha.localhost:8000", "http://alpha.localhost:8000/admin/"),
        (True, "alpha.localhost", "https://alpha.localhost/admin/"),
    ],
)
def test_the_link_leads_to_the_clinics_own_address(
    ada, committed_at_once, settings, https, host, start
):
    settings.HTTPS = https
    ada.defaults["HTTP_HOST"] = host
    _, (message,) = committed_at_once(invite, ada)
    assert start in message.body
    assert start in html_of(message)


@pytest.mark.parametrize(("role", "admin"), [("provider", True), ("developer", False)])
def test_somebody_with_a_password_gets_no_link(ada, committed_at_once, role, admin):
    _, (message,) = committed_at_once(invite, ada, email="bo@beta.test", role=role)
    assert message.to == ["bo@beta.test"]
    for text in (message.body, html_of(message)):
        assert "/reset/" not in text
        assert "with the password that you have" in text
        assert ("http://alpha.localhost/admin/" in text) is admin
    assert app_login(visitor(), "bo").status_code == 200


def test_a_login_without_a_password_gets_a_link_wherever_it_was_made(ada, beta, committed_at_once):
    add_member(account=beta, email=ADDRESS, role=Role.PROVIDER, name="Elsewhere")
    _, (message,) = committed_at_once(invite, ada)
    assert link_in(message).startswith("http://alpha.localhost/")


def test_nobody_writes_to_a_login_that_the_platform_has_closed(ada, committed_at_once):
    User.objects.filter(email="bo@beta.test").update(is_active=False)
    answer, sent = committed_at_once(invite, ada, email="bo@beta.test")
    assert (answer.status_code, sent) == (201, [])
    User.objects.filter(email="bo@beta.test").update(is_active=True)
    made = Membership.objects.get(pk=answer.json()["id"])
    _, sent = committed_at_once(send, ada, "POST", f"{LIST}/{made.pk}/invite")
    assert [message.to for message in sent] == [["bo@beta.test"]]


def test_nothing_is_sent_when_nothing_is_kept(ada, committed_at_once):
    answer, sent = committed_at_once(invite, ada, email="priya@alpha.test")
    assert (answer.status_code, sent) == (409, [])
    answer, sent = committed_at_once(invite, ada)
    assert (answer.status_code, len(sent)) == (201, 1)


def test_the_link_is_in_no_answer_and_no_log(ada, committed_at_once, caplog):
    with caplog.at_level(logging.DEBUG):
        refused = ada.get(f"{LIST}/{member('bo').pk}")
        answer, (message,) = committed_at_once(invite, ada)
        again, _ = committed_at_once(send, ada, "POST", f"{LIST}/{answer.json()['id']}/invite")
    secret = link_in(message).split("/")[-2]
    shown = [answer.content.decode(), again.content.decode(), caplog.text]
    shown += [ada.get(LIST).content.decode(), str(answer.headers)]
    assert [secret in text for text in shown] == [False] * len(shown)
    assert [("/reset/" in text) for text in shown] == [False] * len(shown)
    assert (refused.status_code, "Not Found" in caplog.text) == (404, True), "something is logged"


def test_the_link_lets_the_person_in_once(link):
    path = path_of(link)
    assert app_login(visitor(), "noor", NEW).status_code == 400
    assert choose(visitor(), path, NEW).status_code == 302
    assert app_login(visitor(), "noor", NEW).status_code == 200
    assert choose(visitor(), path, "yet-another-horse").context["validlink"] is False
    assert app_login(visitor(), "noor", NEW).status_code == 200


@pytest.mark.parametrize(("age", "good"), [(24 * 3600 - 5, True), (24 * 3600 + 5, False)])
def test_the_link_lives_for_a_day(ada, committed_at_once, age, good):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        _, (message,) = committed_at_once(invite, ada)
        clock.shift(timedelta(seconds=age))
        page = visitor().get(path_of(link_in(message)), follow=True)
    assert page.context["validlink"] is good


def opens(path, host="alpha"):
    return visitor(host).get(path, follow=True).context["validlink"]


def test_a_link_is_good_at_its_own_clinic_only(link, beta):
    add_member(account=beta, email=ADDRESS, role=Role.PROVIDER, name="Noor")
    assert opens(path_of(link), "beta") is False
    assert opens(path_of(link), "alpha") is True


def deactivate_and_back():
    set_membership(member=member("noor"), is_active=False)
    set_membership(member=member("noor"), is_active=True)


def close_and_back():
    change_login(user=member("noor").user, is_active=False)
    change_login(user=member("noor").user, is_active=True)


ENDS = {
    "deactivated": lambda: set_membership(member=member("noor"), is_active=False),
    "reactivated": deactivate_and_back,
    "closed": lambda: change_login(user=member("noor").user, is_active=False),
    "opened": close_and_back,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_link_of_somebody_who_was_deactivated_is_dead(link, end):
    path, waiting = path_of(link), visitor()
    page = waiting.get(path, follow=True)
    assert page.context["validlink"] is True, "the form is open already"
    end()
    assert opens(path) is False
    body = {"new_password1": NEW, "new_password2": NEW}
    body["csrfmiddlewaretoken"] = page.context["csrf_token"]
    late = waiting.post(page.request["PATH_INFO"], body)
    assert (late.status_code, late.context["validlink"]) == (200, False)
    assert not User.objects.get(email=ADDRESS).has_usable_password()


def test_a_change_of_role_leaves_the_link_alone(link):
    set_membership(member=member("noor"), role=Role.DEVELOPER)
    assert opens(path_of(link)) is True


def test_a_password_by_link_ends_the_other_sessions(ada, link):
    old = "an-older-horse-battery"
    noor = User.objects.get(email=ADDRESS)
    fresh = noor.password
    noor.set_password(old)
    noor.save()
    token = bearer(app_login(visitor(), "noor", old).json()["meta"]["access_token"])
    client = visitor()
    form_login(client, "noor", old)
    assert asks_me(visitor(), **token) == asks_me(client) == "provider"
    User.objects.filter(pk=noor.pk).update(last_login=None, password=fresh)  # as the link was made
    assert choose(visitor(), path_of(link), NEW).status_code == 302
    assert asks_me(visitor(), **token) == (401, "authentication_failed")
    assert asks_me(client) == (401, "not_authenticated")


def test_the_invitation_is_sent_again_with_a_link_that_works(ada, link, committed_at_once):
    noor = member("noor")
    answer, (message,) = committed_at_once(send, ada, "POST", f"{LIST}/{noor.pk}/invite")
    assert (answer.status_code, answer.json()["email"]) == (200, ADDRESS)
    assert opens(path_of(link_in(message))) is True
    choose(visitor(), path_of(link_in(message)), NEW)
    answer, (message,) = committed_at_once(send, ada, "POST", f"{LIST}/{noor.pk}/invite")
    assert (answer.status_code, "/reset/" in message.body) == (200, False)


def test_neither_the_deactivated_nor_patients_are_written_to(ada, committed_at_once):
    patch(ada, "paul", {"is_active": False})
    paul, pat = (f"{LIST}/{member(name).pk}/invite" for name in ("paul", "pat"))
    answer, sent = committed_at_once(send, ada, "POST", paul)
    assert (code(answer), sent) == ((409, "member_inactive"), [])
    answer, sent = committed_at_once(send, ada, "POST", pat)
    assert (code(answer), sent) == ((400, "patient_role"), [])
    patch(ada, "paul", {"is_active": True})
    answer, sent = committed_at_once(send, ada, "POST", paul)
    assert (answer.status_code, len(sent)) == (200, 1)


def test_a_clinic_invites_sixty_times_an_hour(ada, client_of):
    with time_machine.travel("2026-11-20T10:20:00Z", tick=False) as clock:
        client = client_of("ada")
        path = f"{LIST}/{member('priya').pk}/invite"
        found = [send(client, "POST", path).status_code for _ in range(INVITATIONS_AN_HOUR - 1)]
        assert set(found) == {200}
        assert invite(client).status_code == 201
        refused = [invite(client, email="more@alpha.test"), send(client, "POST", path)]
        assert [code(answer) for answer in refused] == [(429, "throttled")] * 2
        assert [answer["Retry-After"] for answer in refused] == ["2400"] * 2
        assert refused[0]["Content-Type"] == "application/problem+json"
        assert not User.objects.filter(email="more@alpha.test").exists()
        bo = f"{LIST}/{member('bo').pk}/invite"
        assert send(client_of("bea"), "POST", bo).status_code == 200, "beta has its own sixty"
        clock.shift(timedelta(seconds=2400))
        assert send(client_of("ada"), "POST", path).status_code == 200


def test_the_forms_login_is_as_it_was(link):
    choose(visitor(), path_of(link), NEW)
    client = visitor()
    assert form_login(client, "noor", NEW).status_code == 302
    assert asks_me(client) == "provider"
