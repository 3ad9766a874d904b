"""What came in while nobody here answered is asked for afterwards."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError
from django.utils import timezone

from sms_integration import tasks
from sms_integration.gateways.twilio.client import TwilioClient
from sms_integration.models import Conversation, InboundMedia, Message
from sms_integration.services import catching_up
from sms_integration.services.catching_up import catch_up
from sms_integration.services.suppressing import is_suppressed
from tests.sms_integration.inbound.conftest import OURS, SID, STRANGERS, TOKEN, UNAS, gateway
from tests.sms_integration.stand_ins.twilio_calls import message_sid
from tests.sms_integration.stand_ins.twilio_lists import TwilioLists


@pytest.fixture
def twilio_has(monkeypatch):
    with TwilioLists(SID, TOKEN) as server:
        monkeypatch.setattr(TwilioClient, "base_url", server.url)
        yield server


def ago(**time):
    return (datetime.now(UTC) - timedelta(**time)).replace(microsecond=0)


def test_what_was_missed_comes_in_once(in_alpha, twilio, una, inbound, twilio_has):
    known, sids = message_sid(), [message_sid() for _ in range(5)]
    twilio_has.add(known, sender=UNAS, to=OURS, body="Known", at=ago(hours=9))
    for number, sid in enumerate(sids):
        files = ["image/jpeg", "image/png"] if number == 1 else []
        body, at = f"Missed {number}", ago(hours=8 - number)
        twilio_has.add(sid, sender=UNAS, to=OURS, body=body, at=at, files=files)
    twilio_has.add(message_sid(), sender=OURS, to=OURS, at=ago(hours=1), direction="outbound-api")
    twilio_has.add(message_sid(), sender=UNAS, to=OURS, at=ago(hours=1), status="receiving")
    twilio_has.add(message_sid(), sender=UNAS, to="+61480000077", at=ago(hours=1))
    twilio_has.add(message_sid(), sender=UNAS, to=OURS, at=ago(days=5))
    inbound(sid=known)
    assert catch_up() == (5, 0)
    assert catch_up() == (0, 0)
    missed = Message.objects.exclude(provider_message_id=known).order_by("occurred_at")
    assert [one.provider_message_id for one in missed] == sids
    assert {one.patient_id for one in missed} == {una.pk}
    assert missed[0].occurred_at == parsed(twilio_has, sids[0])
    talk = Conversation.objects.get()
    assert talk.unread_count == 6
    assert talk.last_message_at == Message.objects.get(provider_message_id=known).occurred_at
    files = [(one.url, one.declared_type) for one in InboundMedia.objects.order_by("ordinal")]
    place = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/{sids[1]}/Media/ME"
    assert files == [(f"{place}{0:032x}", "image/jpeg"), (f"{place}{1:032x}", "image/png")]
    inbound(sid=sids[0])  # the call comes after all
    assert Message.objects.count() == 6


def parsed(server, sid):
    (found,) = [one for one in server.messages if one["sid"] == sid]
    return datetime.strptime(found["date_created"], "%a, %d %b %Y %H:%M:%S %z")


def test_an_old_stop_counts_unless_something_was_said_since(
    in_alpha, twilio, una, inbound, twilio_has
):
    twilio_has.add(message_sid(), sender=UNAS, to=OURS, body="STOP", at=ago(hours=2))
    twilio_has.add(message_sid(), sender=STRANGERS, to=OURS, body="STOP", at=ago(hours=2))
    inbound(body="START")
    assert catch_up() == (2, 0)
    assert (is_suppressed(UNAS), is_suppressed(STRANGERS)) == (False, True)


def test_a_gateway_that_cannot_be_asked_stops_no_other(in_alpha, twilio, una, twilio_has, caplog):
    gateway("twilio", "Another", account_sid=SID, auth_token="wrong")
    gateway("console", "Demo")
    twilio_has.add(message_sid(), sender=UNAS, to=OURS, body="Private", at=ago(hours=2))
    out = StringIO()
    with pytest.raises(CommandError, match="1 gateways or messages failed"):
        call_command("fetch_missed_messages", tenant="alpha", days=1, stdout=out)
    assert out.getvalue() == "1 missed messages came in.\n"
    assert UNAS[1:] not in caplog.text
    assert "Private" not in caplog.text
    twilio_has.status = 500
    assert catch_up(since=timezone.now()) == (0, 2)
    assert tasks.catch_up() == 0
    for bad in ({"days": 0}, {"tenant": "nowhere"}):
        with pytest.raises(CommandError):
            call_command("fetch_missed_messages", **{"tenant": "alpha", **bad})


@pytest.mark.logs_errors
def test_a_message_that_cannot_be_kept_stops_no_other(
    in_alpha, twilio, una, twilio_has, caplog, monkeypatch
):
    bad, good = message_sid(), message_sid()
    twilio_has.add(bad, sender=UNAS, to=OURS, body="Private", at=ago(hours=3))
    twilio_has.add(good, sender=UNAS, to=OURS, body="Private", at=ago(hours=2))
    real = catching_up.receive_message

    def receive(*, gateway, inbound):
        if inbound.provider_message_id == bad:
            raise DataError("value too long: Private")
        return real(gateway=gateway, inbound=inbound)

    with monkeypatch.context() as patched:
        patched.setattr(catching_up, "receive_message", receive)
        assert catch_up() == (1, 1)
    assert [one.provider_message_id for one in Message.objects.all()] == [good]
    assert "a message is not kept: DataError" in caplog.text
    assert "Private" not in caplog.text
    assert catch_up() == (1, 0)
