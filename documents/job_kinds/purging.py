"""Purging the trash, as a job."""

from collections.abc import Iterator

from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentState
from documents.services.purging import purge_document, to_purge
from jobs.errors import TransientError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
    register,
)


@register
class PurgeTrash(ItemKind):
    """Removes for good what has lain in the trash long enough and nothing keeps."""

    name = "documents_purge_trash"
    title = "Purge the trash"
    concurrency = 1
    max_failed_share = 1.0  # a store that is away fails them all; the next night is the retry

    def list_items(self) -> Iterator[NewItem]:
        for pk in to_purge().values_list("pk", flat=True).iterator(chunk_size=1_000):
            yield NewItem(str(pk))

    def process(self, item: WorkItem) -> Outcome:
        document = Document.objects.get(pk=item.source_id)
        if document.state == DocumentState.PURGED:
            return Done("purged")  # by an attempt that could not say so
        if self.dry_run:
            may = to_purge().filter(pk=document.pk).exists()
            return Done("purged") if may else Skipped("kept")
        try:
            done = purge_document(document)
        except StoreUnavailableError as error:
            raise TransientError(error.code, error.detail) from error
        return Done("purged") if done else Skipped("kept")

    def reconcile(self) -> Reconciliation:
        """Whatever was begun is over; what is left is said, with the reason."""
        begun = Document.objects.filter(state=DocumentState.PURGING)
        detail = "Its bytes may be there still. Start the job again."
        ids = begun.order_by("pk").values_list("pk", flat=True)[:1_000]
        gaps = () if self.dry_run else tuple(Gap(str(pk), "purging", detail) for pk in ids)
        trash = Document.objects.filter(state=DocumentState.TRASHED)
        held = trash.filter(legal_hold=True)
        return Reconciliation(gaps, {"in_the_trash": trash.count(), "held": held.count()})
