"""The second phase of a restructuring, as a job: old objects go."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from documents.services.restructuring.alone import AT_WORK, DELETING, require_alone
from documents.services.restructuring.claims import SOURCE
from documents.services.restructuring.deleting import Deletion
from documents.services.store_answers import require_store
from jobs.errors import ItemError, JobParametersError
from jobs.kinds import ItemKind, NewItem, Outcome, Skipped, WorkItem, register
from jobs.models import Job, SourceLink


@register
class RestructureDeleteOld(ItemKind):
    """Deletes the old objects of what a restructuring has moved, each after reading its copies."""

    name = DELETING
    title = "Restructure the bucket: delete old objects"
    together = True
    max_failed_share = 1.0  # each object has its own reason

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            pk = UUID(str(parameters.get("job")))
        except ValueError:
            raise JobParametersError("A job's id is a UUID.", field="delete_old") from None
        job = Job.objects.filter(pk=pk, kind=SOURCE, dry_run=False).first()
        if job is None:
            raise JobParametersError(
                "There is no restructuring with this id that was applied in this clinic.",
                field="delete_old",
            )
        if job.state in AT_WORK:
            raise JobParametersError("The job is running. Let it end first.", field="delete_old")
        return {"job": str(pk)}

    def start(self) -> None:
        require_store()

    def list_items(self) -> Iterator[NewItem]:
        links = SourceLink.objects.filter(job_id=self.parameters["job"], source=SOURCE)
        for pk in links.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=1_000):
            yield NewItem(f"link {pk}", {"link": pk})

    def process(self, item: WorkItem) -> Outcome:
        ((_, result),) = self.process_together([item])
        if isinstance(result, ItemError):
            raise result
        return result

    def process_together(
        self, items: Sequence[WorkItem]
    ) -> Iterator[tuple[WorkItem, Outcome | ItemError]]:
        links = SourceLink.objects.filter(job_id=self.parameters["job"], source=SOURCE)
        if not self.dry_run:
            require_alone(SOURCE)
        results: list[tuple[WorkItem, Outcome | ItemError]] = []
        # A rollback waits for these notes, or has removed them.
        with transaction.atomic():
            locked = links.select_for_update().order_by("pk")
            found = locked.in_bulk([item.payload["link"] for item in items])
            deletion = Deletion(found.values(), dry_run=self.dry_run)
            for item in items:
                link = found.get(item.payload["link"])
                try:
                    result = deletion.delete(link) if link is not None else Skipped("taken_back")
                    results.append((item, result))
                except ItemError as error:
                    results.append((item, error))
        yield from results
