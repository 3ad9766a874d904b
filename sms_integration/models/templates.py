"""Texts that are sent often."""

import pghistory
from django.db import models
from django.db.models.functions import Lower

from accounts.models import Entity


@pghistory.track()
class Template(Entity):
    """A text with placeholders such as `{first_name}`; `save_template` checks them.

    Which there are stands in `placeholders.py`. One that was used is switched off, not deleted.
    """

    name = models.CharField(max_length=100)
    body = models.TextField(max_length=1600)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="template_name_unique",
                violation_error_message="Another template has this name.",
            ),
        )

    def __str__(self) -> str:
        return self.name
