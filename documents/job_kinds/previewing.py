"""Making previews that are missing, as a job: after an import, a restore, a better renderer."""

from collections.abc import Iterator
from datetime import timedelta

from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentState
from documents.preview_models import PreviewState
from documents.rendering.running import RendererBusyError
from documents.services.previews import make_first_previews, without_previews
from jobs.errors import TransientError
from jobs.kinds import (
    Done,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
    register,
)

NOW = timedelta(0)


@register
class MakePreviews(ItemKind):
    """Makes the first pictures of documents that have none of today's renderer.

    A file that cannot be rendered is done: it has a placeholder, and its reason is counted.
    """

    name = "documents_make_previews"
    title = "Make previews"
    concurrency = 1  # each rendering is a process of its own
    max_failed_share = 1.0  # a store that is away fails them all; the next round is the retry

    def list_items(self) -> Iterator[NewItem]:
        missing = without_previews().order_by("pk").values_list("pk", flat=True)
        for pk in missing.iterator(chunk_size=1_000):
            yield NewItem(str(pk))

    def process(self, item: WorkItem) -> Outcome:
        rows = Document.objects.filter(pk=item.source_id, state=DocumentState.AVAILABLE)
        document = rows.first()
        if document is None:
            return Skipped("gone_meanwhile")
        if self.dry_run:
            missing = without_previews(older_than=NOW).filter(pk=document.pk).exists()
            return Done("made") if missing else Skipped("already_there")
        try:
            made = make_first_previews(document)
        except StoreUnavailableError as error:
            raise TransientError(error.code, error.detail) from error
        except RendererBusyError as error:
            detail = "The renderer has no room now, or somebody else is at this document."
            raise TransientError("busy", detail) from error
        if not made:
            return Skipped("gone_meanwhile")
        return Done("made" if made[0].state == PreviewState.MADE else made[0].reason)

    def reconcile(self) -> Reconciliation:
        """Say how many are missing still; a preview is no document, so none of them is a gap."""
        return Reconciliation(report={"missing": without_previews(older_than=NOW).count()})
