"""Conversations of the tests: with whom, what was said, and what came with it."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from documents.registry import policy_for_slug
from documents.services.upload import NewDocument, attach_document
from patients.models import Patient
from sms_integration.models import Conversation, Message
from sms_integration.services.conversing import note_message
from tests.conftest import member

NUMBER, OTHER = "+61491570006", "+61491570156"
NOON = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def talk_with(phone=NUMBER, patient=None, **more):
    return Conversation.objects.create(phone=phone, patient=patient, **more)


def say(talk, body="Hello", *, minute=0, direction="inbound", **more):
    """A message as it stands in the table, and counted; `minute` after noon."""
    status = "received" if direction == "inbound" else "delivered"
    message = Message.objects.create(
        conversation=talk,
        patient_id=talk.patient_id,
        direction=direction,
        body=body,
        occurred_at=NOON + timedelta(minutes=minute),
        **{"status": status, **more},
    )
    note_message(message)
    talk.refresh_from_db()
    return message


def attach(message, content=b"a short text", name="note.txt"):
    return attach_document(
        policy=policy_for_slug("messages"),
        owner=message,
        new=NewDocument(content=io.BytesIO(content), filename=name, size=len(content)),
        uploaded_by=None,
    )


@pytest.fixture
def cast(in_alpha):
    """Una is Priya's, Kit Paul's, and Sib Una's brother with her number."""
    make = Patient.objects.create
    return {
        "una": make(first_name="Una", last_name="Cole", phone=NUMBER, clinician=member("priya")),
        "sib": make(first_name="Sib", last_name="Cole", phone=NUMBER, clinician=member("priya")),
        "kit": make(first_name="Kit", last_name="Ash", phone=OTHER, clinician=member("paul")),
    }


@pytest.fixture
def everything(in_alpha):
    """Providers see all patients, and what is of nobody yet."""
    in_alpha.provider_scope = "all"
    in_alpha.save()
