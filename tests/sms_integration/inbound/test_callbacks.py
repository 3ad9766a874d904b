"""What Twilio says became of our messages: late, twice, out of order, of others."""

import logging

import pytest
from django_tenants.utils import tenant_context

from sms_integration.models import Message, Suppression
from sms_integration.services.conversing import conversation_of
from tests.sms_integration.inbound.conftest import BROADCAST_TOKEN, OURS, UNAS, gateway
from tests.sms_integration.stand_ins.twilio_calls import message_sid

SENT = message_sid()


def outbound(by, **more):
    return Message.objects.create(
        conversation=conversation_of(phone=UNAS, patient=None),
        direction="outbound",
        body="See you on Monday",
        sender=OURS,
        recipient=UNAS,
        gateway=by,
        provider=by.provider,
        **{"status": "sent", "provider_message_id": SENT, **more},
    )


@pytest.fixture
def message(twilio, in_alpha):
    return outbound(twilio)


@pytest.fixture
def say(twilio, account, client_of, message):
    """Call as Twilio does; return the answer's status and the message's afterwards."""
    client = client_of(None, host="alpha")

    def call(word, *, sid=SENT, about=message, host=None, **more):
        path = f"/sms/{twilio.pk}/status/{about.pk}"
        answer = account.post(client, path, account.status(sid=sid, word=word, **more))
        with tenant_context(twilio_clinic()):
            return answer.status_code, Message.objects.get(pk=about.pk).status

    return call


def twilio_clinic():
    from accounts.models import Account

    return Account.objects.get(schema_name="alpha")


def test_statuses_go_forward_only(say):
    assert say("queued") == (200, "sent")
    assert say("delivered") == (200, "delivered")
    assert [say(word) for word in ("sent", "delivered", "undelivered", "failed")] == [
        (200, "delivered")
    ] * 4
    assert say("read") == (200, "read")


def test_a_word_that_nobody_knows_is_no_fault(say, caplog):
    caplog.set_level(logging.INFO)
    assert say("teleported") == (200, "sent")
    assert "teleported" not in caplog.text
    assert "a word that is not known here" in caplog.text


def test_a_call_that_is_faster_than_the_answer_to_our_sending(say, twilio):
    early = outbound(twilio, status="sending", provider_message_id="")
    sid = message_sid()
    assert say("sent", sid=sid, about=early) == (200, "sent")
    early.refresh_from_db()
    assert early.provider_message_id == sid


def test_a_call_about_another_attempt_changes_nothing(say, message, twilio):
    assert say("failed", sid=message_sid()) == (200, "sent")
    early = outbound(twilio, status="sending", provider_message_id="")
    assert say("delivered", sid=SENT, about=early) == (200, "sending")
    again = outbound(twilio, status="queued", provider_message_id="")  # people send it once more
    assert say("delivered", sid=message_sid(), about=again) == (200, "queued")
    again.refresh_from_db()
    message.refresh_from_db()
    assert again.provider_message_id == ""
    assert (message.status, message.provider_message_id) == ("sent", SENT)


def test_who_opted_out_at_twilio_has_opted_out_here(say):
    assert say("undelivered", error="30003") == (200, "undelivered")
    assert Suppression.objects.count() == 0
    assert [say("failed", error="21610") for _ in range(2)] == [(200, "undelivered")] * 2
    row = Suppression.objects.get()
    assert (str(row.phone), row.reason) == (UNAS, "gateway")


def test_messages_of_others_are_not_found(say, twilio, in_alpha):
    other = outbound(gateway("twilio", "Other"), provider_message_id="")
    assert say("delivered", about=other) == (404, "sent")
    incoming = Message.objects.create(
        conversation=other.conversation,
        direction="inbound",
        status="received",
        gateway=twilio,
    )
    assert say("delivered", about=incoming) == (404, "received")
    assert say("delivered") == (200, "delivered")


@pytest.mark.parametrize("tampering", [{"token": "guess"}, {"signed": [("a", "b")]}])
def test_unsigned_statuses_change_nothing(tampering, say, twilio, account, client_of, message):
    path, fields = f"/sms/{twilio.pk}/status/{message.pk}", account.status(sid=SENT, word="failed")
    answer = account.post(client_of(None, host="alpha"), path, fields, **tampering)
    message.refresh_from_db()
    assert (answer.status_code, message.status) == (403, "sent")


def test_receipts_of_sms_broadcast(in_alpha, client_of):
    by = gateway("sms_broadcast", "Second", webhook_token=BROADCAST_TOKEN)
    known = outbound(by, provider_message_id="77")
    early = outbound(by, provider_message_id="", status="sending")
    client, path = client_of(None, host="alpha"), f"/sms/{by.pk}/status"

    def call(**fields):
        return client.get(path, {"token": BROADCAST_TOKEN, **fields}).status_code

    assert call(smsref="77", status="Delivered", to="61491570006") == 200
    assert call(smsref="78", ref=early.pk.hex[-20:], status="Failed") == 200
    assert call(smsref="79", ref="0" * 20, status="Failed") == 404
    assert call(status="Delivered") == 404
    assert client.get(path, {"smsref": "77", "status": "Failed"}).status_code == 403
    known.refresh_from_db()
    early.refresh_from_db()
    assert (known.status, early.status) == ("delivered", "undelivered")
    assert early.provider_message_id == "78"
