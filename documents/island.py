"""What the app's DocumentManager is told when it stands on a record's admin page."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Membership
from documents.registry import DocumentPolicy

CHANGES = ("documents.add", "documents.change", "documents.delete")


@dataclass(frozen=True)
class Island:
    """`record_id` is empty for a record that is not stored yet: documents come after it."""

    entity_type: str
    record_id: str
    mode: str
    operations: str
    closed: str


def island_of(policy: DocumentPolicy, record: Any, membership: Membership) -> Island:
    """Return the island of a record, or of one that is being made (`record` is none then)."""
    closed = policy.closed(record) if record is not None else ""
    operations = policy.operations - {"upload"} if closed else policy.operations
    return Island(
        entity_type=policy.slug,
        record_id=str(record.pk) if record is not None else "",
        mode="edit" if any(membership.may(one) for one in CHANGES) else "view",
        operations=" ".join(sorted(operations)),
        closed=closed,
    )
