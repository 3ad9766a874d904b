"""What is known of FileMaker's records: seen, waiting, imported, or why not."""

import pghistory
from django.db import models

from accounts.fields import EncryptedTextField, shared_key
from accounts.models import Entity


class RecordState(models.TextChoices):
    """unmatched → pending → imported | empty | failed | removed | gone; `services.records`."""

    PENDING = "pending", "Pending"
    UNMATCHED = "unmatched", "No patient found"
    IMPORTED = "imported", "Imported"
    EMPTY = "empty", "Empty container"
    FAILED = "failed", "Failed"
    REMOVED = "removed", "Removed here"
    GONE = "gone", "Gone from FileMaker"


class Area(models.TextChoices):
    DOCUMENTS = "documents", "Documents"
    IMAGES = "images", "Images"


@pghistory.track(exclude=("content",))
class FileMakerRecord(Entity):
    """A record of FileMaker, listed by the metadata pass and worked on by the import.

    `source_id` is its name in the ledger (`API_Docs/<id>`), `record_id` FileMaker's own number of
    it. `assigned_by` is who chose the patient; without one the patient follows from `contact_id`.
    `done_mod_id` is the record's state as of which all of its files are here.
    """

    area = models.CharField(max_length=20, choices=Area.choices)
    source_id = models.CharField("record", max_length=200, unique=True)
    record_id = models.CharField("FileMaker's number", max_length=50)
    mod_id = models.CharField(max_length=50, blank=True)
    done_mod_id = models.CharField(max_length=50, blank=True)
    contact_id = models.CharField("FileMaker contact", max_length=100, blank=True)
    type = models.CharField(max_length=200, blank=True)
    date = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=20, choices=RecordState.choices, default=RecordState.PENDING
    )
    code = models.CharField("reason", max_length=50, blank=True)
    # Of an erased or mistaken patient nothing stays; the next listing brings the record again.
    patient = models.ForeignKey(
        "patients.Patient",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="filemaker_records",
    )
    assigned_by = shared_key("accounts.User", null=True, blank=True)
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # All fields as FileMaker had them (JSON), so that what has no column here is kept too.
    content = EncryptedTextField(blank=True, editable=False)

    class Meta:
        ordering = ("-id",)
        verbose_name = "FileMaker record"
        indexes = (
            models.Index(fields=("area", "state", "-id"), name="filemaker_area_state"),
            models.Index(fields=("contact_id",), name="filemaker_contact"),
        )

    def __str__(self) -> str:
        return self.source_id
