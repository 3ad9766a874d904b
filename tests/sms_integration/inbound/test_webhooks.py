"""Gateways' calls: the good ones are kept, the hostile ones are refused and logged without content."""

import logging

import pytest
from django.conf import settings as django_settings
from django_tenants.utils import tenant_context

from sms_integration.models import Conversation, Message
from tests.sms_integration.inbound.conftest import (
    BROADCAST_TOKEN,
    OURS,
    SID,
    TOKEN,
    UNAS,
    gateway,
)
from tests.sms_integration.stand_ins.twilio_calls import FORM, TwilioAccount, message_sid

TEXT = "My knee hurts at night"


class Clock:
    """A clock that stands still until a test moves it, for what is counted by the minute."""

    now = 1_795_000_000.0

    def time(self):
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    stopped = Clock()
    monkeypatch.setattr("sms_integration.webhooks.time", stopped)
    monkeypatch.setattr("sms_integration.gateways.sms_broadcast.receiver.time", stopped)
    return stopped


def kept(account):
    with tenant_context(account):
        return list(Message.objects.order_by("id"))


def test_a_signed_message_is_kept_and_answered(inbound, una, alpha, twilio):
    answer = inbound(body=TEXT)
    assert (answer.status_code, answer.content) == (200, b"<Response></Response>")
    assert answer["Content-Type"].startswith("text/xml")
    assert not answer.cookies
    (message,) = kept(alpha)
    with tenant_context(alpha):
        assert (message.body, message.sender, message.recipient) == (TEXT, UNAS, OURS)
        assert (message.direction, message.status) == ("inbound", "received")
        assert (message.provider, message.gateway_id) == ("twilio", twilio.pk)
        assert message.patient_id == una.pk
        talk = Conversation.objects.get()
        assert (talk.patient_id, talk.unread_count) == (una.pk, 1)
        assert talk.last_message_at == message.occurred_at


def test_the_same_message_again_is_the_same_message(inbound, una, alpha):
    sid = message_sid()
    answers = [inbound(body=TEXT, sid=sid) for _ in range(3)]
    assert [(one.status_code, one.content) for one in answers] == [
        (200, b"<Response></Response>")
    ] * 3
    assert [one.provider_message_id for one in kept(alpha)] == [sid]
    with tenant_context(alpha):
        assert Conversation.objects.get().unread_count == 1


class Exploding:
    def read(self, *_):
        raise AssertionError("the body was read")

    readline = __iter__ = read


def swapped(fields, **values):
    return [(name, values.get(name, value)) for name, value in fields]


