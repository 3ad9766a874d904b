from django.core.validators import ProhibitNullCharactersValidator
from django.db import models

from accounts.models import Entity


class SavedFilter(Entity):
    """A filter of one list that one person has given a name; `save_filter` makes it."""

    # Shared table: see docs/decisions/0003 for why the database holds no constraint.
    user = models.ForeignKey(
        "accounts.User", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    page = models.CharField(max_length=100, help_text="the list's model, patients.patient")
    name = models.CharField(max_length=60, validators=[ProhibitNullCharactersValidator()])
    query = models.CharField(max_length=1000, help_text="as it stands in the address")

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("user", "page", "name"), name="saved_filter_unique"),
        )

    def __str__(self) -> str:
        return self.name
