"""How long documents are kept, looked through class by class, as a job."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentState
from documents.services.retiring import (
    counts_by_class,
    retire_document,
    reviewable,
    temporary,
    to_review,
)
from jobs.errors import JobParametersError, TransientError
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

MOST_REVIEWED = 1_000  # in one job
MOST_GAPS = 1_000


@register
class ApplyRetention(ItemKind):
    """Removes what is temporary and over, lists messages to review, and counts the rest."""

    name = "apply_retention"
    title = "Apply retention"
    concurrency = 1
    max_failed_share = 1.0

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """`reviewed`: ids of messages that somebody has looked at; then only these are done."""
        asked = parameters.get("reviewed") or []
        try:
            ids = sorted({UUID(str(one)) for one in asked})
        except ValueError as error:
            raise JobParametersError("One of them is no id.", field="reviewed") from error
        if len(ids) > MOST_REVIEWED:
            raise JobParametersError(f"Name at most {MOST_REVIEWED:,}.", field="reviewed")
        gone = Document.objects.filter(pk__in=ids, state=DocumentState.PURGED)
        known = reviewable(ids) | set(gone.values_list("pk", flat=True))
        if strange := [one for one in ids if one not in known]:
            raise JobParametersError(
                f"{strange[0]} is no message here whose two years are over, or it is kept.",
                field="reviewed",
            )
        return {"reviewed": [str(one) for one in ids]} if ids else {}

    def list_items(self) -> Iterator[NewItem]:
        if reviewed := self.parameters.get("reviewed"):
            yield from (NewItem(pk, {"does": "reviewed"}) for pk in reviewed)
            return
        for does, documents in (("temporary", temporary()), ("review", to_review())):
            for pk in documents.values_list("pk", flat=True).iterator(chunk_size=1_000):
                yield NewItem(str(pk), {"does": does})

    def process(self, item: WorkItem) -> Outcome:
        document = Document.objects.filter(pk=item.source_id).first()
        if document is None:
            return Skipped("gone_meanwhile")
        does = item.payload["does"]
        if does == "review":
            return Skipped("to_review")
        if document.state == DocumentState.PURGED:
            return Done("purged")  # by an attempt that could not say so
        if self.dry_run:
            return Done("purged")
        try:
            done = retire_document(document, reviewed=does == "reviewed")
        except StoreUnavailableError as error:
            raise TransientError(error.code, error.detail) from error
        return Done("purged") if done else Skipped("kept")

    def reconcile(self) -> Reconciliation:
        """Say of each class what there is; what is temporary, over and still there is a gap."""
        gaps: tuple[Gap, ...] = ()
        if not self.dry_run and not self.parameters.get("reviewed"):
            # What became due, or was let go, while this ran is the next run's.
            began = self.job.started_at or self.job.created_at
            left = temporary(began).filter(updated_at__lt=began)
            pks = left.values_list("pk", flat=True)[:MOST_GAPS]
            gaps = tuple(Gap(str(pk), "not_purged") for pk in pks)
        messages = to_review().values_list("pk", flat=True)[:MOST_GAPS]
        report = {"classes": counts_by_class(), "to_review": [str(pk) for pk in messages]}
        return Reconciliation(gaps, report)
