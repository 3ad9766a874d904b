"""Gateways: secrets, senders, one active; the page on which they are connected."""

import json

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse
from django_tenants.utils import tenant_context

from accounts.errors import NotPermittedError, ProblemError
from sms_integration.errors import GatewayCheckError
from sms_integration.gateways.clients import credentials_of
from sms_integration.models import Gateway
from sms_integration.services.gateways import check_gateway, save_gateway
from tests.conftest import member
from tests.sms_integration.conftest import SENDER, make_gateway
from tests.sms_integration.stand_ins.twilio import SID, TOKEN, Refuse

WRONG = {  # what is said → the field that is named
    "no company": ({"provider": "pigeon"}, "provider"),
    "no sender": ({"sender": ""}, "sender"),
    "a long name": ({"sender": "ALongClinicName"}, "sender"),
    "a name with a dot": ({"sender": "Dr.Ash"}, "sender"),
    "no number": ({"sender": "123"}, "sender"),
    "no token": ({"credentials": {"account_sid": SID}}, "auth_token"),
    "no SID": ({"credentials": {"account_sid": "AC1", "auth_token": TOKEN}}, "account_sid"),
    "two lines": ({"provider": "sms_broadcast",
                   "credentials": {"username": "a\nb", "password": "c"}}, "username"),
    "another's secret": ({"credentials": {"username": "a"}}, "credentials"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "field"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_nothing_is_kept(in_alpha, change, field):
    right = {
        "membership": member("ada"),
        "name": "Main",
        "provider": "twilio",
        "sender": SENDER,
        "credentials": {"account_sid": SID, "auth_token": TOKEN},
    }
    with pytest.raises(ProblemError) as caught:
        save_gateway(**{**right, **change})
    assert caught.value.field == field
    assert TOKEN not in caught.value.detail
    assert not Gateway.objects.exists()
    assert save_gateway(**right).sender == SENDER


def test_secrets_are_encrypted_kept_when_left_empty_and_in_no_history(in_alpha):
    gateway = make_gateway("twilio")
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM sms_integration_gateway")
        (stored,) = cursor.fetchone()
        cursor.execute("SELECT row_to_json(e)::text FROM sms_integration_gatewayevent e")
        history = " ".join(text for (text,) in cursor.fetchall())
    assert TOKEN not in stored
    assert history
    assert TOKEN not in history
    assert "credentials" not in history
    changed = save_gateway(
        membership=member("ada"),
        gateway=gateway,
        name="Renamed",
        provider="twilio",
        sender="0400 111 222",
        credentials={"account_sid": "", "auth_token": "0" * 32},
    )
    assert credentials_of(changed) == {"account_sid": SID, "auth_token": "0" * 32}
    assert (changed.sender, changed.is_active) == (SENDER, False)
    more = {"membership": member("ada"), "gateway": gateway, "name": "R", "provider": "twilio"}
    more["sender"] = SENDER
    for numbers, kept in (("+61400111333, +61400111444", True), ("", False)):
        saved = save_gateway(**more, credentials={"numbers": numbers})
        assert ("numbers" in credentials_of(saved)) == kept
        assert credentials_of(saved)["auth_token"] == "0" * 32
    with pytest.raises(ProblemError, match="commas"):
        save_gateway(**more, credentials={"numbers": "one, two"})


def test_one_gateway_is_active(in_alpha):
    first, second = make_gateway("twilio"), make_gateway("console", sender="Alpha")
    first.refresh_from_db()
    assert (first.is_active, second.is_active) == (False, True)


def test_one_without_signatures_gets_a_secret_of_its_own(in_alpha):
    gateway = make_gateway("sms_broadcast")
    token = credentials_of(gateway)["webhook_token"]
    assert len(token) >= 43
    same = save_gateway(
        membership=member("ada"),
        gateway=gateway,
        name="sms",
        provider="sms_broadcast",
        sender="Alpha",
        credentials={"webhook_token": ""},
    )
    assert credentials_of(same)["webhook_token"] == token
    again = make_gateway("sms_broadcast", name="other")
    assert credentials_of(again)["webhook_token"] != token


@pytest.mark.parametrize("who", ["priya", "rex", "dev", "pat"])
def test_only_administrators_connect(in_alpha, who, twilio_server):
    gateway = make_gateway("twilio")
    with pytest.raises(NotPermittedError):
        save_gateway(membership=member(who), name="Mine", provider="console", sender="Mine")
    with pytest.raises(NotPermittedError):
        check_gateway(membership=member(who), gateway=gateway)


def test_a_gateway_is_tried_without_sending(in_alpha, twilio_server, sms_broadcast_server):
    ada = member("ada")
    for provider in ("twilio", "sms_broadcast", "console"):
        check_gateway(membership=ada, gateway=make_gateway(provider, name=f"{provider} right"))
    wrong = [
        make_gateway("twilio", auth_token="0" * 32, name="w1"),
        make_gateway("sms_broadcast", password="no", name="w2"),
    ]
    for gateway in wrong:
        with pytest.raises(GatewayCheckError):
            check_gateway(membership=ada, gateway=gateway)
    twilio_server.account_status = "suspended"
    with pytest.raises(GatewayCheckError, match="not active"):
        check_gateway(membership=ada, gateway=Gateway.objects.get(name="twilio right"))
    assert {method for method, *_ in twilio_server.requests} == {"GET"}
    assert sms_broadcast_server.taken == []
    assert Refuse(401, 20003).code == 20003


def test_it_is_connected_on_a_page_that_never_shows_a_secret(client_of, alpha, twilio_server):
    ada, add = client_of("ada"), reverse("admin:sms_integration_gateway_add")
    form = {"name": "Main", "provider": "twilio", "sender": "Clinic 1", "is_active": "on"}
    shown = ada.post(add, {**form, "sender": "Dr.Ash", "auth_token": TOKEN, "account_sid": SID})
    assert shown.status_code == 200
    assert "11 letters" in shown.content.decode()
    assert TOKEN not in shown.content.decode()
    made = ada.post(add, {**form, "auth_token": TOKEN, "account_sid": SID})
    assert made.status_code == 302, made.content.decode()[:3000]
    with tenant_context(alpha):
        gateway = Gateway.objects.get()
        assert (gateway.sender, gateway.is_active) == ("Clinic1", True)
        assert credentials_of(gateway)["auth_token"] == TOKEN
    page = reverse("admin:sms_integration_gateway_change", args=[gateway.pk])
    text = ada.get(page).content.decode()
    assert TOKEN not in text
    assert SID not in text
    assert "leave it empty" in text
    assert f"http://alpha.localhost/sms/{gateway.pk}/inbound" in text
    saved = ada.post(page, {**form, "name": "Renamed"})
    assert saved.status_code == 302
    with tenant_context(alpha):
        gateway.refresh_from_db()
        assert (gateway.name, credentials_of(gateway)["auth_token"]) == ("Renamed", TOKEN)
    check = reverse("admin:sms_integration_gateway_check_account", args=[gateway.pk])
    asked = ada.get(check)
    assert twilio_server.requests == [], "a GET asks nobody"
    done = ada.post(check, {"_seen": asked.context["seen"]})
    assert [str(one) for one in get_messages(done.wsgi_request)][-1:] == [
        "The company takes these credentials."
    ]
    assert json.dumps(twilio_server.requests).count("GET") == 1
