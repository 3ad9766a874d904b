"""A conversation is given to a patient: nothing said in it is lost, whoever does what meanwhile."""

import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from accounts.errors import NotFoundError, NotPermittedError
from documents.models import Document
from documents.policies import get_document_for
from documents.services.rehoming import finish_moves
from patients.models import Patient
from sms_integration.models import Conversation, Message
from sms_integration.services.assigning import (
    AssignedMeanwhileError,
    assign_conversation,
    give_conversation,
)
from sms_integration.services.conversing import conversation_of, note_message
from tests.conftest import member
from tests.sms_integration.talks import (  # noqa: F401  fixtures
    NUMBER,
    attach,
    cast,
    everything,
    say,
    talk_with,
)


def assign(talk, patient, who="ada"):
    return assign_conversation(membership=member(who), conversation=talk, patient_id=patient.pk)


def state():
    """Every conversation: whose, its messages, what is unread, when the last one was."""
    return {
        (talk.patient_id, talk.phone.as_e164 if talk.phone else talk.email): (
            sorted(talk.messages.values_list("body", flat=True)),
            talk.unread_count,
            talk.last_message_at,
        )
        for talk in Conversation.objects.order_by()
    }


def test_one_of_nobody_becomes_the_patients(cast):  # noqa: F811
    talk = talk_with()
    say(talk, "first")
    last = say(talk, "second", minute=5)
    given = assign(talk, cast["una"])
    assert given.pk == talk.pk
    assert state() == {(cast["una"].pk, NUMBER): (["first", "second"], 2, last.occurred_at)}
    assert set(Message.objects.values_list("patient", flat=True)) == {cast["una"].pk}
    assert assign(given, cast["una"]).pk == talk.pk  # again: nothing changes


def test_it_is_merged_into_the_one_that_is_there(cast):  # noqa: F811
    mine, talk = talk_with(patient=cast["una"]), talk_with()
    say(mine, "old", minute=-60)
    say(mine, "ours", minute=9, direction="outbound")
    say(talk, "new", minute=5)
    given = assign(talk, cast["una"])
    assert given.pk == mine.pk
    assert not Conversation.objects.filter(pk=talk.pk).exists()
    ((bodies, unread, last),) = state().values()
    assert (bodies, unread) == (["new", "old", "ours"], 2)
    assert last == Message.objects.get(body="ours").occurred_at
    assert set(Message.objects.values_list("patient", flat=True)) == {cast["una"].pk}


def test_files_go_along_and_back_to_whose_they_are(cast):  # noqa: F811
    talk = talk_with()
    message = say(talk)
    document = attach(message)
    with pytest.raises(NotFoundError):  # of nobody: Priya does not see what is not her patients'
        get_document_for(member("priya"), document.pk)
    talk = assign(talk, cast["kit"])  # a mistake
    finish_moves(links_die_after=timedelta(0))
    assign(talk, cast["una"])
    row = get_document_for(member("priya"), document.pk)
    assert row.patient_id == cast["una"].pk
    with pytest.raises(NotFoundError):
        get_document_for(member("paul"), document.pk)
    finish_moves(links_die_after=timedelta(0))
    key = f"alpha/sms/inbound/{cast['una'].pk}/{message.pk}.txt"
    assert Document.objects.get().s3_key == key


def test_who_may(cast):  # noqa: F811
    """A provider gives what they see to whom they see, and to nobody else."""
    nobodys, unas = talk_with(), talk_with(patient=cast["una"])
    say(nobodys)
    say(unas)
    before = state()
    for who, talk, patient in (
        ("priya", nobodys, "una"),  # sees her own patients only, so nothing of nobody
        ("priya", unas, "kit"),  # who is Paul's
        ("paul", unas, "kit"),
    ):
        with pytest.raises(NotFoundError):
            assign(talk, cast[patient], who)
    for who in ("pat", "rex", "dev"):
        with pytest.raises(NotPermittedError):
            assign(unas, cast["una"], who)
    assert state() == before
    assert assign(unas, cast["sib"], "priya").patient_id == cast["sib"].pk


def test_with_providers_who_see_all_the_queue_is_everybodys(everything, cast):  # noqa: F811
    talk = talk_with()
    say(talk)
    assert assign(talk, cast["kit"], "priya").patient_id == cast["kit"].pk


def test_who_looked_before_somebody_else_gave_it_away_is_told(cast):  # noqa: F811
    talk = talk_with()
    say(talk)
    stale = Conversation.objects.get(pk=talk.pk)
    assign(talk, cast["una"])
    with pytest.raises(AssignedMeanwhileError):
        give_conversation(conversation_id=stale.pk, was_of=None, patient_id=cast["kit"].pk)
    assert {key[0] for key in state()} == {cast["una"].pk}


