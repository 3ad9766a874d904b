import json
import ssl
from base64 import b64encode
from datetime import date
from itertools import count
from random import Random

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from documents.samples import Subject, make_sample
from patients.models import Patient
from sms_integration.gateways.downloading import Network
from sms_integration.models import Gateway, InboundMedia, Message
from sms_integration.services.conversing import conversation_of
from sms_integration.services.fetching import fetch_media
from tests.conftest import member
from tests.sms_integration.stand_ins.media_server import MediaServer
from tests.sms_integration.stand_ins.twilio_calls import TwilioAccount

SID, TOKEN = "AC" + "0123456789abcdef" * 2, "auth-token-of-alpha-0123456789ab"
OURS, UNAS, STRANGERS = "+61480000001", "+61491570006", "+61491570110"
BROADCAST_TOKEN = "0123456789-abcdefghij-ABCDEFGHIJ"
BASIC = "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()


def gateway(provider, name, **credentials):
    return Gateway.objects.create(
        name=name, provider=provider, sender=OURS, credentials=json.dumps(credentials)
    )


@pytest.fixture
def twilio(alpha):
    with tenant_context(alpha):
        return gateway("twilio", "Main", account_sid=SID, auth_token=TOKEN)


@pytest.fixture
def una(alpha):
    with tenant_context(alpha):
        return Patient.objects.create(
            first_name="Una", last_name="Cole", phone=UNAS, clinician=member("priya")
        )


@pytest.fixture
def account():
    """Alpha's account with Twilio, as Twilio knows it."""
    return TwilioAccount(SID, TOKEN)


@pytest.fixture
def inbound(twilio, account, client_of):
    """Send a message in, signed: `inbound(body="Hi")`; options as `TwilioAccount.post` has them."""
    client = client_of(None, host="alpha")

    def send(*, sender=UNAS, to=OURS, post=(), **message):
        fields = account.message(sender=sender, to=to, **message)
        return account.post(client, f"/sms/{twilio.pk}/inbound", fields, **dict(post))

    return send


@pytest.fixture(scope="session")
def media_servers(tmp_path_factory):
    with MediaServer(tmp_path_factory.mktemp("media")) as server:
        yield server


@pytest.fixture
def media(media_servers):
    media_servers.clear()
    return media_servers


class Ticks:
    """A clock that goes on by `step` seconds each time that it is looked at."""

    def __init__(self, step=0.0):
        self.step, self.numbers = step, count()

    def __call__(self):
        return next(self.numbers) * self.step


@pytest.fixture
def network(media):
    """Return a maker of networks on which every host is the stand-in, at a public address."""

    def make(*, hosts=None, step=0.0, trust=None):
        known = hosts or {}
        return Network(
            resolve=lambda host: known.get(host, ["52.1.2.3"]),
            route=lambda address: media.address,
            trust=trust if isinstance(trust, ssl.SSLContext) else media.trust,
            clock=Ticks(step),
        )

    return make


@pytest.fixture(scope="session")
def picture():
    """A photograph of about 100 kB, JPEG."""
    subject = Subject("Sample Person", date(1980, 5, 17), "Clinic", "S-1")
    return make_sample("clinical_photo", rng=Random(3), subject=subject, on=date(2026, 11, 20)).body


LEFT = [
    "DELETE FROM alpha.sms_integration_inboundmedia",
    "DELETE FROM alpha.sms_integration_message",
    "DELETE FROM alpha.sms_integration_conversation",
    "DELETE FROM alpha.sms_integration_suppression",
    "DELETE FROM alpha.sms_integration_gateway",
]


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """A gateway that other connections see."""
    with django_db_blocker.unblock():
        cache.clear()
        try:
            with schema_context("alpha"):
                yield gateway("twilio", "Racing")
        finally:
            connection.set_schema("alpha")
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)
            connection.set_schema_to_public()


API = "https://api.twilio.com"
FILE = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.fixture
def message(in_alpha, twilio, una):
    return Message.objects.create(
        conversation=conversation_of(phone=UNAS, patient=una),
        patient=una,
        direction="inbound",
        status="received",
        sender=UNAS,
        recipient=OURS,
        gateway=twilio,
        provider="twilio",
        provider_message_id="MM1",
    )


@pytest.fixture
def waiting(message):
    """Return a maker of files that are due."""

    def make(url=API + FILE, kind="image/jpeg", ordinal=0):
        return InboundMedia.objects.create(
            message=message, ordinal=ordinal, url=url, declared_type=kind, due_at=timezone.now()
        )

    return make


@pytest.fixture
def fetch(network):
    """Fetch a file; return it as it is then."""

    def run(row, **how):
        fetch_media(media_id=row.pk, network=network(**how))
        row.refresh_from_db()
        return row

    return run


def told(row):
    return (str(row.state), row.error_code)
