"""From a row that waits to the gateway, once, whatever fails on the way."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from sms_integration.gateways.twilio.client import TwilioClient
from sms_integration.models import Message, Suppression
from sms_integration.services import delivering, sending
from sms_integration.services.delivering import LEASE, deliver_message
from sms_integration.services.sending import draft_message, send_message, write_message
from sms_integration.services.settling import cancel_message, settle_message
from sms_integration.services.suppressing import suppress
from sms_integration.tasks import sweep_outbound
from tests.sms_integration.conftest import SENDER, UNA, make_gateway
from tests.sms_integration.stand_ins.twilio import TOKEN, Garbage, HangUp, Refuse

TEXT = "Your brace is ready, Una."


def written(clinic, body=TEXT, **more):
    return write_message(membership=clinic.priya, patient_id=clinic.una.pk, body=body, **more)


def later(message):
    """Let the time come that the message waits for."""
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())


def delivered(message):
    deliver_message(message.pk)
    message.refresh_from_db()
    return message


def test_a_message_is_handed_over_once(over_twilio):
    message = delivered(written(over_twilio))
    assert (message.status, message.error_code, message.due_at) == ("sent", "", None)
    (method, _, form), *rest = over_twilio.twilio.requests
    assert (method, rest) == ("POST", [])
    assert form == {
        "To": [UNA],
        "From": [SENDER],
        "Body": [TEXT],
        "StatusCallback": [
            f"http://alpha.localhost/sms/{over_twilio.gateway.pk}/status/{message.pk}"
        ],
    }
    assert message.provider_message_id == over_twilio.twilio.messages[0]["sid"]
    assert message.conversation.last_message_at == message.occurred_at
    assert not deliver_message(message.pk)
    assert len(over_twilio.twilio.messages) == 1


REFUSALS = {  # what Twilio answers: status, code, least seconds until the next attempt
    "the number is none": (Refuse(400, 21211), "failed", "21211", None),
    "the credentials are wrong": (Refuse(401, 20003), "failed", "20003", None),
    "they opted out": (Refuse(400, 21610), "failed", "opted_out", None),
    "too many requests": (Refuse(429, 20429, Retry_After="120"), "queued", "20429", 121),
    "away": (Refuse(503, 20503), "queued", "20503", 1),
    "broken": (Refuse(500, 20500), "sending", "20500", 50),
    "something in between": (Garbage(502), "sending", "502", 50),
    "a page for a message": (Garbage(201, taken=True), "sending", "bad_answer", 50),
    "it hung up": (HangUp(taken=False), "sending", "broken_off", 50),
}


@pytest.mark.parametrize(("plan", "status", "code", "wait"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_gateway_answers_decides_what_follows(over_twilio, plan, status, code, wait):
    over_twilio.twilio.plans = [plan]
    before, message = timezone.now(), delivered(written(over_twilio))
    assert (message.status, message.error_code) == (status, code)
    assert Suppression.objects.filter(phone=UNA, reason="gateway").exists() == (code == "opted_out")
    for secret in (UNA, TEXT, UNA[3:]):
        assert secret not in message.error
    if wait is None:
        assert message.due_at is None
    else:
        assert message.due_at >= before + timedelta(seconds=wait)
        assert not deliver_message(message.pk), "it is not due yet"


@pytest.mark.parametrize(
    "plan", [HangUp(taken=True), HangUp(taken=False), Garbage(502, taken=True)]
)
def test_one_whose_answer_was_lost_is_looked_for_and_sent_once(over_twilio, plan):
    """The same text went to the same number before; that one is not taken for this."""
    delivered(written(over_twilio))
    over_twilio.twilio.plans = [plan]
    message = delivered(written(over_twilio))
    assert message.status == "sending"
    later(message)
    deliver_message(message.pk)
    message.refresh_from_db()
    if not plan.taken:
        assert message.status == "queued"
        deliver_message(message.pk)
        message.refresh_from_db()
    assert message.status == "sent"
    sids = [one["sid"] for one in over_twilio.twilio.messages]
    assert len(sids) == 2
    assert message.provider_message_id == sids[1]


def test_while_the_gateway_cannot_be_asked_the_message_waits(over_twilio):
    over_twilio.twilio.plans = [HangUp(taken=True), Refuse(503, 20503)]
    message = delivered(written(over_twilio))
    later(message)
    assert delivered(message).status == "sending"
    assert message.due_at > timezone.now()
    later(message)
    assert delivered(message).status == "sent"


def test_an_answer_that_drips_is_given_up_before_the_lease_ends(over_twilio, monkeypatch):
    clock = iter((0.0, 91.0))
    with monkeypatch.context() as patch:
        patch.setattr("sms_integration.gateways.http.monotonic", lambda: next(clock))
        message = delivered(written(over_twilio))
    assert (message.status, message.error_code) == ("sending", "broken_off")
    later(message)
    assert delivered(message).status == "sent"
    assert len(over_twilio.twilio.messages) == 1


def test_after_a_day_of_that_people_are_asked(over_twilio):
    over_twilio.twilio.plans = [HangUp(taken=True), Refuse(503, 20503)]
    message = delivered(written(over_twilio))
    long_ago = timezone.now() - timedelta(days=2)
    Message.objects.filter(pk=message.pk).update(occurred_at=long_ago, due_at=long_ago)
    assert delivered(message).status == "unclear"
    settled = settle_message(membership=over_twilio.priya, message=message, was_sent=True)
    assert (settled.status, settled.due_at) == ("sent", None)
    assert len(over_twilio.twilio.messages) == 1


def test_a_gateway_that_is_away_is_tried_six_times(over_twilio, monkeypatch):
    monkeypatch.setattr(TwilioClient, "base_url", "http://127.0.0.1:1")
    message, waits = delivered(written(over_twilio)), []
    while message.status == "queued":
        assert message.error_code == "unreachable"
        waits.append(message.due_at - timezone.now())
        later(message)
        delivered(message)
    assert (message.status, message.attempts, len(waits)) == ("failed", 6, 5)
    assert max(waits) <= timedelta(seconds=delivering.FIRST_WAIT * 2**4)


class DiedError(BaseException):
    """Stands for the end of the process: nothing may catch it."""


def die(*_, **__):
    raise DiedError


@pytest.mark.parametrize("step", ["make_links", "client_for", "note_message", "_note_accepted"])
def test_it_dies_between_two_steps_and_is_sent_once(over_twilio, monkeypatch, step):
    message = written(over_twilio)
    with monkeypatch.context() as patch:
        patch.setattr(delivering, step, die)
        with pytest.raises(DiedError):
            deliver_message(message.pk)
    message.refresh_from_db()
    if step != "_note_accepted":  # nothing was committed
        assert (message.status, message.attempts) == ("queued", 0)
    else:
        assert message.status == "sending"
        assert message.due_at > timezone.now() + LEASE / 2
        assert not deliver_message(message.pk), "the lease may be somebody's"
        later(message)
    assert delivered(message).status == "sent"
    assert len(over_twilio.twilio.messages) == 1


def test_it_dies_before_the_gateway_hears_of_it(over_twilio, monkeypatch):
    message = written(over_twilio)
    with monkeypatch.context() as patch:
        patch.setattr(TwilioClient, "send", die)
        with pytest.raises(DiedError):
            deliver_message(message.pk)
    later(message)
    assert delivered(message).status == "queued"
    assert delivered(message).status == "sent"
    assert len(over_twilio.twilio.messages) == 1


def test_a_worker_that_was_slow_notes_what_is_true(over_twilio, monkeypatch):
    """Its lease is over and people have settled it, when the gateway's answer comes."""
    message, send = written(over_twilio), TwilioClient.send

    def slowly(client, outgoing):
        accepted = send(client, outgoing)
        Message.objects.filter(pk=message.pk).update(status="queued", due_at=timezone.now())
        return accepted

    monkeypatch.setattr(TwilioClient, "send", slowly)
    assert delivered(message).status == "sent"
    assert not deliver_message(message.pk)


