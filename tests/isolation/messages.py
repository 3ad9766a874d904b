"""Messages of the world: one in each state that a route needs."""

from django.utils import timezone

from patients.models import Patient
from sms_integration.models import Conversation, Gateway, Message, Suppression, Template
from sms_integration.services.gateways import save_gateway
from sms_integration.services.sending import draft_message
from sms_integration.services.suppressing import suppress
from sms_integration.services.templates import save_template
from tests.conftest import member

PHONE = "+61412345678"


def add_messages(world):
    """Give a patient of Priya's a number, and messages; the clinic a gateway and a template."""
    ada = member("ada")
    Patient.objects.filter(pk=world.uninvited.pk).update(phone=PHONE)
    world.gateway = save_gateway(
        membership=ada, name="Main line", provider="console", sender="Alpha", is_active=True
    )
    world.template = save_template(membership=ada, name="Ready", body="Dear {first_name}")
    world.suppression = suppress(phone="+61498765432", reason="staff", note="rang us")
    world.messages = {
        status: _message(world, ada, status) for status in ("draft", "failed", "unclear")
    }


def _message(world, ada, status):
    made = draft_message(membership=ada, patient_id=world.uninvited.pk, body=f"Brace {status}")
    Message.objects.filter(pk=made.pk).update(status=status, occurred_at=timezone.now())
    made.refresh_from_db()
    return made


def message_rows(label, number, patient):
    """Make one more row of a page."""
    if label == "sms_integration.message":
        talk = Conversation.objects.create(phone=f"+6141200000{number}", patient=patient)
        return Message.objects.create(
            conversation=talk, patient=patient, direction="inbound", status="received"
        )
    make = {
        "sms_integration.gateway": lambda: Gateway(
            name=f"More {number}", provider="console", sender="More"
        ),
        "sms_integration.template": lambda: Template(name=f"More {number}", body="Hello"),
        "sms_integration.suppression": lambda: Suppression(
            phone=f"+6141200000{number}", reason="stop"
        ),
    }[label]()
    make.save()
    return make
