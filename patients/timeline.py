"""Documents in the timeline: their own app lies below this one and knows no patients."""

from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.models import Membership
from documents.models import DocumentQuerySet
from documents.policies import documents_visible_to
from patients.registry import TimelineSource, register_timeline


def documents_of(membership: Membership, patient_id: UUID) -> DocumentQuerySet:
    return documents_visible_to(membership).available().filter(patient=patient_id)


register_timeline(
    TimelineSource(
        kind="document",
        label="Document",
        rows=documents_of,
        at=Coalesce(F("uploaded_at"), F("created_at")),
        title="original_filename",
        route="file-detail",
    )
)
