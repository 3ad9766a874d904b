"""What becomes of a message that comes in: whose it is, what it asks for, once."""

import logging

import pytest
from django_tenants.utils import schema_context
from kombu.exceptions import OperationalError

from accounts.errors import ConflictError, NotPermittedError
from patients.models import Patient
from sms_integration import tasks
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.models import (
    Conversation,
    Gateway,
    InboundMedia,
    Message,
    Suppression,
    SuppressionReason,
)
from sms_integration.services.conversing import conversation_of
from sms_integration.services.keywords import keyword_of
from sms_integration.services.matching import number_of, patients_with_number
from sms_integration.services.receiving import receive_message
from sms_integration.services.simulating import simulate_inbound, simulate_inbound_for
from sms_integration.services.suppressing import is_suppressed, suppress
from tests.accounts.test_members_races import at_once
from tests.conftest import member
from tests.sms_integration.inbound.conftest import OURS, STRANGERS, UNAS, gateway
from tests.sms_integration.stand_ins.twilio_calls import message_sid


def coming(*, sender=UNAS, body="Hello", sid="", media=()):
    return Inbound(
        provider_message_id=sid or message_sid(),
        sender=sender,
        recipient=OURS,
        body=body,
        media=[MediaItem(url=url, declared_type=kind) for url, kind in media],
    )


def patient(phone, **more):
    return Patient.objects.create(first_name="P", last_name="Q", phone=phone, **more)


@pytest.mark.parametrize(
    ("sender", "number"),
    [
        ("+61491570006", "+61491570006"),
        ("61491570006", "+61491570006"),
        ("0491570006", "+61491570006"),
        ("0491 570 006", "+61491570006"),
        ("whatsapp:+61491570006", "+61491570006"),
        ("+14155550132", "+14155550132"),
        ("14155550132", "+14155550132"),
        ("19123", ""),
        ("AusPost", ""),
        ("1300FLOWER", ""),
        ("Anonymous", ""),
        ("", ""),
        ("+", ""),
        ("٠٤٩١٥٧٠٠٠٦", "+61491570006"),
        ("0" * 300, ""),
    ],
)
def test_numbers_are_written_in_one_way(sender, number):
    assert number_of(sender) == number


def test_one_patient_with_the_number_gets_it(in_alpha, twilio):
    una, _ = patient(UNAS), patient(STRANGERS)
    message = receive_message(gateway=twilio, inbound=coming())
    assert message.patient_id == message.conversation.patient_id == una.pk


@pytest.mark.parametrize("statuses", [(), ("active", "inactive"), ("archived",), ("deceased",)])
def test_of_several_or_none_people_decide(statuses, in_alpha, twilio):
    for status in statuses:
        patient(UNAS, status=status)
    message = receive_message(gateway=twilio, inbound=coming())
    assert (message.patient_id, message.conversation.patient_id) == (None, None)
    assert list(Conversation.objects.unmatched()) == [message.conversation]


def test_an_archived_patient_does_not_stand_in_the_way(in_alpha, twilio):
    una, _ = patient(UNAS), patient(UNAS, status="archived")
    assert receive_message(gateway=twilio, inbound=coming()).patient_id == una.pk


def test_whom_people_gave_a_number_to_gets_what_comes_next(in_alpha, twilio):
    una = patient(STRANGERS)
    conversation_of(phone=UNAS, patient=una)
    assert receive_message(gateway=twilio, inbound=coming()).patient_id == una.pk
    other = patient(UNAS)  # who has the number comes before whom it was given to
    assert receive_message(gateway=twilio, inbound=coming()).patient_id == other.pk


def test_matching_is_one_query(in_alpha, django_assert_num_queries):
    una = patient(UNAS)
    with django_assert_num_queries(1):
        assert patients_with_number(UNAS) == [una.pk]
    with django_assert_num_queries(0):
        assert patients_with_number("") == []


@pytest.mark.parametrize("sender", ["19123", "AusPost", "", "\0", "+61999999999999", "x" * 300])
def test_who_cannot_be_called_is_heard_all_the_same(sender, in_alpha, twilio):
    first = receive_message(gateway=twilio, inbound=coming(sender=sender, body="STOP"))
    again = receive_message(gateway=twilio, inbound=coming(sender=sender, body="a\0b"))
    assert first.conversation_id == again.conversation_id
    assert Conversation.objects.get().unread_count == 2
    assert Message.objects.get(pk=again.pk).body == "a\N{REPLACEMENT CHARACTER}b"
    assert Suppression.objects.count() == 0


