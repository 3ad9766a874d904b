"""Messages in a patient's export, as another clinic takes them in; and the tasks' own promises."""

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery import current_app
from django.db import IntegrityError
from django.utils import timezone
from django_tenants.utils import tenant_context
from kombu.exceptions import OperationalError

from config.celery import app
from jobs.services.queueing import send_for_worker
from sms_integration import tasks
from sms_integration.models import Message
from sms_integration.services import delivering, queueing
from sms_integration.services.delivering import deliver_message
from sms_integration.services.gateways import save_gateway
from sms_integration.services.sending import write_message
from sms_integration.tasks import sweep_outbound
from tests.backups.test_patient_export import export, take_in
from tests.conftest import member
from tests.sms_integration.conftest import UNA

TEXT = "Your brace is ready."


def test_a_clinic_that_takes_a_patient_in_sends_nothing_old(over_console, beta, tmp_path):
    write = {"membership": over_console.priya, "patient_id": over_console.una.pk}
    sent, waits = write_message(**write, body="First"), write_message(**write, body="Second")
    later = write_message(**write, body="Third", scheduled_at=timezone.now() + timedelta(days=1))
    deliver_message(sent.pk)
    export(SimpleNamespace(patient=over_console.una), tmp_path / "a.zip")
    with tenant_context(beta):
        code, report = take_in(tmp_path / "a.zip", tenant="beta")
        assert (code, report["state"]) == (0, "succeeded"), report
        make_gateway_of_beta()
        Message.objects.update(due_at=timezone.now())  # even so
        assert sweep_outbound() == 0
        found = dict(Message.objects.values_list("pk", "status"))
        assert found == {sent.pk: "delivered", waits.pk: "canceled", later.pk: "canceled"}
    assert set(Message.objects.values_list("status", flat=True)) == {
        *("delivered", "queued", "scheduled")
    }


def make_gateway_of_beta():
    save_gateway(
        membership=member("bea"), name="B", provider="console", sender="Beta", is_active=True
    )


def test_the_task_that_is_sent_exists_and_says_nothing_of_a_message(over_console, monkeypatch):
    app.loader.import_default_modules()
    assert app.tasks[queueing.TASK] == tasks.deliver_message
    message = write_message(
        membership=over_console.priya, patient_id=over_console.una.pk, body=TEXT
    )
    assert tasks.deliver_message(str(message.pk)) is True
    assert tasks.deliver_message(str(message.pk)) is False

    def breaks(_pk):
        raise IntegrityError(f"Failing row contains ({TEXT}, {UNA})")

    monkeypatch.setattr(delivering, "deliver_message", breaks)
    with pytest.raises(tasks.DeliveryFailedError) as caught:
        tasks.deliver_message(str(message.pk))
    assert str(caught.value) == "IntegrityError"
    assert caught.value.__suppress_context__


def test_a_broker_that_is_away_costs_a_minute(over_console, monkeypatch, caplog):
    def away(*_, **__):
        raise OperationalError("amqp://user:secret@broker")

    monkeypatch.setattr(current_app, "send_task", away)
    with caplog.at_level(logging.WARNING):
        send_for_worker(queueing.TASK, "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f")
    assert (
        "No worker could be sent for sms_integration.tasks.deliver_message: OperationalError"
        in caplog.text
    )
    assert "secret" not in caplog.text
    message = write_message(
        membership=over_console.priya, patient_id=over_console.una.pk, body=TEXT
    )
    assert sweep_outbound() == 1
    message.refresh_from_db()
    assert message.status == "delivered"
