"""A conversation of the world's patient, whose page and routes are asked of everybody."""

from patients.models import Patient
from sms_integration.models import Conversation, Message
from sms_integration.services.conversing import conversation_of, note_message

PHONE = "+61491570110"


def add_conversation(world):
    """Let the world's patient have said something."""
    world.conversation = talk(PHONE, world.patient)


def talk(phone, patient):
    found = conversation_of(phone=phone, patient=patient)
    message = Message.objects.create(
        conversation=found,
        patient=patient,
        direction="inbound",
        status="received",
        body="Brace rubs",
    )
    note_message(message)
    return Conversation.objects.get(pk=found.pk)


def one_more(number):
    """Make one more row of the page."""
    other = Patient.objects.create(first_name="Other", last_name=f"Caller{number}")
    return talk(f"+6149157011{number + 1}", other)
