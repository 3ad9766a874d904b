"""Reading and verifying a large direct upload, as a job: killed, it goes on by itself."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from documents.errors import StoreUnavailableError, UploadIncompleteError
from documents.models import DirectUpload, DocumentState
from documents.services.finishing import finish_upload, give_up
from documents.services.finishing_later import KIND
from documents.services.showing import ANNOUNCED
from documents.services.sweep import role_of
from jobs.errors import JobParametersError, TransientError
from jobs.kinds import Done, Gap, ItemKind, NewItem, Outcome, Reconciliation, WorkItem, register
from jobs.services.workers import only_one


@register
class FinishUpload(ItemKind):
    """Makes one direct upload a document, or refuses it with the reason."""

    name = KIND
    title = "Finish an upload"
    concurrency = 1

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            pk = UUID(str(parameters.get("document")))
        except ValueError as error:
            raise JobParametersError("Name the document by its id.", field="document") from error
        if not DirectUpload.objects.filter(document_id=pk).exists():
            raise JobParametersError("No upload of this clinic has this id.", field="document")
        return {"document": str(pk)}

    def list_items(self) -> Iterator[NewItem]:
        yield NewItem(self.parameters["document"])

    def process(self, item: WorkItem) -> Outcome:
        with only_one(role_of(UUID(item.source_id))) as ours:
            upload = self._upload()
            if upload.document.state in ANNOUNCED and not self.dry_run:
                if not ours:
                    raise TransientError("busy", "A request looks at this upload just now.")
                try:
                    finish_upload(upload)
                except StoreUnavailableError as error:
                    raise TransientError(error.code, error.detail) from error
                except UploadIncompleteError as error:
                    give_up(upload, error.code, "The bytes are not in the store any more.")
        return Done(self._upload().document.state)

    def reconcile(self) -> Reconciliation:
        state = self._upload().document.state
        left = state == DocumentState.VERIFYING and not self.dry_run
        gaps = (Gap(self.parameters["document"], "verifying"),) if left else ()
        return Reconciliation(gaps, {"state": state})

    def _upload(self) -> DirectUpload:
        rows = DirectUpload.objects.select_related("document__uploaded_by", "document__batch")
        return rows.get(document_id=self.parameters["document"])
