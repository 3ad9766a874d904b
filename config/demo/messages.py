"""The demo's conversations, through the services that people and gateways use."""

import io
import random
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import Membership
from config.demo.talks import (
    FROM_MOTHER,
    MOTHER,
    NOT_SENT,
    SCHEDULED,
    SIBLINGS,
    TALKS,
    TEMPLATES,
    UNKNOWN,
    Line,
)
from documents.registry import policy_for_model
from documents.samples import Subject, make_sample
from documents.services.upload import NewDocument, upload_document
from patients.models import Patient
from patients.services.patients import update_patient
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.gateways.console.receiver import PICTURE
from sms_integration.models import Conversation, Gateway, Message, MessageStatus, Provider, Template
from sms_integration.services.assigning import recount
from sms_integration.services.delivering import deliver_message
from sms_integration.services.fetching import fetch_media
from sms_integration.services.gateways import save_gateway
from sms_integration.services.reading import mark_read
from sms_integration.services.receiving import receive_message
from sms_integration.services.sending import draft_message, send_message, write_message
from sms_integration.services.suppressing import write_down_suppression
from sms_integration.services.templates import save_template

REMINDER = "Appointment reminder"
SENDER = "+61480555000"


class Talks:
    """Lets one clinic and its patients write to each other. What is there already is left alone.

    The same plan gives the same messages and pictures each time; only their times are today's.
    """

    def __init__(self, admin: Membership, patients: list[Patient], seed: int) -> None:
        self.admin, self.patients, self.seed = admin, patients, seed
        self.now = timezone.now()
        self.number = 0

    def build(self) -> None:
        self.gateway = Gateway.objects.first() or save_gateway(
            membership=self.admin,
            name="Demo console",
            provider=Provider.CONSOLE,
            sender=SENDER,
            is_active=True,
            help_text="This is the clinic's text line. Call us in an emergency. STOP ends it.",
        )
        self.templates = {name: self._template(name) for name in TEMPLATES}
        for number in SIBLINGS:
            if str(self.patients[number].phone) != MOTHER:
                update_patient(membership=self.admin, patient=self.patients[number], phone=MOTHER)
        for number, lines in TALKS.items():
            patient = self.patients[number]
            for line in lines:
                self._line(line, str(patient.phone), patient)
        self._line(UNKNOWN[1], UNKNOWN[0])
        self._line(FROM_MOTHER, MOTHER)
        self._in_three_days(self.patients[SCHEDULED])
        self._refused(self.patients[NOT_SENT])
        for talk in Conversation.objects.all():
            recount(talk)

    def _template(self, name: str) -> Template:
        known = Template.objects.filter(name=name).first()
        return known or save_template(membership=self.admin, name=name, body=TEMPLATES[name])

    def _line(self, line: Line, phone: str, patient: Patient | None = None) -> None:
        self.number += 1
        key = f"demo-{self.number}"
        if line.inbound:
            self._receive(line, phone, key)
        elif patient is not None and not Message.objects.filter(idempotency_key__endswith=key):
            self._send(line, patient, key)

    def _receive(self, line: Line, phone: str, key: str) -> None:
        first = 100 * (self.seed * 100 + self.number)
        pictures = [
            MediaItem(url=f"{PICTURE}{first + n}", declared_type="") for n in range(line.pictures)
        ]
        message = receive_message(
            gateway=self.gateway,
            inbound=Inbound(
                provider_message_id=key,
                sender=phone,
                recipient=SENDER,
                body=line.text,
                media=pictures,
                received_at=self.now - line.ago,
            ),
        )
        for pk in message.media.values_list("pk", flat=True):
            fetch_media(media_id=pk)

    def _send(self, line: Line, patient: Patient, key: str) -> None:
        # Who answers has read what came before.
        for talk in Conversation.objects.filter(patient=patient):
            mark_read(membership=self.admin, conversation=talk)
        draft = draft_message(
            membership=self.admin,
            patient_id=patient.pk,
            body=line.text,
            template=self.templates[line.template] if line.template else None,
            idempotency_key=key,
        )
        if line.picture and draft.status == MessageStatus.DRAFT:
            self._attach(draft, patient)
        send_message(membership=self.admin, message=draft)
        deliver_message(draft.pk)
        self._as_if_at(draft.pk, self.now - line.ago)

    def _attach(self, draft: Message, patient: Patient) -> None:
        born = patient.date_of_birth or date(1980, 1, 1)
        subject = Subject(patient.full_name, born, "", patient.external_id)
        rng = random.Random(self.seed)  # noqa: S311  a picture, no secret
        sample = make_sample("clinical_photo", rng=rng, subject=subject, on=self.now.date())
        upload_document(
            membership=self.admin,
            policy=policy_for_model(draft),
            owner=draft,
            new=NewDocument(
                content=io.BytesIO(sample.body),
                filename=sample.filename,
                size=len(sample.body),
                declared_type=sample.content_type,
            ),
        )

    @staticmethod
    def _as_if_at(pk: UUID, moment: datetime) -> None:
        """Let a message have gone out then: a demo that began this minute shows nothing."""
        Message.objects.filter(pk=pk).update(
            occurred_at=moment, sent_at=moment, delivered_at=moment
        )

    def _in_three_days(self, patient: Patient) -> None:
        later = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
        if patient.conversations.exists():
            return
        write_message(
            membership=self.admin,
            patient_id=patient.pk,
            template=self.templates[REMINDER],
            scheduled_at=later,
            idempotency_key="demo-later",
        )

    def _refused(self, patient: Patient) -> None:
        """A message waits, and its number opts out before it is handed over."""
        if patient.conversations.exists():
            return
        message = write_message(
            membership=self.admin,
            patient_id=patient.pk,
            body="Your invoice is on its way by post.",
            idempotency_key="demo-refused",
        )
        write_down_suppression(
            membership=self.admin, phone=str(patient.phone), note="Asked for it at the desk"
        )
        deliver_message(message.pk)