def test_who_opts_out_in_between_gets_nothing(over_twilio):
    message = written(over_twilio)
    suppress(phone=UNA, reason="stop")
    assert delivered(message).status == "failed"
    assert (message.error_code, over_twilio.twilio.requests) == ("opted_out", [])


def test_a_cancelled_message_is_not_sent(over_twilio):
    message = cancel_message(membership=over_twilio.priya, message=written(over_twilio))
    assert not deliver_message(message.pk)
    assert over_twilio.twilio.requests == []


@pytest.mark.parametrize("status", ["archived", "deceased", "active"])
def test_a_scheduled_message_looks_at_the_patient_again(over_twilio, status):
    message = written(over_twilio, scheduled_at=timezone.now() + timedelta(days=3))
    assert (message.status, deliver_message(message.pk)) == ("scheduled", False)
    over_twilio.una.status = status
    over_twilio.una.save()
    later(message)
    delivered(message)
    if status == "active":
        assert message.status == "sent"
    else:
        assert (message.status, message.error_code) == ("canceled", f"patient_{status}")
    assert len(over_twilio.twilio.messages) == (status == "active")


def test_the_sweep_takes_what_is_due_and_one_that_breaks_stops_no_other(
    over_twilio, monkeypatch, caplog
):
    first, second = written(over_twilio), written(over_twilio, body="Second")
    later_one = written(over_twilio, scheduled_at=timezone.now() + timedelta(hours=1))
    assert sweep_outbound() == 2
    assert sweep_outbound() == 0
    states = [Message.objects.get(pk=one.pk).status for one in (first, second, later_one)]
    assert states == ["sent", "sent", "scheduled"]


