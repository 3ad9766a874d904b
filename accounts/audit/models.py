"""The access log: reads of patients and documents. Writes are in the history (pghistory)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.fields import uuid7


class AccessAction(models.TextChoices):
    LIST = "list", "Listed"
    VIEW = "view", "Viewed"
    DOWNLOAD = "download", "Downloaded"
    LINK = "link", "Link given out"
    PREVIEW = "preview", "Previewed"


class AccessLog(models.Model):
    """One read. Rows are only ever added: the database refuses to change or remove them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    # Shared table: see docs/decisions/0003 for why the database holds no constraint across schemas.
    user = models.ForeignKey(
        "accounts.User",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    role = models.CharField(max_length=20, blank=True)
    action = models.CharField(max_length=20, choices=AccessAction.choices)
    object_type = models.CharField(max_length=60)
    object_ids = ArrayField(models.UUIDField(), default=list)
    request_id = models.CharField(max_length=40, blank=True)
    ip = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = "access"
        verbose_name_plural = "access log"
        indexes = (models.Index(fields=("user", "-at"), name="access_user_at"),)
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="never_emptied",
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'The access log is never emptied.';",
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.object_type}"
