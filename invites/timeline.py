"""Invites in the timeline of a patient."""

from uuid import UUID

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat

from accounts.models import Membership
from invites.models import Invite
from invites.policies import invites_visible_to
from patients.registry import TimelineSource, register_timeline


def invites_of(membership: Membership, patient_id: UUID) -> QuerySet[Invite]:
    return invites_visible_to(membership).filter(patient=patient_id)


register_timeline(
    TimelineSource(
        kind="invite",
        label="Invite",
        rows=invites_of,
        title=Concat(Value("Invite, "), "status"),
        route="invite-detail",
    )
)
