"""The second phase of a restructuring, as a job: old objects go."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from documents.services.restructuring.claims import SOURCE
from documents.services.restructuring.deleting import delete_old
from documents.services.restructuring.stores import require_store
from jobs.errors import JobParametersError
from jobs.kinds import ItemKind, NewItem, Outcome, Skipped, WorkItem, register
from jobs.models import Job, JobState, SourceLink

AT_WORK = (JobState.RUNNING, JobState.PAUSING, JobState.CANCELLING)


@register
class RestructureDeleteOld(ItemKind):
    """Deletes the old objects of what a restructuring has moved, each after reading its copies."""

    name = "restructure_delete_old"
    title = "Restructure the bucket: delete old objects"
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
        link = SourceLink.objects.filter(pk=item.payload["link"]).first()
        if link is None or str(link.job_id) != self.parameters["job"]:
            return Skipped("taken_back")
        return delete_old(link, dry_run=self.dry_run)
