"""What the engine itself brings: taking back what a job has made."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from jobs.errors import JobParametersError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    WorkItem,
    kind_of,
    register,
)
from jobs.models import ENDED, Job, JobState, SourceLink


@register
class Rollback(ItemKind):
    """Takes back what a job made, newest first. The source was never changed: nothing is lost."""

    name = "rollback"
    title = "Rollback"
    concurrency = 1  # in the reverse order of making
    max_failed_share = 1.0

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        job = Job.objects.filter(pk=_uuid(parameters.get("job"))).first()
        if job is None:
            raise JobParametersError("There is no such job in this clinic.", field="job")
        if job.state not in (*ENDED, JobState.FAILED, JobState.PAUSED, JobState.INTERRUPTED):
            raise JobParametersError("The job is running. Cancel it first.", field="job")
        if kind_of(job.kind).undo is ItemKind.undo:
            raise JobParametersError(f"What {job.kind} does cannot be rolled back.", field="job")
        return {"job": str(job.pk)}

    def start(self) -> None:
        self.undone = Job.objects.get(pk=self.parameters["job"])
        self.kind = kind_of(self.undone.kind)(self.undone, self.say)

    def list_items(self) -> Iterator[NewItem]:
        links = SourceLink.objects.filter(job=self.undone).order_by("-id")
        for pk in links.values_list("pk", flat=True).iterator(chunk_size=1_000):
            yield NewItem(f"link {pk}", {"link": pk})

    def process(self, item: WorkItem) -> Outcome:
        with transaction.atomic():
            link = SourceLink.objects.select_for_update().filter(pk=item.payload["link"]).first()
            if link is None:  # taken back already
                return Done("taken_back")
            model = apps.get_model(link.target_type)
            target = model._base_manager.filter(pk=link.target_id).first()
            if not self.dry_run:
                self.kind.undo(link, target)
                link.delete()
            return Done("taken_back" if target is not None else "gone_already")

    def reconcile(self) -> Reconciliation:
        if self.dry_run:
            return Reconciliation()
        left = SourceLink.objects.filter(job=self.undone)
        gaps = tuple(Gap(link.source_id, "kept", link.target_type) for link in left[:1_000])
        if not gaps:
            Job.objects.filter(pk=self.undone.pk).update(rolled_back_at=timezone.now())
        return Reconciliation(gaps)


def _uuid(value: Any) -> Any:
    try:
        return UUID(str(value))
    except ValueError:
        raise JobParametersError("A job's id is a UUID.", field="job") from None
