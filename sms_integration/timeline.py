"""Messages in the timeline of a patient: that there was one, and which way it went."""

from uuid import UUID

from django.db.models import Case, CharField, QuerySet, Value, When

from accounts.models import Membership
from patients.registry import TimelineSource, register_timeline
from sms_integration.models import Direction, Message
from sms_integration.policies import messages_visible_to
from sms_integration.services.assigning import NOT_SAID


def messages_with(membership: Membership, patient_id: UUID) -> QuerySet[Message]:
    return messages_visible_to(membership).filter(patient=patient_id).exclude(status__in=NOT_SAID)


register_timeline(
    TimelineSource(
        kind="message",
        label="Message",
        rows=messages_with,
        at="occurred_at",
        title=Case(
            When(direction=Direction.INBOUND, then=Value("Message from the patient")),
            default=Value("Message to the patient"),
            output_field=CharField(),
        ),
    )
)
