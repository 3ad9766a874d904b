"""What else ends an invite or slows somebody down: a mended address, archiving, guessing."""

import smtplib

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings
from django_tenants.utils import tenant_context

from accounts.mail import MailUnavailableError
from accounts.models import User
from invites.models import Invite
from invites.services.accepting import TRIES, TRIES_IN
from invites.services.sending import InviteOptions, bulk_invite, generate_invite
from patients.models import Patient
from tests.conftest import PASSWORD, member
from tests.invites.conftest import send, token_of

NEW = "four words and a river"
CHANGES = {
    "the address was mended": ({"email": "una.cole@mail.test"}, {"email": "una@mail.test"}),
    "the patient is archived": ({"status": "archived"}, {"status": "active"}),
    "the patient has died": ({"status": "deceased"}, {"status": "inactive"}),
}


def at(client, **headers):
    client.defaults.update(headers)
    return client


@pytest.mark.parametrize(("change", "undo"), CHANGES.values(), ids=CHANGES)
def test_a_link_that_is_no_longer_meant_is_dead(client_of, invite, people, alpha, change, undo):
    una = Patient.objects.filter(pk=people["una"].pk)
    body = {"token": invite["token"], "password": NEW}
    with tenant_context(alpha):
        una.update(**change)
    for path in ("verify", "accept"):
        gone = send(client_of(None), f"invites/{path}", body)
        assert (gone.status_code, gone.json()["code"]) == (410, "invite_revoked")
    assert not User.objects.filter(email="una@mail.test").exists()
    with tenant_context(alpha):
        una.update(**undo)
    assert send(client_of(None), "invites/accept", body).status_code == 200


def test_a_mended_address_gets_the_next_link(client_of, invite, people, mailoutbox, alpha):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["una"].pk).update(email="una.cole@mail.test")
    again = send(client_of("priya"), f"invites/{invite['id']}/resend").json()
    assert (again["email"], mailoutbox[-1].to) == ("una.cole@mail.test", ["una.cole@mail.test"])
    body = {"token": token_of(mailoutbox[-1]), "password": NEW}
    done = send(client_of(None), "invites/accept", body)
    assert (done.status_code, done.json()["email"]) == (200, "una.cole@mail.test")


@pytest.fixture
def of_ben(alpha, people):
    """The token of an invite to the address of Ben, who has a login at beta."""
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["una"].pk).update(email="ben@beta.test")
        made = generate_invite(
            membership=member("ada"),
            patient_id=people["una"].pk,
            options=InviteOptions(send_email=False),
        )
    return made.link.partition("#")[2]


def test_somebody_elses_password_is_not_guessed(client_of, of_ben):
    def accept(password, ip):
        body = {"token": of_ben, "password": password}
        return send(at(client_of(None), REMOTE_ADDR=ip), "invites/accept", body)

    with time_machine.travel("2026-11-21T10:00:00Z", tick=False) as clock:
        wrong = [accept(NEW, f"203.0.113.{n}").status_code for n in range(TRIES)]
        locked = accept(PASSWORD, "203.0.113.99")
        assert (wrong, locked.status_code) == ([400] * TRIES, 429)
        assert (locked.json()["code"], locked["Retry-After"]) == ("throttled", str(TRIES_IN))
        ben = User.objects.get(email="ben@beta.test")
        assert [row.account.schema_name for row in ben.memberships.all()] == ["beta"]
        clock.shift(TRIES_IN)
        assert accept(PASSWORD, "203.0.113.99").status_code == 200


def test_a_closed_login_is_not_opened(client_of, of_ben):
    body = {"token": of_ben, "password": PASSWORD}
    ben = User.objects.filter(email="ben@beta.test")
    ben.update(is_active=False)
    closed = send(client_of(None), "invites/accept", body)
    assert (closed.status_code, closed.json()["code"]) == (409, "login_closed")
    ben.update(is_active=True)
    assert send(client_of(None), "invites/accept", body).status_code == 200


def test_a_made_up_header_is_no_other_address(client_of, people):
    def answers(**headers):
        return [
            send(
                at(client_of(None), HTTP_X_FORWARDED_FOR=f"198.51.100.{n}", **headers),
                "invites/verify",
                {"token": "guess"},
            ).status_code
            for n in range(21)
        ]

    assert answers(REMOTE_ADDR="203.0.113.7") == [404] * 20 + [429]
    elsewhere = at(client_of(None), REMOTE_ADDR="203.0.113.8")
    assert send(elsewhere, "invites/verify", {"token": "guess"}).status_code == 404


class Fussy(EmailBackend):
    """A server that refuses Una's address, and counts how often it is called."""

    opened: list[str] = []
    is_up = True

    def open(self):
        self.opened.append("open")
        if not self.is_up:
            raise ConnectionRefusedError

    def send_messages(self, messages):
        if messages[0].to == ["una@mail.test"]:
            raise smtplib.SMTPRecipientsRefused({})
        return super().send_messages(messages)


@pytest.fixture
def fussy(monkeypatch):
    monkeypatch.setattr(Fussy, "opened", [])
    with override_settings(EMAIL_BACKEND="tests.invites.test_limits.Fussy"):
        yield Fussy


@pytest.fixture
def three(people, alpha):
    with tenant_context(alpha):
        for name in ("Dee", "Eli"):
            Patient.objects.create(first_name=name, last_name="Cole", email=f"{name}@mail.test")
        return [row.pk for row in Patient.objects.filter(last_name="Cole").exclude(email="")]


def invited(three, alpha):
    with tenant_context(alpha):
        bulk_invite(membership=member("ada"), patient_ids=three)
        return {
            row.email.lower()[:3]: (row.delivery_error, row.sent_count)
            for row in Invite.objects.all()
        }


def test_one_refused_address_stops_nobody_else(fussy, three, alpha, mailoutbox):
    assert invited(three, alpha) == {
        "una": (MailUnavailableError.detail, 0),
        "dee": ("", 1),
        "eli": ("", 1),
    }
    assert len(mailoutbox) == 2


def test_a_server_that_is_down_is_asked_once(fussy, three, alpha, mailoutbox, monkeypatch):
    monkeypatch.setattr(fussy, "is_up", False)
    failed = (MailUnavailableError.detail, 0)
    assert invited(three, alpha) == {"una": failed, "dee": failed, "eli": failed}
    assert (fussy.opened, mailoutbox) == (["open"], [])
