"""Inviting patients: who, when not, what is in the e-mail, and what is kept."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.mail import MailUnavailableError
from invites.models import Invite
from invites.services.expiring import expire_invites
from invites.tokens import hash_of
from patients.models import Patient
from tests.conftest import member
from tests.invites.conftest import send, token_of


def test_the_patient_gets_an_e_mail_in_text_and_html(client_of, people, mailoutbox):
    answer = send(client_of("priya"), "generate_invite", {"patient_id": str(people["una"].pk)})
    body = answer.json()
    assert (answer.status_code, body["status"], body["sent_count"], body["link"]) == (
        201,
        "pending",
        1,
        "",
    )
    assert body["clinician_id"] == str(member("priya").pk)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["una@mail.test"], "Your login at Alpha Clinic")
    assert "Hello Una" in mail.body
    assert "http" in mail.body.partition("alpha.localhost")[0][-8:]
    ((page, kind),) = mail.alternatives
    assert kind == "text/html"
    assert f"/invite#{token_of(mail)}" in page


def test_the_token_is_kept_as_a_hash_only(invite, alpha):
    with tenant_context(alpha):
        kept = Invite.objects.get()
        assert kept.token_hash == hash_of(invite["token"])
        events = [*kept.events.values()]
    assert len(invite["token"]) >= 43
    assert invite["token"] not in str(events)
    assert kept.token_hash not in str(events)


def test_no_log_line_holds_token_or_address(client_of, people, mailoutbox, caplog):
    caplog.set_level(logging.DEBUG)
    send(client_of("priya"), "generate_invite", {"patient_id": str(people["una"].pk)})
    token = token_of(mailoutbox[-1])
    send(client_of(None), "invites/verify", {"token": token})
    password = "four words and a river"
    done = send(client_of(None), "invites/accept", {"token": token, "password": password})
    assert done.status_code == 200
    send(client_of(None), "invites/verify", {"token": token})  # used: this is logged
    lines = [r.getMessage() for r in caplog.records if not r.name.startswith("django.db")]
    assert lines
    assert not [line for line in lines if token in line or "una@mail" in line or password in line]


REFUSED = {
    "has a login": ("pat", 409, "has_login"),
    "archived": ("abe", 409, "not_invitable"),
    "no address": ("kit", 400, "no_email"),
}


@pytest.mark.parametrize(("who", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_who_is_not_invited(client_of, people, alpha, mailoutbox, who, status, code):
    answer = send(client_of("ada"), "generate_invite", {"patient_id": str(people[who].pk)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["field"] == "patient_id"
    with tenant_context(alpha):
        assert not Invite.objects.exists()
    assert mailoutbox == []


def test_one_open_invite_at_a_time(client_of, people, invite, alpha):
    again = send(client_of("priya"), "generate_invite", {"patient_id": str(people["una"].pk)})
    assert (again.status_code, again.json()["code"]) == (409, "invite_pending")
    assert again.json()["invite_id"] == invite["id"]
    with tenant_context(alpha):
        past = timezone.now() - timedelta(hours=1)
        Invite.objects.update(created_at=past - timedelta(days=1), expires_at=past)
    new = send(client_of("priya"), "generate_invite", {"patient_id": str(people["una"].pk)})
    assert new.status_code == 201
    with tenant_context(alpha):
        assert [*Invite.objects.values_list("status", flat=True)] == ["pending", "expired"]


def test_a_null_clinician_is_fine(client_of, people, alpha):
    body = {"patient_id": str(people["una"].pk), "clinician_id": None, "expires_in_days": 3}
    made = send(client_of("priya"), "generate_invite", body)
    assert (made.status_code, made.json()["clinician_id"]) == (201, None)
    with tenant_context(alpha):
        left = Invite.objects.get().expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


BAD = {
    "no-patient": ({"patient_id": None}, "patient_id"),
    "not-an-id": ({"patient_id": "7"}, "patient_id"),
    "days": ({"expires_in_days": 0}, "expires_in_days"),
    "many-days": ({"expires_in_days": 91}, "expires_in_days"),
    "text-days": ({"expires_in_days": "soon"}, "expires_in_days"),
    "message": ({"message": "x" * 2001}, "message"),
    "nul": ({"message": "a\0b"}, "message"),
    "clinician": ({"clinician_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"}, "clinician_id"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named(client_of, people, alpha, mailoutbox, change, field):
    body = {"patient_id": str(people["una"].pk), **change}
    answer = send(client_of("priya"), "generate_invite", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    with tenant_context(alpha):
        assert not Invite.objects.exists()
    assert mailoutbox == []


def test_a_patient_is_no_clinician_of_an_invite(client_of, people):
    body = {"patient_id": str(people["una"].pk), "clinician_id": str(member("gina").pk)}
    answer = send(client_of("priya"), "generate_invite", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "clinician_id")
    body["clinician_id"] = str(member("paul").pk)
    assert send(client_of("priya"), "generate_invite", body).status_code == 201


def test_without_e_mail_the_link_is_told_once(client_of, people, mailoutbox):
    body = {"patient_id": str(people["una"].pk), "send_email": False}
    made = send(client_of("priya"), "generate_invite", body).json()
    assert mailoutbox == []
    token = made["link"].partition("/invite#")[2]
    assert send(client_of(None), "invites/verify", {"token": token}).status_code == 200
    shown = client_of("priya").get(f"/api/v1/invites/{made['id']}")
    assert "link" not in shown.json()
    assert token not in shown.content.decode()


def test_a_provider_invites_whom_they_see(client_of, people):
    body = {"patient_id": str(people["una"].pk)}
    hidden = send(client_of("paul"), "generate_invite", body)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    assert send(client_of("priya"), "generate_invite", body).status_code == 201


def test_many_are_invited_each_on_their_own(client_of, people, mailoutbox):
    nobody = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"
    ids = [str(people[name].pk) for name in ("kit", "una", "abe", "pat")] + [nobody]
    answer = send(client_of("ada"), "bulk_invite", {"patient_ids": ids})
    body = answer.json()
    assert (answer.status_code, body["invited"], body["refused"]) == (200, 1, 4)
    assert [(row["patient_id"], row["status"], row["code"]) for row in body["results"]] == [
        (ids[0], "refused", "no_email"),
        (ids[1], "invited", ""),
        (ids[2], "refused", "not_invitable"),
        (ids[3], "refused", "has_login"),
        (ids[4], "refused", "not_found"),
    ]
    assert [mail.to for mail in mailoutbox] == [["una@mail.test"]]
    too_many = send(client_of("ada"), "bulk_invite", {"patient_ids": [nobody] * 501})
    assert (too_many.status_code, too_many.json()["errors"][0]["field"]) == (400, "patient_ids")


def test_resending_kills_the_old_link(client_of, invite, mailoutbox):
    answer = send(client_of("priya"), f"invites/{invite['id']}/resend")
    assert (answer.status_code, answer.json()["sent_count"]) == (200, 2)
    new = token_of(mailoutbox[-1])
    old = send(client_of(None), "invites/verify", {"token": invite["token"]})
    assert (old.status_code, old.json()["code"]) == (404, "unknown_invite")
    assert send(client_of(None), "invites/verify", {"token": new}).status_code == 200


def test_revoking_ends_it(client_of, invite):
    path = f"invites/{invite['id']}/revoke"
    assert send(client_of("priya"), path).json()["status"] == "revoked"
    gone = send(client_of(None), "invites/verify", {"token": invite["token"]})
    assert (gone.status_code, gone.json()["code"]) == (410, "invite_revoked")
    for action in ("revoke", "resend"):
        again = send(client_of("priya"), f"invites/{invite['id']}/{action}")
        assert (again.status_code, again.json()["code"]) == (409, "not_pending")


def test_the_scheduled_task_closes_what_is_over(client_of, invite, people, alpha):
    other = {"patient_id": str(people["una"].pk)}
    with tenant_context(alpha):
        assert expire_invites() == 0
        past = timezone.now() - timedelta(minutes=1)
        Invite.objects.update(created_at=past - timedelta(days=1), expires_at=past)
        assert expire_invites() == 1
        assert expire_invites() == 0
        assert Invite.objects.get().status == "expired"
    gone = send(client_of(None), "invites/verify", {"token": invite["token"]})
    assert (gone.status_code, gone.json()["code"]) == (410, "invite_expired")
    assert send(client_of("priya"), f"invites/{invite['id']}/resend").json()["status"] == "pending"
    assert send(client_of("priya"), "generate_invite", other).status_code == 409


def test_mail_that_cannot_be_sent_leaves_an_invite_to_resend(
    client_of, people, monkeypatch, mailoutbox
):
    def fail(**_):
        raise MailUnavailableError

    monkeypatch.setattr("invites.services.mailing.send_mail", fail)
    body = {"patient_id": str(people["una"].pk)}
    made = send(client_of("priya"), "generate_invite", body)
    assert (made.status_code, made.json()["sent_at"], made.json()["sent_count"]) == (201, None, 0)
    assert made.json()["delivery_error"] == MailUnavailableError.detail
    monkeypatch.undo()
    again = send(client_of("priya"), f"invites/{made.json()['id']}/resend").json()
    assert (again["delivery_error"], again["sent_count"], len(mailoutbox)) == ("", 1, 1)


def test_lists_are_filtered_and_show_the_state(client_of, invite, people):
    ada = client_of("ada")

    def found(**query):
        return [row["id"] for row in ada.get("/api/v1/invites", query).json()["results"]]

    assert found() == found(status="pending") == found(search="col") == [invite["id"]]
    assert found(patient=str(people["una"].pk)) == [invite["id"]]
    assert found(status="revoked") == found(search="okafor") == []
    states = {
        row["first_name"]: row["invite_state"]
        for row in ada.get("/api/v1/patients").json()["results"]
    }
    assert states == {"Una": "pending", "Kit": "none", "Abe": "none", "Pat": "accepted"}
    pending = ada.get("/api/v1/patients", {"invite_state": "pending"}).json()["results"]
    assert [row["first_name"] for row in pending] == ["Una"]


def test_inviting_works_at_the_address_without_a_version(client_of, people):
    moved = client_of("priya").post("/api/generate_invite", follow=False)
    assert (moved.status_code, moved["Location"]) == (308, "/api/v1/generate_invite")


def test_a_deleted_patient_takes_the_invites_along(client_of, people, invite, alpha):
    path = f"/api/v1/patients/{people['una'].pk}"
    assert client_of("ada").delete(path).status_code == 204
    with tenant_context(alpha):
        assert not Invite.objects.exists()
        assert not Patient.objects.filter(pk=people["una"].pk).exists()