def announcing(length):
    return {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": length}


def hostile(name, account, client, path):
    """Send one bad call, and return its answer."""
    good = account.message(sender=UNAS, to=OURS, body=TEXT)

    def post(fields, **options):
        return account.post(client, path, fields, **options)

    shifted = [one for one in good if one[0] not in {"MessageSid", "NumMedia", "NumSegments"}]
    sid = dict(good)["MessageSid"]
    calls = {
        "unsigned": lambda: post(good, headers={"X-Twilio-Signature": ""}),
        "wrong token": lambda: post(good, token="another-token"),
        "tampered": lambda: post(swapped(good, Body="Send me your card"), signed=good),
        "extra field": lambda: post([*good, ("MediaUrl0", "https://foreign.test/x")], signed=good),
        "field gone": lambda: post([one for one in good if one[0] != "FromZip"], signed=good[:-1]),
        "field twice": lambda: post([*good, ("Body", "And another")]),
        "other account": lambda: post(swapped(good, AccountSid="AC" + "9" * 32)),
        "not our number": lambda: post(swapped(good, To="+61480000009")),
        # Signed as MessageSid=…, NumMedia=0, NumSegments=1 would be: the same characters.
        "shifted": lambda: post(
            [*shifted, ("MessageSid", sid + "NumMedia0NumSegments1")], signed=good
        ),
        "no message": lambda: post(swapped(good, MessageSid="")),
        "GET": lambda: client.get(path),
        "HEAD": lambda: client.head(path),
        "JSON": lambda: client.post(path, "{}", content_type="application/json"),
        "a file": lambda: client.post(path, {"Body": TEXT}),
        "too long": lambda: client.generic(
            "POST", path, b"", FORM, **{"wsgi.input": Exploding()}, **announcing("65537")
        ),
        "no length": lambda: client.generic("POST", path, b"", FORM, **announcing("")),
        "much too long": lambda: client.generic("POST", path, b"", FORM, **announcing("9" * 18)),
        "bad UTF-8": lambda: client.post(
            path, b"Body=%ff%fe&From=%2b61", FORM, headers={"X-Twilio-Signature": "x"}
        ),
        "other charset": lambda: client.post(path, b"Body=%e4", f"{FORM}; charset=utf-7"),
        "many fields": lambda: post([*good, *((f"f{n}", "") for n in range(1100))]),
    }
    return calls[name]()


HOSTILE = {
    "unsigned": (403, "unsigned"),
    "wrong token": (403, "wrong_signature"),
    "tampered": (403, "wrong_signature"),
    "extra field": (403, "wrong_signature"),
    "field gone": (403, "wrong_signature"),
    "field twice": (403, "field_twice"),
    "other account": (403, "foreign_account"),
    "not our number": (403, "foreign_number"),
    "shifted": (400, "no_message"),
    "no message": (400, "no_message"),
    "JSON": (415, "unsupported_media_type"),
    "a file": (415, "unsupported_media_type"),
    "too long": (413, "request_entity_too_large"),
    "no length": (411, "length_required"),
    "much too long": (413, "too_large"),
    "bad UTF-8": (403, "wrong_signature"),
    "other charset": (403, "unsigned"),
    "many fields": (400, "TooManyFieldsSent"),
    "GET": (405, "method_not_allowed"),
    "HEAD": (405, "method_not_allowed"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_calls_leave_nothing_but_a_line(
    name, twilio, una, account, client_of, alpha, caplog
):
    caplog.set_level(logging.DEBUG)
    client, path = client_of(None, host="alpha"), f"/sms/{twilio.pk}/inbound"
    answer = hostile(name, account, client, path)
    status, code = HOSTILE[name]
    assert answer.status_code == status
    assert kept(alpha) == []
    ours = [one.getMessage() for one in caplog.records if one.name == "sms_integration.webhooks"]
    if name not in {"much too long", "HEAD"}:
        assert ours == [f"Gateway {twilio.pk}: a call was refused: {code}"]
    assert UNAS[1:] not in caplog.text
    assert TEXT not in caplog.text
    good = account.message(sender=UNAS, to=OURS, body=TEXT)
    assert account.post(client, path, good).status_code == 200
    assert len(kept(alpha)) == 1


def test_a_gateway_is_known_at_its_own_clinic_only(twilio, account, client_of, alpha, beta, una):
    fields = account.message(sender=UNAS, to=OURS)
    there = TwilioAccount(SID, TOKEN, "http://beta.localhost")
    path = f"/sms/{twilio.pk}/inbound"
    assert there.post(client_of(None, host="beta"), path, fields).status_code == 404
    assert (kept(alpha), kept(beta)) == ([], [])
    assert account.post(client_of(None, host="alpha"), path, fields).status_code == 200


PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


@pytest.mark.parametrize(
    ("written", "proxies", "headers", "status"),
    [
        ("http://alpha.localhost", 0, {}, 200),
        ("http://alpha.localhost:80", 0, {}, 200),
        ("https://alpha.localhost", 1, PROXIED, 200),
        ("https://alpha.localhost:443", 1, PROXIED, 200),
        ("https://alpha.localhost:8443", 1, {**PROXIED, "X-Forwarded-Port": "8443"}, 200),
        ("https://alpha.localhost:8443", 0, {**PROXIED, "X-Forwarded-Port": "8443"}, 403),
        ("https://alpha.localhost", 0, PROXIED, 403),
        ("http://beta.localhost", 0, {}, 403),
    ],
)
def test_the_signature_is_over_the_public_address(
    written, proxies, headers, status, inbound, account, una, settings
):
    settings.HTTPS = False
    settings.TRUSTED_PROXY_COUNT = proxies
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxies else None
    account.host = written
    assert inbound(post={"headers": headers}).status_code == status


def test_a_flood_is_slowed_down_and_signed_calls_are_not(inbound, alpha, una, caplog, clock):
    caplog.set_level(logging.WARNING, "sms_integration")
    answers = [inbound(post={"token": "guess"}).status_code for _ in range(33)]
    assert answers == [403] * 30 + [429] * 3
    assert len([one for one in caplog.records if one.name == "sms_integration.webhooks"]) == 30
    assert [inbound().status_code for _ in range(2)] == [200, 200]
    assert len(kept(alpha)) == 2
    clock.now += 60
    assert inbound(post={"token": "guess"}).status_code == 403


# --- SMS Broadcast --------------------------------------------------------------------------------


@pytest.fixture
def broadcast(alpha):
    with tenant_context(alpha):
        return gateway("sms_broadcast", "Second", webhook_token=BROADCAST_TOKEN)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sms_broadcast_is_known_by_its_token(method, broadcast, client_of, alpha, una, clock):
    client, path = client_of(None, host="alpha"), f"/sms/{broadcast.pk}/inbound"
    fields = {"to": "61480000001", "from": "61491570006", "message": TEXT, "smsref": "77"}

    def call(query):
        if method == "GET":
            return client.get(path + query, {**dict([query[1:].split("=")]), **fields})
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        return client.post(path + query, body, content_type=FORM)

    assert call("?token=wrong").status_code == 403
    assert call("?other=1").status_code == 403
    assert kept(alpha) == []
    assert [call(f"?token={BROADCAST_TOKEN}").status_code for _ in range(2)] == [200, 200]
    (message,) = kept(alpha)
    assert (message.sender, message.body, message.patient_id) == (UNAS, TEXT, una.pk)
    clock.now += 60
    assert call(f"?token={BROADCAST_TOKEN}").status_code == 200
    assert len(kept(alpha)) == 2  # said once more


@pytest.mark.parametrize("token", ["", "short"])
def test_without_a_long_token_nothing_opens(token, alpha, client_of):
    with tenant_context(alpha):
        row = gateway("sms_broadcast", "Second", webhook_token=token)
    client = client_of(None, host="alpha")
    sent = {"token": token, "from": "61491570006", "message": TEXT}
    assert client.get(f"/sms/{row.pk}/inbound", sent).status_code == 403
    assert kept(alpha) == []


def test_nobody_calls_the_console(alpha, client_of):
    with tenant_context(alpha):
        row = gateway("console", "Demo")
    client = client_of(None, host="alpha")
    answer = client.post(f"/sms/{row.pk}/inbound", "From=61491570006", content_type=FORM)
    assert (answer.status_code, kept(alpha)) == (403, [])
    assert django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS < 1100
