"""Invites of patients."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.fields import shared_key
from accounts.models import Entity


class InviteStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


@pghistory.track(exclude=["token_hash"])
class Invite(Entity):
    """An offer to a patient to become their own login.

    `generate_invite` makes it; `accept_invite`, `revoke_invite` and `expire_invites` end it,
    `resend_invite` gives it another token. Only the token's SHA-256 is kept.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="invites"
    )
    email = models.EmailField("e-mail", max_length=254, help_text="where it was sent")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    status = models.CharField(
        max_length=20, choices=InviteStatus.choices, default=InviteStatus.PENDING
    )
    clinician = shared_key("accounts.Membership", null=True, blank=True)
    message = models.TextField(max_length=2000, blank=True, help_text="a line for the patient")
    expires_at = models.DateTimeField("expires")
    sent_at = models.DateTimeField("sent", null=True, blank=True)
    sent_count = models.PositiveIntegerField("times sent", default=0)
    delivery_error = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField("accepted", null=True, blank=True)
    accepted_by = shared_key("accounts.User", verbose_name="accepted by", null=True, blank=True)
    created_by = shared_key("accounts.User", verbose_name="invited by")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("patient",), condition=Q(status="pending"), name="invite_one_pending"
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", accepted_at__isnull=False, accepted_by__isnull=False)
                | (~Q(status="accepted") & Q(accepted_at__isnull=True, accepted_by__isnull=True)),
                name="invite_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="invite_expires_later"
            ),
        )
        indexes = (
            models.Index(fields=("patient", "-id"), name="invite_patient"),
            models.Index(
                fields=("expires_at",), condition=Q(status="pending"), name="invite_pending"
            ),
        )

    def __str__(self) -> str:
        return f"Invite of {self.patient}"

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