# --- Real commits --------------------------------------------------------------------------------


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Una, Kit and a conversation of nobody, committed; all of it goes afterwards."""
    from accounts.models import Account

    with django_db_blocker.unblock():
        connection.ensure_connection()
        account = Account.objects.get(schema_name="alpha")
        with tenant_context(account):
            people = [
                Patient.objects.create(first_name=name, last_name="Cole", phone=NUMBER)
                for name in ("Una", "Kit")
            ]
            say(talk_with(), "first")
            yield account, *people
        with tenant_context(account), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            tables = [
                model._meta.db_table
                for label in ("sms_integration", "documents", "patients", "audit", "jobs")
                for model in apps.get_app_config(label).get_models()
                if not model._meta.proxy
            ]
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        connection.set_schema_to_public()


class Other(threading.Thread):
    """Somebody else at work at the same time, with a connection of their own."""

    def __init__(self, account, work):
        super().__init__()
        self.account, self.work, self.result = account, work, None
        self.pid, self.ready = None, threading.Event()

    def run(self):
        try:
            with tenant_context(self.account):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    self.pid = cursor.fetchone()[0]
                self.ready.set()
                self.result = self.work()
        except Exception as error:  # noqa: BLE001  the test looks at it
            self.result = error
        finally:
            connection.close()

    def wait_until_it_waits(self):
        """Return when it waits for a lock, or has ended."""
        assert self.ready.wait(60)
        while self.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [self.pid])
                if cursor.fetchone()[0]:
                    return


def receive(phone, body):
    """As a webhook's transaction does it."""
    with transaction.atomic():
        talk = conversation_of(phone=phone, patient=None)
        return say_in(talk, body)


def say_in(talk, body):
    message = Message.objects.create(
        conversation=talk,
        patient_id=talk.patient_id,
        direction="inbound",
        status="received",
        body=body,
    )
    note_message(message)
    return message


@pytest.mark.parametrize("merging", [False, True])
def test_a_message_that_arrives_while_it_is_given_away_is_not_lost(committed, merging):
    account, una, _ = committed
    talk = Conversation.objects.get()
    if merging:
        talk_with(patient=una)
    other = Other(account, lambda: receive(NUMBER, "meanwhile"))
    with transaction.atomic():
        give_conversation(conversation_id=talk.pk, was_of=None, patient_id=una.pk)
        other.start()
        other.wait_until_it_waits()
    other.join()
    assert isinstance(other.result, Message), other.result
    # It had no patient to be seen from its number: it is the beginning of a new one of nobody.
    assert {key[0]: value[:2] for key, value in state().items()} == {
        una.pk: (["first"], 1),
        None: (["meanwhile"], 1),
    }
    for message in Message.objects.select_related("conversation"):
        assert message.patient_id == message.conversation.patient_id


@pytest.mark.parametrize("merging", [False, True])
def test_who_gives_it_away_waits_for_a_message_that_is_arriving(committed, merging):
    account, una, _ = committed
    talk = Conversation.objects.get()
    if merging:
        talk_with(patient=una)
    give = Other(
        account,
        lambda: give_conversation(conversation_id=talk.pk, was_of=None, patient_id=una.pk),
    )
    with transaction.atomic():
        found = conversation_of(phone=NUMBER, patient=None)
        give.start()
        give.wait_until_it_waits()
        say_in(found, "meanwhile")
    give.join()
    assert not isinstance(give.result, Exception), give.result
    assert {key[0]: value[:2] for key, value in state().items()} == {
        una.pk: (["first", "meanwhile"], 2)
    }
    assert set(Message.objects.values_list("patient", flat=True)) == {una.pk}


def test_of_two_who_give_it_away_at_once_one_is_told(committed):
    account, una, kit = committed
    talk = Conversation.objects.get()
    other = Other(
        account,
        lambda: give_conversation(conversation_id=talk.pk, was_of=None, patient_id=kit.pk),
    )
    with transaction.atomic():
        give_conversation(conversation_id=talk.pk, was_of=None, patient_id=una.pk)
        other.start()
        other.wait_until_it_waits()
    other.join()
    assert isinstance(other.result, AssignedMeanwhileError)
    assert {key[0] for key in state()} == {una.pk}


def test_the_patients_own_is_made_at_the_same_time(committed):
    """A message to Una makes her conversation; ours finds it when it may not make a second one."""
    account, una, _ = committed
    talk = Conversation.objects.get()
    give = Other(
        account,
        lambda: give_conversation(conversation_id=talk.pk, was_of=None, patient_id=una.pk),
    )
    with transaction.atomic():
        say_in(conversation_of(phone=NUMBER, patient=una), "to Una")
        give.start()
        give.wait_until_it_waits()
    give.join()
    assert not isinstance(give.result, Exception), give.result
    assert {key[0]: value[:2] for key, value in state().items()} == {
        una.pk: (["first", "to Una"], 2)
    }
