"""Two at the same time, and processes that are killed: real connections, real commits."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from patients.models import Patient
from sms_integration.errors import NotDraftError
from sms_integration.models import Conversation, Message, Suppression
from sms_integration.services.conversing import conversation_of
from sms_integration.services.delivering import deliver_message
from sms_integration.services.sending import draft_message, send_message, write_message
from sms_integration.services.suppressing import suppress
from tests.accounts.test_members_races import at_once
from tests.conftest import member
from tests.sms_integration.conftest import UNA, make_gateway

LEFT = [
    "DELETE FROM alpha.sms_integration_message",
    "DELETE FROM alpha.sms_integration_conversation",
    "DELETE FROM alpha.sms_integration_gateway",
    "DELETE FROM alpha.sms_integration_suppression",
    "DELETE FROM alpha.patients_patient WHERE email = 'una@race.test'",
]


@pytest.fixture
def race(django_db_setup, django_db_blocker, twilio_server, no_workers):
    with django_db_blocker.unblock():
        cache.clear()
        try:
            with schema_context("alpha"):
                make_gateway("twilio")
                una = Patient.objects.create(
                    first_name="Una", last_name="Race", email="una@race.test", phone=UNA
                )
                yield SimpleNamespace(una=una, twilio=twilio_server)
        finally:
            connection.set_schema("alpha")
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)
            connection.set_schema_to_public()


def in_alpha(task):
    def run():
        with schema_context("alpha"):
            task()

    return run


def written(race, **more):
    return write_message(membership=member("ada"), patient_id=race.una.pk, body="Hello", **more)


def test_of_workers_who_take_the_same_message_one_hands_it_over(race):
    message = written(race)
    tasks = [in_alpha(lambda: deliver_message(message.pk)) for _ in range(4)]
    assert at_once(*tasks) == {"done": 4}
    assert len(race.twilio.messages) == 1
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("sent", 1)


def test_of_two_who_send_a_draft_one_does(race):
    ada = member("ada")
    draft = draft_message(membership=ada, patient_id=race.una.pk, body="Hello")
    tasks = [in_alpha(lambda: send_message(membership=ada, message=draft)) for _ in range(3)]
    assert at_once(*tasks) == {"done": 1, NotDraftError: 2}


def test_the_same_key_conversation_and_opt_out_at_once_are_one(race):
    ids = []

    def write():
        ids.append(written(race, idempotency_key="k").pk)

    assert at_once(*[in_alpha(write)] * 4) == {"done": 4}
    assert len(set(ids)) == Message.objects.count() == Conversation.objects.count() == 1
    talks = [in_alpha(lambda: conversation_of(phone="+61498765432", patient=None))] * 4
    assert at_once(*talks) == {"done": 4}
    assert Conversation.objects.count() == 2
    stops = [in_alpha(lambda: suppress(phone=UNA, reason="stop"))] * 4
    assert at_once(*stops) == {"done": 4}
    assert Suppression.objects.count() == 1


def test_a_worker_is_killed_when_the_gateway_has_just_taken_it(race):
    message = written(race)
    environment = {
        **os.environ,
        "TEST_DATABASE": connection.settings_dict["NAME"],
        "TWILIO_URL": race.twilio.url,
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.sms_integration.driver", str(message.pk)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    race.twilio.on_create = lambda _: os.kill(worker.pid, signal.SIGKILL)
    try:
        assert worker.stdout.readline() == "ready\n"
        worker.communicate("go\n", timeout=60)
    finally:
        worker.kill()
        worker.wait(60)
        race.twilio.on_create = None
    assert worker.returncode == -signal.SIGKILL
    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("sending", "")
    assert not deliver_message(message.pk), "its lease has not ended"
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    assert deliver_message(message.pk)
    message.refresh_from_db()
    (taken,) = race.twilio.messages
    assert (message.status, message.provider_message_id) == ("sent", taken["sid"])
