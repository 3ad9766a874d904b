"""Numbers that want no messages."""

import pghistory
from django.db import models
from django.db.models import Q
from phonenumber_field.modelfields import PhoneNumberField

from accounts.fields import shared_key
from accounts.models import Entity


class SuppressionReason(models.TextChoices):
    STOP = "stop", "They answered STOP"
    STAFF = "staff", "Staff wrote it down"
    GATEWAY = "gateway", "The gateway refuses the number"


@pghistory.track()
class Suppression(Entity):
    """A number that opted out; nothing is sent to it until it is lifted.

    `suppress` makes it, `lift_suppression` ends it (START does, and staff can).
    """

    phone = PhoneNumberField()
    reason = models.CharField(max_length=10, choices=SuppressionReason.choices)
    note = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField("lifted", null=True, blank=True)
    created_by = shared_key("accounts.User", verbose_name="written down by", null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("phone",), condition=Q(lifted_at__isnull=True), name="suppression_one_open"
            ),
        )

    def __str__(self) -> str:
        return "A number that wants no messages"
