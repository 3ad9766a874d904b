"""The invite's state of each patient, shown beside their own status."""

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Now

from invites.models import Invite, InviteStatus
from patients.registry import PatientFact, register_fact

STATES = (
    ("none", "Not invited"),
    ("pending", "Pending"),
    ("expired", "Expired"),
    ("accepted", "Has a login"),
    ("revoked", "Revoked"),
)


def invite_state() -> Case:
    """Say how the newest invite stands; who has a login has accepted, however they got it."""
    is_over = Q(status=InviteStatus.PENDING, expires_at__lte=Now())
    newest = (
        Invite.objects.filter(patient=OuterRef("pk"))
        .order_by("-id")
        .annotate(
            state=Case(
                When(is_over, then=Value("expired")),
                # Accepted, yet nobody's login: it was taken from the patient again.
                When(status=InviteStatus.ACCEPTED, then=Value("none")),
                default=F("status"),
                output_field=CharField(),
            )
        )
        .values("state")[:1]
    )
    return Case(
        When(user__isnull=False, then=Value("accepted")),
        default=Coalesce(Subquery(newest), Value("none")),
        output_field=CharField(),
    )


register_fact(
    PatientFact(name="invite_state", label="invite", choices=STATES, expression=invite_state)
)
