"""The ledger of long work: jobs, their items, what happened, and what came from where.

All of it lies in the clinic's schema. `jobs.services` changes these rows and nobody else.
"""

from django.db import models
from django.db.models import F, Q

from accounts.fields import shared_key
from accounts.models import Entity


class JobState(models.TextChoices):
    """new → running → succeeded | failed | pausing → paused | cancelling → cancelled | interrupted.

    Paused, interrupted and failed jobs go on when they are started again.
    """

    NEW = "new", "New"
    RUNNING = "running", "Running"
    PAUSING = "pausing", "Pausing"
    PAUSED = "paused", "Paused"
    INTERRUPTED = "interrupted", "Interrupted"
    CANCELLING = "cancelling", "Cancelling"
    CANCELLED = "cancelled", "Cancelled"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


RESUMABLE = (JobState.NEW, JobState.RUNNING, JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED)
ENDED = (JobState.CANCELLED, JobState.SUCCEEDED)


class JobPhase(models.TextChoices):
    LISTING = "listing", "Listing the source"
    WORKING = "working", "Working"
    CHECKING = "checking", "Comparing source and result"
    OVER = "over", "Over"


class ItemState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    LEASED = "leased", "In hand"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"


class Job(Entity):
    """One run of a kind of work, however often it was interrupted."""

    kind = models.CharField(max_length=50)
    parameters = models.JSONField(default=dict, blank=True)
    dry_run = models.BooleanField(default=False)
    background = models.BooleanField(default=False)  # else a command runs it, and nobody else
    state = models.CharField(max_length=20, choices=JobState.choices, default=JobState.NEW)
    phase = models.CharField(max_length=20, choices=JobPhase.choices, default=JobPhase.LISTING)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    skipped = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    position = models.JSONField(default=dict, blank=True)  # of a stream
    counts = models.JSONField(default=dict, blank=True)  # by code
    report = models.JSONField(default=dict, blank=True)
    stop_code = models.CharField(max_length=50, blank=True)
    stop_detail = models.CharField(max_length=500, blank=True)
    requested_by = shared_key("accounts.User", null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rolled_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("kind", "-id"), name="job_kind"),)

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ').capitalize()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def processed(self) -> int:
        return self.done + self.skipped + self.failed


class JobItem(models.Model):
    """One item of a job's source. Of a stream: a row that failed."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    source_id = models.CharField(max_length=200)
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)  # of the next attempt
    worker = models.BigIntegerField(null=True, blank=True)  # who has it in hand: an advisory lock
    leased_until = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=50, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    remedy = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("job", "source_id"), name="job_item_unique"),
        )
        indexes = (
            models.Index(
                F("job"),
                F("not_before").asc(nulls_first=True),
                F("id"),
                condition=Q(state="waiting"),
                name="job_item_waiting",
            ),
            models.Index(fields=("job",), condition=Q(state="leased"), name="job_item_leased"),
            models.Index(fields=("job", "id"), condition=Q(state="failed"), name="job_item_failed"),
        )

    def __str__(self) -> str:
        return self.source_id


class JobEvent(models.Model):
    """A line of a job's diary, for people."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="diary")
    at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text


class SourceLink(models.Model):
    """What an item of another system became here. Written in the transaction that makes it.

    It outlives its target: what people delete is not brought back by the next import.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=50)
    source_id = models.CharField(max_length=200)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="links")
    target_type = models.CharField(max_length=100)  # app_label.model
    target_id = models.UUIDField()
    made_at = models.DateTimeField(auto_now_add=True)
    facts = models.JSONField(default=dict, blank=True)  # what the check needs: hash, owner …

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("source", "source_id"), name="source_link_unique"),
        )
        indexes = (
            models.Index(fields=("job", "id"), name="source_link_job"),
            models.Index(fields=("target_id",), name="source_link_target"),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"