@pytest.mark.logs_errors
def test_one_that_breaks_stops_no_other(over_twilio, monkeypatch, caplog):
    broken, fine = written(over_twilio), written(over_twilio, body="Second")
    take = delivering._take

    def breaks(message_id):
        if message_id == broken.pk:
            raise ValueError(f"{TEXT} {UNA}")
        return take(message_id)

    monkeypatch.setattr(delivering, "_take", breaks)
    assert sweep_outbound() == 2
    fine.refresh_from_db()
    assert fine.status == "sent"
    assert "ValueError" in caplog.text
    assert TEXT not in caplog.text


def test_a_message_of_a_gateway_that_was_left_goes_over_the_new_one(
    over_twilio, sms_broadcast_server
):
    message = written(over_twilio)
    make_gateway("sms_broadcast", sender="Alpha")
    assert delivered(message).status == "sent"
    assert (message.provider, message.sender) == ("sms_broadcast", "Alpha")
    assert over_twilio.twilio.requests == []
    (form,) = sms_broadcast_server.taken
    assert form["to"] == UNA[1:]
    assert form["message"] == TEXT
    assert message.id.hex.endswith(form["ref"])


BROADCAST = {  # SMS Broadcast's answer → status, code
    "a bad number": ((200, "BAD:61412345678:Invalid Number"), "failed", "bad_number"),
    "an error": ((200, "ERROR: No credit for 61412345678"), "failed", "refused"),
    "too busy": ((503, "later"), "queued", "503"),
    "no words": ((200, ""), "unclear", "bad_answer"),
    "an empty reference": ((200, "OK: 61412345678:"), "unclear", "bad_answer"),
    "no reference": ((200, "OK: 61412345678"), "unclear", "bad_answer"),
    "broken": ((500, "oh"), "unclear", "bad_answer"),
    "hung up": ((None, ""), "unclear", "broken_off"),
    "fine": ((200, "OK: 61412345678:99"), "sent", ""),
}


@pytest.mark.parametrize(("answer", "status", "code"), BROADCAST.values(), ids=BROADCAST)
def test_a_gateway_that_cannot_be_asked_leaves_it_to_people(
    clinic, sms_broadcast_server, answer, status, code
):
    make_gateway("sms_broadcast")
    sms_broadcast_server.answers = [answer]
    message = delivered(written(clinic))
    assert (message.status, message.error_code) == (status, code)
    assert UNA[1:] not in message.error
    if status == "unclear":
        assert not deliver_message(message.pk)
        again = settle_message(membership=clinic.priya, message=message, was_sent=False)
        assert delivered(again).status == "sent"


def test_a_lease_that_ended_there_is_unclear(clinic, sms_broadcast_server):
    make_gateway("sms_broadcast")
    message = written(clinic)
    Message.objects.filter(pk=message.pk).update(status="sending", due_at=timezone.now())
    assert delivered(message).status == "unclear"
    assert sms_broadcast_server.taken == []


def test_the_console_shows_and_keeps_what_would_be_sent(over_console, capfd):
    message = delivered(written(over_console))
    assert (message.status, message.body, message.segments) == ("delivered", TEXT, 1)
    assert message.delivered_at is not None
    assert capfd.readouterr() == ("", "")


def test_a_draft_waits_for_its_person(over_console):
    draft = draft_message(membership=over_console.priya, patient_id=over_console.una.pk, body="Hi")
    assert not deliver_message(draft.pk)
    sent = send_message(membership=over_console.priya, message=draft)
    assert delivered(sent).status == "delivered"
    with pytest.raises(sending.NotDraftError):
        send_message(membership=over_console.priya, message=draft)


def test_no_log_line_has_a_number_or_a_text(over_twilio, sms_broadcast_server, caplog, capfd):
    """Also of the libraries, at their most talkative, through failures of every kind."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    over_twilio.twilio.plans = [HangUp(taken=True), Refuse(503, 20503)]
    first = delivered(written(over_twilio))
    for _ in range(2):
        later(first)
        delivered(first)
    assert first.status == "sent"
    over_twilio.twilio.plans = [Refuse(400, 21211)]
    assert delivered(written(over_twilio)).status == "failed"
    make_gateway("sms_broadcast")
    sms_broadcast_server.answers = [(200, f"ERROR: {UNA} {TEXT}")]
    assert delivered(written(over_twilio)).status == "failed"
    assert {method for method, *_ in over_twilio.twilio.requests} == {"GET", "POST"}
    said = caplog.text + "".join(capfd.readouterr())
    assert "Starting new HTTP connection" in said, "the library does talk"
    for secret in (UNA, UNA[1:], UNA[3:], TEXT, TEXT.split()[1] + "+", TOKEN):
        assert secret not in said
