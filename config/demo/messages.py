"""What was said with some of the demo's patients, through the services that carry real messages.

A build that was stopped goes on: what came in is known by its id, what went out by its key.
"""

import io
import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from config.demo.plans import LAST_DAY
from documents.models import Document
from documents.registry import policy_for_model
from documents.samples import Subject, make_sample
from documents.services.upload import NewDocument, upload_document
from patients.models import Patient
from patients.services.patients import update_patient
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.gateways.console.receiver import PICTURE
from sms_integration.models import Gateway, Message, MessageStatus, Template
from sms_integration.services.assigning import recount
from sms_integration.services.delivering import deliver_message
from sms_integration.services.fetching import fetch_media
from sms_integration.services.gateways import save_gateway
from sms_integration.services.reading import mark_read
from sms_integration.services.receiving import receive_message
from sms_integration.services.sending import draft_message, send_message
from sms_integration.services.statuses import note_status
from sms_integration.services.templates import save_template

LINE = "+61491570006"  # the clinic's; this and the next are numbers that nobody can have
STRANGER, MOTHER = "+61491570156", "+61491570157"
HEALING = (
    ("in", 50, "Good morning, the wound on my shin looks red since yesterday.", 0),
    ("out", 49, "Thank you for writing. Could you send us a picture of it?", 0),
    ("in", 48, "Here it is, from both sides.", 2),
    ("out", 47, "That looks like the plaster. Leave it off today and keep it dry.", 0),
    ("in", 24, "Much better this morning, thank you!", 1),
    ("out", 22, "Good to see. Come on Thursday at 9, as planned.", 0),
    ("in", 3, "I will. Should I bring the old insoles as well?", 0),
)
ASKED = (
    ("out", 30, "This is how it looked on the last visit. Shall we have another look?", -1),
    ("in", 29, "Yes please, I will come tomorrow.", 0),
)
TEMPLATES = (
    ("Insoles are ready", "Dear {first_name}, your insoles are ready to be fetched."),
    ("Please call us", "Dear {first_name}, please call us about your next appointment."),
)


class Talks:
    """The conversations of one demo clinic."""

    def __init__(self, admin: Membership, schema: str) -> None:
        self.admin, self.schema = admin, schema
        self.now = timezone.now()

    def build(self, patients: list[Patient]) -> None:
        """Let five patients, two children's mother and a stranger have said something."""
        self.gateway = Gateway.objects.first() or save_gateway(
            membership=self.admin,
            name="Demo line",
            provider="console",
            sender=LINE,
            is_active=True,
            help_text="This is the demo. Call 02 5550 0100.",
        )
        for name, body in TEMPLATES:
            if not Template.objects.filter(name=name).exists():
                save_template(membership=self.admin, name=name, body=body)
        children = patients[1:3]
        for child in children:
            update_patient(membership=self.admin, patient=child, phone=MOTHER)
        self._talk("healing", patients[0], HEALING)
        self._talk("visit", patients[3], ASKED)
        self._come("mother", MOTHER, 5, "His knee looks like this since the fall. Come in?", 1)
        self._come("stranger", STRANGER, 7, "Hello, my new number. This is what it looks like.", 1)
        self._come("stop", str(patients[5].phone), 80, "STOP", 0)
        self._failed(patients[4])
        self._later(patients[6])
        first = Message.objects.filter(body=HEALING[-2][2]).select_related("conversation").first()
        if first is not None:
            mark_read(membership=self.admin, conversation=first.conversation, up_to=first.pk)

    def _talk(
        self, name: str, patient: Patient, said: tuple[tuple[str, int, str, int], ...]
    ) -> None:
        patient.refresh_from_db()
        for number, (way, hours, text, files) in enumerate(said):
            key = f"{name}-{number}"
            if way == "in":
                self._come(key, str(patient.phone), hours, text, files)
            else:
                self._go(key, patient, hours, text, with_file=bool(files))

    def _come(self, key: str, phone: str, hours: int, text: str, pictures: int) -> None:
        """Let a message come in with pictures, which are fetched as workers fetch them."""
        first = sum(key.encode())
        message = receive_message(
            gateway=self.gateway,
            inbound=Inbound(
                provider_message_id=f"demo-{self.schema}-{key}",
                sender=phone,
                recipient=LINE,
                body=text,
                media=[
                    MediaItem(url=f"{PICTURE}{first + n}", declared_type="image/webp")
                    for n in range(pictures)
                ],
                received_at=self.now - timedelta(hours=hours),
            ),
        )
        for media in message.media.all():
            fetch_media(media_id=media.pk)

    def _draft(self, key: str, patient: Patient, text: str) -> Message:
        return draft_message(
            membership=self.admin, patient_id=patient.pk, body=text, idempotency_key=f"demo-{key}"
        )

    def _go(
        self, key: str, patient: Patient, hours: int, text: str, *, with_file: bool = False
    ) -> None:
        draft = self._draft(key, patient, text)
        if draft.status != MessageStatus.DRAFT:
            return
        if with_file and not _has_file(draft):
            self._attach(draft, patient)
        send_message(membership=self.admin, message=draft)
        deliver_message(draft.pk)
        then = self.now - timedelta(hours=hours)  # as if it had been sent then
        Message.objects.filter(pk=draft.pk).update(
            occurred_at=then, sent_at=then, delivered_at=then
        )
        recount(Message.objects.get(pk=draft.pk).conversation)

    def _attach(self, draft: Message, patient: Patient) -> None:
        subject = Subject(
            patient.full_name,
            patient.date_of_birth or LAST_DAY,
            self.admin.account.name,
            patient.external_id,
        )
        rng = random.Random(self.schema)  # noqa: S311  invented data, not secrets
        sample = make_sample("clinical_photo", rng=rng, subject=subject, on=LAST_DAY)
        upload_document(
            membership=self.admin,
            policy=policy_for_model(Message),
            owner=draft,
            new=NewDocument(
                content=io.BytesIO(sample.body),
                filename=sample.filename,
                size=len(sample.body),
                declared_type=sample.content_type,
            ),
        )

    def _failed(self, patient: Patient) -> None:
        """Let one fail as a gateway says it of a number that is no longer in use."""
        draft = self._draft("failed", patient, "Please remember your appointment tomorrow at 10.")
        if draft.status != MessageStatus.DRAFT:
            return
        with transaction.atomic():  # before any worker sees it
            sent = send_message(membership=self.admin, message=draft)
            Message.objects.filter(pk=sent.pk).update(attempts=1)  # as if it had been tried
            note_status(message=sent, status=MessageStatus.FAILED, error_code="30005")

    def _later(self, patient: Patient) -> None:
        draft = self._draft("later", patient, "Your check is due next week. Call us for a time.")
        if draft.status == MessageStatus.DRAFT:
            send_message(
                membership=self.admin,
                message=draft,
                scheduled_at=self.now + timedelta(days=5),
            )


def _has_file(draft: Message) -> bool:
    kind = policy_for_model(Message).content_type_id
    return Document.objects.of(content_type_id=kind, object_ids=[draft.pk]).exists()
