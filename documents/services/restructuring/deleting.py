"""The last step of a restructuring: old objects whose bytes are safe elsewhere, twice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.tenancy import current_schema
from documents.keys import belongs_to
from documents.registry import all_policies
from documents.services.copies import backup_store, stored_hash
from documents.services.restructuring.claims import Claim, claims_on
from documents.services.restructuring.copying import refusal
from documents.services.store_answers import store_errors
from documents.services.verifying import WITH_BYTES, Expected, expected, finding, look_at
from documents.storage import object_store
from documents.storage.doors import Doors
from jobs.errors import ItemError
from jobs.kinds import Done, Outcome, Skipped
from jobs.models import SourceLink

DELETED = "deleted"
Claims = Mapping[str, Sequence[Claim]]
MARGIN = timedelta(minutes=5)  # for a request that read the row just before it changed


def links_end(moved_at: datetime) -> datetime:
    """Return when the last link has ended that was given out for a key before its move."""
    return moved_at + max(policy.link_ttl for policy in all_policies()) + MARGIN


class Deletion:
    """The old objects of some notes, which the caller has locked: some queries for all of them."""

    def __init__(self, links: Collection[SourceLink], *, dry_run: bool) -> None:
        self._dry_run = dry_run
        self._doors = Doors()
        self._claims: Claims = claims_on(str(link.facts["old_key"]) for link in links)
        self._rows = expected(link.target_id for link in links)

    def delete(self, link: SourceLink) -> Outcome:
        """Delete one, where everything says that nobody needs it.

        The document's bytes are read and hashed, the copy that was kept too, and the old object:
        it must be what was moved. Raises `ItemError` with the reason, and nothing is deleted.
        """
        row = self._rows[str(link.target_id)]
        return _delete(link, row, self._doors, self._claims, dry_run=self._dry_run)


def _delete(
    link: SourceLink, row: Expected, doors: Doors, claims: Claims, *, dry_run: bool
) -> Outcome:
    facts: dict[str, Any] = link.facts
    old, store = str(facts["old_key"]), object_store()
    if row.key == old:
        return Skipped("in_use")  # rolled back, or it lay well
    if doors.is_anothers(old):
        raise refusal("foreign_clinic")
    _refuse_named(old, link, claims)
    if belongs_to(old, doors.tenant) and (end := links_end(link.made_at)) > timezone.now():
        raise ItemError(
            "links_alive",
            "A link that was given out before the move may still lead to the old object.",
            f"Run it again after {timezone.localtime(end):%Y-%m-%d %H:%M}.",
        )
    with store_errors():
        with doors.to(old):
            there = stored_hash(store, old)
        if not there:
            return Done(DELETED)  # by an attempt that could not say so
        if there != facts["stored_sha256"]:
            raise ItemError(
                "changed_since",
                "The old object is not the one that was moved.",
                "Find out who has written it; it stays.",
            )
        _require_safe(row, facts)
        if not dry_run:
            with doors.to(old):
                store.remove(old)
    return Done(DELETED, {"layout": facts["layout"], "bytes": facts["stored_size"]})


def _refuse_named(old: str, link: SourceLink, claims: Claims) -> None:
    for claim in claims.get(old, []):
        if claim.schema != current_schema() or (claim.noted and claim.document != link.target_id):
            raise refusal("foreign_clinic")
        if not claim.noted:
            raise refusal("two_rows")


def _require_safe(row: Expected, facts: dict[str, Any]) -> None:
    """Read both copies. Raises `ItemError` for the first that is not what it should be."""
    if row.state not in WITH_BYTES:
        return  # purged: its bytes are to be nowhere
    if code := look_at(row, read_bytes=True):
        raise finding(code)
    if stored_hash(backup_store(facts["backup_to"]), facts["backup"]) != facts["stored_sha256"]:
        raise ItemError(
            "backup_differs",
            "The copy that was kept is missing or has other bytes.",
            "Run verify_documents; roll the job back and move again to get a new copy.",
        )