def test_files_are_written_down_with_the_message(
    in_alpha, twilio, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(
        "celery.Celery.send_task", lambda self, name, args, **_: sent.append((name, args))
    )
    media = [("https://api.twilio.com/a", "image/jpeg"), ("", ""), ("https://x.test/b", "t" * 300)]
    with django_capture_on_commit_callbacks(execute=True):
        message = receive_message(gateway=twilio, inbound=coming(media=media))
    rows = list(InboundMedia.objects.filter(message=message))
    assert [(one.ordinal, one.url, one.state, one.error_code) for one in rows] == [
        (0, "https://api.twilio.com/a", "waiting", ""),
        (1, "", "refused", "no_address"),
        (2, "https://x.test/b", "waiting", ""),
    ]
    task = "sms_integration.tasks.fetch_media"
    assert sent == [(task, (str(rows[0].pk),)), (task, (str(rows[2].pk),))]


def test_a_broker_that_is_away_keeps_no_message_out(
    in_alpha, twilio, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr("celery.Celery.send_task", away)
    media = [("https://api.twilio.com/a", "image/jpeg")]
    with django_capture_on_commit_callbacks(execute=True) as done:
        receive_message(gateway=twilio, inbound=coming(media=media))
    assert len(done) == 1
    assert InboundMedia.objects.get().state == "waiting"
    assert (
        "No worker could be sent for sms_integration.tasks.fetch_media: OperationalError"
        in caplog.text
    )


@pytest.mark.parametrize(
    ("media", "announced", "places"),
    [
        ([], 0, []),
        ([("https://api.twilio.com/a", "image/png")], 0, ["https://api.twilio.com/a"]),
        ([("https://api.twilio.com/a", "")], 3, ["https://api.twilio.com/a", "", ""]),
        ([], "999999999", []),
        ([], "-1", []),
        ([], 9999, [""] * 10),
    ],
)
def test_what_is_said_of_the_number_of_files_is_not_believed(
    media, announced, places, in_alpha, inbound
):
    assert inbound(media=media, num_media=announced).status_code == 200
    assert [one.url for one in InboundMedia.objects.all()] == places


# --- Keywords -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "word"),
    [
        *((word, "stop") for word in ("STOP", "stop", " Stop. ", "“Stop!”", "STOPALL", "quit")),
        *((word, "stop") for word in ("Unsubscribe", "CANCEL", "end")),
        *((word, "start") for word in ("START", "unstop")),
        ("Yes!", "yes"),
        ("help?", "help"),
        ("Info", "help"),
        ("Please stop", None),
        ("STOP sending me these", None),
        ("", None),
        ("stop" + " " * 50, None),
    ],
)
def test_a_keyword_is_the_whole_text(body, word):
    found = keyword_of(body)
    assert (found and found.value) == word


def test_stop_and_start(in_alpha, twilio):
    patient(UNAS)

    def say(body):
        receive_message(gateway=twilio, inbound=coming(body=body))
        return is_suppressed(UNAS)

    assert [say(one) for one in ("Yes", "Stop", "STOP", "Hi", "yes", "stop", "Start")] == [
        False, True, True, True, False, True, False,
    ]  # fmt: skip
    assert Suppression.objects.count() == 2
    assert {one.reason for one in Suppression.objects.all()} == {SuppressionReason.STOP}
    assert Message.objects.filter(direction="inbound").count() == 7
    assert Message.objects.filter(direction="outbound").count() == 0


def test_help_is_answered_once(in_alpha, twilio):
    Gateway.objects.update(help_text="Ring 02 5550 1234.", is_active=True)
    twilio.refresh_from_db()

    def ask(sender=UNAS, sid=""):
        receive_message(gateway=twilio, inbound=coming(sender=sender, body="HELP", sid=sid))
        return Message.objects.filter(direction="outbound", body="Ring 02 5550 1234.").count()

    sid = message_sid()
    assert [ask(sid=sid), ask(sid=sid), ask()] == [1, 1, 1]
    suppress(phone=STRANGERS, reason="stop")
    assert ask(sender=STRANGERS) == 1


def test_help_without_a_gateway_that_sends_is_kept(in_alpha, twilio, caplog):
    Gateway.objects.update(help_text="Ring us.")
    twilio.refresh_from_db()
    caplog.set_level(logging.WARNING)
    message = receive_message(gateway=twilio, inbound=coming(body="HELP"))
    assert list(Message.objects.all()) == [message]
    assert "HELP was not answered: no_gateway" in caplog.text


# --- At once --------------------------------------------------------------------------------------


def test_the_same_message_eight_times_at_once_is_one(committed):
    inbound = coming(body="STOP", media=[("", "")])

    def receive():
        with schema_context("alpha"):
            receive_message(gateway=committed, inbound=inbound)

    assert at_once(*[receive] * 8) == {"done": 8}
    assert Message.objects.count() == InboundMedia.objects.count() == 1
    assert Conversation.objects.get().unread_count == 1
    assert Suppression.objects.count() == 1


# --- The demo -------------------------------------------------------------------------------------


def test_a_simulated_message_goes_the_way_of_all(in_alpha):
    demo, una = gateway("console", "Demo"), patient(UNAS)
    message = simulate_inbound(gateway=demo, sender="0491 570 006", body="Look", pictures=2, seed=7)
    assert message.patient_id == una.pk
    for one in message.media.all():
        tasks.fetch_media(str(one.pk))
    states = [one.state for one in message.media.all()]
    documents = [one.document for one in message.media.all()]
    assert (states, len({one.sha256 for one in documents})) == (["stored"] * 2, 2)
    assert [one.original_filename for one in documents] == ["picture-1.webp", "picture-2.webp"]
    assert {one.patient_id for one in documents} == {una.pk}


def test_messages_are_simulated_by_who_connects_gateways_and_never_on_a_real_one(in_alpha, twilio):
    demo = gateway("console", "Demo")
    wanted = {"sender": UNAS, "body": "Hi"}
    with pytest.raises(ConflictError):
        simulate_inbound(gateway=twilio, **wanted)
    with pytest.raises(NotPermittedError):
        simulate_inbound_for(membership=member("priya"), gateway=demo, **wanted)
    assert Message.objects.count() == 0
    simulate_inbound_for(membership=member("ada"), gateway=demo, **wanted)
    assert Message.objects.count() == 1
