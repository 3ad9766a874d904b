"""How many documents each record has, for whole pages of cards in one query."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Count, Q

from accounts.models import Membership
from documents.models import Document
from documents.registry import DocumentPolicy

MAX_IDS = 1000


def count_documents(
    membership: Membership, wanted: Mapping[DocumentPolicy, Iterable[UUID]]
) -> dict[str, dict[str, int]]:
    """Return `{slug: {record id: count}}`; one query, however many records and kinds.

    What the member may not see counts as 0, like what has no documents.
    """
    counts = {policy.slug: {str(pk): 0 for pk in ids} for policy, ids in wanted.items()}
    if not membership.may("documents.view") or not any(counts.values()):
        return counts
    scope = Q()
    for policy in wanted:
        visible = policy.visible_to(membership).filter(pk__in=list(counts[policy.slug]))
        scope |= Q(
            content_type_id=policy.content_type_id,
            object_id__in=visible.order_by().values("pk"),
        )
    slugs = {policy.content_type_id: policy.slug for policy in wanted}
    rows = (
        Document.objects.available()
        .filter(scope)
        .order_by()
        .values_list("content_type_id", "object_id")
        .annotate(number=Count("*"))
    )
    for content_type_id, object_id, number in rows:
        counts[slugs[content_type_id]][str(object_id)] = number
    return counts
