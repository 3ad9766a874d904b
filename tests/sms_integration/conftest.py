import json
from types import SimpleNamespace

import pytest
from django_tenants.utils import tenant_context

from patients.models import Patient
from sms_integration.gateways.sms_broadcast.client import SmsBroadcastClient
from sms_integration.gateways.twilio.client import TwilioClient
from sms_integration.services.gateways import save_gateway
from tests.conftest import member
from tests.sms_integration.stand_ins import sms_broadcast, twilio

UNA, KIT = "+61412345678", "+61498765432"
SENDER = "+61400111222"


def send(client, path, body=None, **headers):
    return client.post(
        f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
    )


@pytest.fixture(scope="session")
def _twilio_server():
    server = twilio.TwilioServer()
    yield server
    server.close()


@pytest.fixture
def twilio_server(_twilio_server, monkeypatch):
    """Twilio, without memory of other tests."""
    server = _twilio_server
    server.messages, server.plans, server.requests = [], [], []
    server.account_status, server.on_create = "active", None
    monkeypatch.setattr(TwilioClient, "base_url", server.url)
    return server


@pytest.fixture(scope="session")
def _sms_broadcast_server():
    server = sms_broadcast.SmsBroadcastServer()
    yield server
    server.close()


@pytest.fixture
def sms_broadcast_server(_sms_broadcast_server, monkeypatch):
    server = _sms_broadcast_server
    server.taken, server.answers = [], []
    monkeypatch.setattr(SmsBroadcastClient, "base_url", server.url)
    return server


@pytest.fixture
def no_workers(monkeypatch):
    """Nobody takes what is queued but the test; of each message the ids that were sent."""
    sent = []
    monkeypatch.setattr(
        "sms_integration.services.queueing.send_for_worker", lambda _task, pk: sent.append(pk)
    )
    return sent


@pytest.fixture
def clinic(in_alpha, no_workers):
    """Una is Priya's, Kit is Paul's, Abe archived, Dea deceased, Nan has no number."""
    make = Patient.objects.create
    priya, paul = member("priya"), member("paul")
    return SimpleNamespace(
        una=make(first_name="Una", last_name="Cole", phone=UNA, clinician=priya),
        kit=make(first_name="Kit", last_name="Moss", phone=KIT, clinician=paul),
        abe=make(first_name="Abe", last_name="Ash", phone="+61412000001", status="archived"),
        dea=make(first_name="Dea", last_name="Ash", phone="+61412000002", status="deceased"),
        nan=make(first_name="Nan", last_name="Cole", clinician=priya),
        ada=member("ada"),
        priya=priya,
        paul=paul,
        queued=no_workers,
    )


def make_gateway(provider="console", *, sender=SENDER, is_active=True, name="", **credentials):
    usual = {
        "twilio": {"account_sid": twilio.SID, "auth_token": twilio.TOKEN},
        "sms_broadcast": {
            "username": sms_broadcast.USER,
            "password": sms_broadcast.PASSWORD,
        },
    }.get(provider, {})
    return save_gateway(
        membership=member("ada"),
        name=name or provider,
        provider=provider,
        sender=sender,
        credentials={**usual, **credentials},
        is_active=is_active,
    )


@pytest.fixture
def over_twilio(clinic, twilio_server):
    clinic.gateway, clinic.twilio = make_gateway("twilio"), twilio_server
    return clinic


@pytest.fixture
def over_console(clinic):
    clinic.gateway = make_gateway("console")
    return clinic


@pytest.fixture
def a_gateway(alpha):
    """A gateway of alpha's, for tests over HTTP."""
    with tenant_context(alpha):
        yield make_gateway("console")
