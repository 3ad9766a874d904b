"""What stays of an old system besides the records themselves."""

from django.db import models

from accounts.fields import EncryptedTextField
from accounts.models import Entity


class OldRow(Entity):
    """A row as the old system had it, for what has no column here; encrypted.

    `services.moving` writes it with the record, and it goes when its patient is erased. Secrets of
    logins are left out. It also remembers what a rollback had to leave standing, so that moving
    the row again takes that up instead of making a second one.
    """

    source = models.CharField(max_length=50)
    table = models.CharField(max_length=50)
    old_id = models.CharField(max_length=150)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, related_name="old_rows"
    )
    target_id = models.UUIDField()
    content = EncryptedTextField()  # JSON
    # The target's `updated_at` when it was made: what is later than that, people have done.
    made_as_of = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source", "table", "old_id"), name="old_row_unique"),
        )

    def __str__(self) -> str:
        return f"{self.table}:{self.old_id}"


class Transition(Entity):
    """While it lasts, an old system's addresses answer here; `services.transition` ends it."""

    source = models.CharField(max_length=50, unique=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.source
