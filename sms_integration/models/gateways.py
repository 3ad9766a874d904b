"""A clinic's accounts with companies that carry messages."""

import pghistory
from django.db import models
from django.db.models import Q

from accounts.fields import EncryptedTextField
from accounts.models import Entity


class Provider(models.TextChoices):
    CONSOLE = "console", "Console: shows and keeps what would be sent"
    TWILIO = "twilio", "Twilio"
    SMS_BROADCAST = "sms_broadcast", "SMS Broadcast"


@pghistory.track(exclude=["credentials"])
class Gateway(Entity):
    """One account with a company that carries messages; `save_gateway` makes and changes it.

    Its id stands in the addresses that the company calls, so each call is checked with this row's
    own secret. Messages go out over the active one.
    """

    name = models.CharField(max_length=100, help_text="what the clinic calls it")
    provider = models.CharField(max_length=20, choices=Provider.choices)
    sender = models.CharField(
        max_length=20, help_text="a number such as +61412345678, or a name of 11 letters at most"
    )
    # JSON; which names are in it is the provider's own matter (gateways/).
    credentials = EncryptedTextField(blank=True, default="", editable=False)
    is_active = models.BooleanField(default=False, help_text="messages go out over this one")
    help_text = models.CharField(
        max_length=320, blank=True, help_text="what who asks for HELP is told; empty: nothing"
    )

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("is_active",), condition=Q(is_active=True), name="gateway_one_active"
            ),
            models.UniqueConstraint(fields=("name",), name="gateway_name_unique"),
        )

    def __str__(self) -> str:
        return self.name
