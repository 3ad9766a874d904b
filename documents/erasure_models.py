"""Receipts of erased patients: that it happened, who did it and why, and nothing of the person."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.fields import shared_key
from accounts.models import Entity


class ErasureState(models.TextChoices):
    """erasing → erased: the rows are gone in both, the objects for sure in the second only."""

    ERASING = "erasing", "Objects are being removed"
    ERASED = "erased", "Erased"


@pghistory.track()
class Erasure(Entity):
    """The receipt of one erasure. It comes in the transaction that removes the rows.

    `counts` has the rows by table, and of the objects how many there were.
    """

    # Not unique: who was taken in again from an export can be erased again.
    patient_uuid = models.UUIDField("patient", db_index=True)
    state = models.CharField(
        max_length=20, choices=ErasureState.choices, default=ErasureState.ERASING
    )
    erased_by = shared_key("accounts.User", null=True, blank=True)
    reason = models.CharField(max_length=300, help_text="It stays for ever: name nobody in it.")
    counts = models.JSONField(default=dict)
    # Of the keys of all removed objects, sorted, with a line break behind each.
    keys_sha256 = models.CharField("SHA-256 of the keys", max_length=64)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state="erasing", erased_at__isnull=True)
                | Q(state="erased", erased_at__isnull=False),
                name="erasure_dated",
            ),
            models.UniqueConstraint(
                fields=("patient_uuid",),
                condition=Q(state="erasing"),
                name="erasure_one_under_way",
            ),
        )
        triggers = (
            pgtrigger.Protect(name="erasure_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="erasure_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="erased"),
            ),
        )

    def __str__(self) -> str:
        return f"Erasure of {self.created_at:%Y-%m-%d}"


class ErasureObject(models.Model):
    """An object that an erasure has still to remove; the row goes once the object has."""

    id = models.BigAutoField(primary_key=True)
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="objects_left")
    s3_key = models.CharField(max_length=500)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("erasure", "s3_key"), name="erasure_object_unique"),
        )

    def __str__(self) -> str:
        return "An object to be removed"
