"""Writing and sending: who may, to whom, once; texts, templates, times."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from patients.models import Patient
from sms_integration.errors import (
    KeyUsedError,
    MessageStateError,
    NoGatewayError,
    NoPhoneError,
    NotReachableError,
    SuppressedError,
)
from sms_integration.models import Conversation, Message, Template
from sms_integration.policies import suppressions_visible_to
from sms_integration.services.placeholders import PLACEHOLDERS, fill
from sms_integration.services.sending import draft_message, send_message, send_text, write_message
from sms_integration.services.settling import cancel_message, retry_message, settle_message
from sms_integration.services.statuses import FORWARD, note_status
from sms_integration.services.suppressing import (
    is_suppressed,
    lift_suppression,
    suppress,
    write_down_suppression,
)
from sms_integration.services.templates import save_template
from tests.conftest import member
from tests.sms_integration.conftest import KIT, UNA


def clock(*parts):
    """What a clock shows, without saying where it hangs."""
    return datetime(*parts)  # noqa: DTZ001


def write(clinic, who="priya", to="una", **more):
    more.setdefault("body", "Hello")
    return write_message(membership=member(who), patient_id=getattr(clinic, to).pk, **more)


WHO = {"ada": None, "priya": None, "paul": NotFoundError} | dict.fromkeys(
    ("pat", "gina", "rex", "dev"), NotPermittedError
)


@pytest.mark.parametrize(("who", "error"), WHO.items(), ids=WHO)
def test_who_sees_a_patient_may_write_to_them(over_console, who, error):
    if error is None:
        assert write(over_console, who).status == "queued"
        return
    with pytest.raises(error):
        write(over_console, who)
    assert not Message.objects.exists()
    assert not Conversation.objects.exists()


REFUSED = {
    "archived": ("abe", {}, NotReachableError),
    "deceased": ("dea", {}, NotReachableError),
    "no number": ("nan", {}, NoPhoneError),
    "nothing in it": ("una", {"body": " \n"}, ProblemError),
    "too long": ("una", {"body": "a" * 1601}, ProblemError),
    "a null character": ("una", {"body": "a\x00"}, ProblemError),
    "half a character": ("una", {"body": "\ud83d"}, ProblemError),
    "yesterday": ("una", {"scheduled_at": clock(2026, 1, 1, 9)}, ProblemError),
    "in ten years": ("una", {"scheduled_at": clock(2036, 1, 1, 9)}, ProblemError),
    "at the end of time": ("una", {"scheduled_at": clock(9999, 12, 31, 23)}, ProblemError),
    "at its beginning": ("una", {"scheduled_at": clock(1, 1, 1)}, ProblemError),
    # Sydney's clocks go from 2:00 to 3:00 on the first Sunday of October.
    "a skipped hour": ("una", {"scheduled_at": clock(2027, 10, 3, 2, 30)}, ProblemError),
    "a long key": ("una", {"idempotency_key": "k" * 61}, ProblemError),
    "a strange key": ("una", {"idempotency_key": "ключ"}, ProblemError),
}


@pytest.mark.parametrize(("to", "more", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_leaves_nothing_behind(over_console, to, more, error):
    with pytest.raises(error):
        write(over_console, to=to, **more)
    assert not Message.objects.exists()


def test_without_a_gateway_nothing_is_sent_and_a_draft_waits(clinic):
    with pytest.raises(NoGatewayError):
        write(clinic)
    draft = draft_message(membership=clinic.priya, patient_id=clinic.una.pk, body="Hello")
    with pytest.raises(NoGatewayError):
        send_message(membership=clinic.priya, message=draft)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_who_opted_out_is_not_written_to_until_they_come_back(over_console):
    draft = draft_message(membership=over_console.priya, patient_id=over_console.una.pk, body="Hi")
    suppress(phone=UNA, reason="stop")
    suppress(phone=UNA, reason="staff")  # twice is once
    with pytest.raises(SuppressedError):
        write(over_console)
    with pytest.raises(SuppressedError):
        send_message(membership=over_console.priya, message=draft)
    with pytest.raises(SuppressedError):
        send_text(conversation=draft.conversation, body="Help", idempotency_key="help:1")
    assert lift_suppression(phone=UNA)
    assert not lift_suppression(phone=UNA)
    assert write(over_console).status == "queued"
    with pytest.raises(ProblemError, match="telephone number"):
        write_down_suppression(membership=over_console.priya, phone="123")
    write_down_suppression(membership=over_console.priya, phone="0412 345 678")
    assert is_suppressed(UNA)


def test_of_the_opt_outs_one_sees_those_of_ones_patients_and_of_nobody(over_console):
    for phone in (UNA, KIT, "+61412000009"):
        suppress(phone=phone, reason="stop")
    seen = {
        who: {str(one.phone) for one in suppressions_visible_to(member(who))}
        for who in ("ada", "priya", "paul", "pat", "dev")
    }
    assert seen == {
        "ada": {UNA, KIT, "+61412000009"},
        "priya": {UNA, "+61412000009"},
        "paul": {KIT, "+61412000009"},
        "pat": set(),
        "dev": set(),
    }


def test_the_same_key_is_the_same_message(over_console):
    when = timezone.now() + timedelta(days=1)
    first = write(over_console, idempotency_key="a", scheduled_at=when)
    assert write(over_console, idempotency_key="a", scheduled_at=when) == first
    for other in ({"body": "Other"}, {"scheduled_at": None}):
        with pytest.raises(KeyUsedError):
            write(over_console, idempotency_key="a", **{"scheduled_at": when, **other})
    assert write(over_console, "ada", idempotency_key="a") != first
    with pytest.raises(KeyUsedError):
        write(over_console, "ada", to="kit", idempotency_key="a")
    assert Message.objects.count() == 2, "the key of another person is another key"


def test_what_the_system_answers_is_sent_once_for_its_key(over_console):
    talk = write(over_console).conversation
    first = send_text(conversation=talk, body="Ring us", idempotency_key="help:1")
    assert send_text(conversation=talk, body="Ring us", idempotency_key="help:1") == first
    assert (first.status, first.sent_by_id) == ("queued", None)


def test_a_time_without_a_zone_is_by_the_clinics_clock(over_console):
    message = write(over_console, scheduled_at=clock(2027, 1, 4, 9))
    assert message.scheduled_at.isoformat() == "2027-01-04T09:00:00+11:00"
    assert (message.status, message.due_at) == ("scheduled", message.scheduled_at)
    assert message.conversation.last_message_at is None, "it has not been said yet"


def test_templates_are_checked_and_filled_in_once(over_console):
    ada, una = over_console.ada, over_console.una
    with pytest.raises(ProblemError, match=r"no placeholder \{nome\}"):
        save_template(membership=ada, name="Bad", body="Dear {nome}")
    for broken in ("Dear {first_name", "} {", "{{first_name}}", "{}"):
        with pytest.raises(ProblemError):
            save_template(membership=ada, name="Bad", body=broken)
    with pytest.raises(NotPermittedError):
        save_template(membership=over_console.priya, name="Mine", body="Hi")
    assert not Template.objects.exists()
    made = save_template(
        membership=ada, name="Ready", body="{first_name}, ring {clinic}. {clinician}"
    )
    assert write(over_console, body="", template=made).body == "Una, ring Alpha Clinic. Priya"
    Patient.objects.filter(pk=una.pk).update(first_name="{last_name}", clinician=None)
    with pytest.raises(ProblemError, match=r"\{clinician\} cannot be filled in"):
        write(over_console, "ada", body="", template=made)
    una.refresh_from_db()
    assert fill("{first_name}", una) == "{last_name}", "values are not looked through again"
    with pytest.raises(ProblemError):
        fill("{first_name}", None)
    assert fill("{clinic}", None) == "Alpha Clinic"
    assert set(PLACEHOLDERS) == {
        *("first_name", "last_name", "full_name", "clinician", "clinic", "date")
    }
    save_template(membership=ada, template=made, name="Ready", body="Hi", is_active=False)
    with pytest.raises(ProblemError, match="switched off"):
        write(over_console, body="", template=made)


ORDER = {  # of each status, what a gateway's word may make of it
    "draft": set(),
    "scheduled": set(),
    "canceled": set(),
    "queued": {"sent", "delivered", "read", "undelivered", "failed"},
    "sending": {"sent", "delivered", "read", "undelivered", "failed"},
    "unclear": {"sent", "delivered", "read", "undelivered", "failed"},
    "sent": {"delivered", "read", "undelivered", "failed"},
    "delivered": {"read"},
    "read": set(),
    "undelivered": set(),
    "failed": set(),
}


@pytest.mark.parametrize("status", ORDER)
def test_a_status_only_goes_forward(over_console, status):
    message = write(over_console, scheduled_at=timezone.now() + timedelta(days=1))
    for word in (*FORWARD, "read", "undelivered", "failed"):
        Message.objects.filter(pk=message.pk).update(
            status=status, due_at=timezone.now(), cost=None, sent_at=None, attempts=1
        )
        news = note_status(message=message, status=word, error_code="30003", cost=1, currency="AUD")
        message.refresh_from_db()
        assert news == (word in ORDER[status]), word
        assert message.status == (word if news else status)
        assert (message.cost, message.currency) == (1, "AUD"), "a cost is kept with old news too"
        if news:
            assert message.due_at is None, "nobody takes it any more"
            assert (message.sent_at is None) == (word == "failed")
            assert not note_status(message=message, status=word), "twice is no news"


def test_what_comes_late_of_an_earlier_sending_is_no_news(over_console):
    message = write(over_console)
    Message.objects.filter(pk=message.pk).update(status="failed", attempts=1)
    retry_message(membership=over_console.priya, message=message)
    assert not note_status(message=message, status="failed", error_code="30003")
    message.refresh_from_db()
    assert (message.status, message.error_code) == ("queued", "")


CAN = {  # of each status, what people may do with it
    "draft": {"cancel"},
    "scheduled": {"cancel"},
    "queued": {"cancel"},
    "sending": set(),
    "sent": set(),
    "delivered": set(),
    "read": set(),
    "undelivered": {"retry"},
    "failed": {"retry"},
    "unclear": {"settle"},
    "canceled": set(),
}
VERBS = {
    "cancel": lambda who, row: cancel_message(membership=who, message=row),
    "retry": lambda who, row: retry_message(membership=who, message=row),
    "settle": lambda who, row: settle_message(membership=who, message=row, was_sent=False),
}


@pytest.mark.parametrize("status", CAN)
def test_what_people_do_with_a_message(over_console, status):
    message = write(over_console, scheduled_at=timezone.now() + timedelta(days=1))
    for verb, do in VERBS.items():
        Message.objects.filter(pk=message.pk).update(status=status, provider_message_id="old")
        with pytest.raises(NotPermittedError):
            do(member("rex"), message)
        with pytest.raises(NotFoundError):
            do(over_console.paul, message)
        if verb not in CAN[status]:
            with pytest.raises(MessageStateError):
                do(over_console.priya, message)
            continue
        done = do(over_console.priya, message)
        assert done.status == ("canceled" if verb == "cancel" else "queued")
        assert (done.provider_message_id == "") == (verb != "cancel")
